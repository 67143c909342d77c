// json_text.hpp: a JSON document as the text that a person wrote: parses it within limits, and
// finds where in it each mistake stands. Pure.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "impl/base/mistake.hpp"

namespace badwire {

/// Throws mistake for broken JSON (with its place) and for JSON that is nested deeper than that.
nlohmann::ordered_json parse_json(std::string_view text, int deepest_nesting);

/// Throws what was found in a document, if anything, as mistakes in the order of `text`, from which
/// parse_json made that document. Each has its place: of a member where its key begins, of an
/// element where the element begins. A value that is not in the text (a matrix put it in) has the
/// place of the innermost value around it that is.
void throw_if_any(const mistake_list& found, std::string_view text);

} // namespace badwire
