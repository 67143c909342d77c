#include "bindings/errors.hpp"

#include <pybind11/pybind11.h>

#include "impl/base/mistake.hpp"

namespace badwire::bindings {
namespace {

namespace py = pybind11;

template <typename... Arguments>
[[noreturn]] void raise(const char* name, const Arguments&... arguments)
{
    const py::object type = py::module_::import("badwire.errors").attr(name);
    PyErr_SetObject(type.ptr(), py::object(type(arguments...)).ptr());
    throw py::error_already_set();
}

} // namespace

void throw_in_python(const std::string& file)
{
    try {
        throw;
    } catch (const mistake& wrong) {
        raise("ScenarioError", file, wrong.pointer, std::string(wrong.what()));
    } catch (const py::error_already_set&) {
        throw;
    } catch (const std::exception& error) {
        raise("HarnessError", std::string(error.what()));
    }
}

} // namespace badwire::bindings
