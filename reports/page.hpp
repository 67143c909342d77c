// The parts of the HTML page, embedded into the library at build time (embed.cmake writes the
// definitions). A *_sha256 is the digest, in hexadecimal, of exactly the bytes it goes with.
#pragma once

#include <string_view>

namespace badwire::reports::page {

extern const std::string_view html; // a template with {{names}}
extern const std::string_view style;
extern const std::string_view style_sha256;
extern const std::string_view script;
extern const std::string_view script_sha256;
extern const std::string_view chart_script; // Chart.js, as Debian ships it
extern const std::string_view chart_script_sha256;

} // namespace badwire::reports::page
