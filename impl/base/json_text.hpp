// json_text.hpp: a JSON document as the text that a person wrote: parsed within limits, and where
// in it each mistake stands. Pure.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "impl/base/mistake.hpp"

namespace badwire {

/// Throws mistake for broken JSON (with its place) and for what is nested deeper than that.
nlohmann::ordered_json parse_json(std::string_view text, int deepest_nesting);

/// Throws what was found in a document, if anything, as mistakes in the order of `text`, which is
/// that document (parse_json accepts it), each with its place: of a member where its key begins, of
/// an element where the element begins. What is not in the text (the matrix of a scenario was put
/// in) stands where the innermost thing around it does.
void throw_if_any(const mistake_list& found, std::string_view text);

} // namespace badwire
