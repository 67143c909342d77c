// errors.hpp: failures in C++, as the exceptions of the Python package.
#pragma once

#include <string>

namespace badwire::bindings {

/// Turns the current exception into badwire.ScenarioError (mistakes in the document of that name,
/// with line and column if it is a file), into OSError (the system refused), or into badwire.HarnessError for any other. Call it in a
/// catch block, with the GIL held. Throws pybind11::error_already_set.
[[noreturn]] void throw_in_python(const std::string& name, bool is_file = false);

/// Throws Python's OSError with that errno. With the GIL held.
[[noreturn]] void throw_os_error(int number, const std::string& what);

} // namespace badwire::bindings
