// errors.hpp: what went wrong in C++, as the exceptions of the Python package.
#pragma once

#include <string>

namespace badwire::bindings {

/// Turns the exception in flight into badwire.ScenarioError (mistakes in the document of that name,
/// with line and column where it is a file) or, whatever else it is, badwire.HarnessError. Call it
/// from within a catch block, with the GIL held. Throws pybind11::error_already_set.
[[noreturn]] void throw_in_python(const std::string& name, bool is_file = false);

} // namespace badwire::bindings
