#include "bindings/errors.hpp"

#include <string>
#include <vector>

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

// Python's own dicts have no lines.
std::string without_places(const std::string& name, const mistake& wrong)
{
    const auto unplaced = [](mistake one) {
        one.place.reset();
        return one;
    };
    const auto* several = dynamic_cast<const mistakes*>(&wrong);
    if (several == nullptr) return in_file(name, unplaced(wrong));
    std::vector<mistake> all;
    for (const mistake& one : several->all) all.push_back(unplaced(one));
    return in_file(name, mistakes(std::move(all), several->more));
}

} // namespace

void throw_in_python(const std::string& name, bool is_file)
{
    try {
        throw;
    } catch (const mistake& wrong) {
        raise("ScenarioError", name, wrong.pointer, std::string(wrong.what()),
              is_file ? in_file(name, wrong) : without_places(name, wrong));
    } catch (const py::error_already_set&) {
        throw;
    } catch (const std::exception& error) {
        raise("HarnessError", std::string(error.what()));
    }
}

} // namespace badwire::bindings
