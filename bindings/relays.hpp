// relays.hpp: badwire._badwire.Relay.
#pragma once

#include <pybind11/pybind11.h>

namespace badwire::bindings {

void define_relays(pybind11::module_& module);

} // namespace badwire::bindings
