// dissector.hpp: wires as a plugin for Wireshark and tshark, in Lua. Pure.
//
// A wire that tells its datagrams by their first bytes is recognised on any UDP port; another one is
// offered in "Decode As". Filters are by the wire's name and the field's: badwire_framed.unit == 7.
#pragma once

#include <string>

#include "sim/link/wires.hpp"

namespace badwire::link {

std::string lua_dissector(const wire_tables& wires);

} // namespace badwire::link
