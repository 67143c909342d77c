// json_text.hpp: a JSON document as the text that a person wrote: parses it within limits, and
// finds where in it each mistake stands. Pure.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include "impl/base/mistake.hpp"

namespace badwire {

/// How deep the JSON of badwire's own formats may be nested.
inline constexpr int json_nesting_max = 64;
/// How many members an object may have.
inline constexpr std::size_t json_members_max = 10'000;

/// Throws mistake for broken JSON, for JSON that goes beyond these limits, for a key that stands
/// twice in an object and for a number beyond every type: each with its place. Takes no memory but
/// for the keys of the objects around.
void check_json(std::string_view text, int deepest_nesting = json_nesting_max);

/// Checks it and parses it.
nlohmann::ordered_json parse_json(std::string_view text, int deepest_nesting = json_nesting_max);

/// Throws what was found in a document, if anything, as mistakes in the order of `text`, from which
/// parse_json made that document. Each has its place: of a member where its key begins, of an
/// element where the element begins. A value that is not in the text (a matrix put it in) has the
/// place of the innermost value around it that is.
void throw_if_any(const mistake_list& found, std::string_view text);

} // namespace badwire
