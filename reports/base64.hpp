// base64.hpp: bytes as text, after RFC 4648. Pure.
#pragma once

#include <string>
#include <string_view>

namespace badwire::reports {

[[nodiscard]] std::string base64(std::string_view bytes);

} // namespace badwire::reports
