// worlds.hpp: badwire._badwire.World, and the processes and sockets in it.
#pragma once

#include <pybind11/pybind11.h>

namespace badwire::bindings {

void define_worlds(pybind11::module_& module);

} // namespace badwire::bindings
