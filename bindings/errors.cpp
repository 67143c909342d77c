#include "bindings/errors.hpp"

#include <string>
#include <vector>

#include <pybind11/pybind11.h>

#include "impl/base/mistake.hpp"
#include "sim/control/problem.hpp"

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

void throw_os_error(int number, const std::string& what)
{
    const py::object os_error = py::module_::import("builtins").attr("OSError");
    PyErr_SetObject(os_error.ptr(), py::make_tuple(number, what).ptr());
    throw py::error_already_set();
}

void throw_in_python(const std::string& name, bool is_file)
{
    try {
        throw;
    } catch (const mistake& wrong) {
        raise("ScenarioError", name, wrong.pointer, std::string(wrong.what()),
              is_file ? in_file(name, wrong) : without_places(name, wrong));
    } catch (const control::problem& problem) {
        if (problem.cause) throw_os_error(problem.cause.value(), problem.what());
        constexpr unsigned bad_request = 400;
        if (problem.found.empty() && problem.status == bad_request)
            throw py::value_error(problem.what());
        if (problem.found.empty()) raise("HarnessError", std::string(problem.what()));
        const mistake& first = problem.found.front();
        raise("ScenarioError", name, first.pointer, std::string(first.what()),
              without_places(name, mistakes(problem.found)));
    } catch (const py::error_already_set&) {
        throw;
    } catch (const std::exception& error) {
        raise("HarnessError", std::string(error.what()));
    }
}

} // namespace badwire::bindings
