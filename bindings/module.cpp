// The module badwire._badwire, on which the Python package is built. Texts are JSON in both
// directions; the package makes objects of them.
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "bindings/errors.hpp"
#include "bindings/experiments.hpp"
#include "bindings/interruptible.hpp"
#include "bindings/link_model.hpp"
#include "bindings/relays.hpp"
#include "bindings/runs.hpp"
#include "bindings/worlds.hpp"
#include "harness/run/guard.hpp"
#include "harness/scenario/schema.hpp"
#include "harness/theory/estimate.hpp"
#include "harness/version.hpp"
#include "impl/apps/shared/program.hpp"

namespace py = pybind11;
using namespace pybind11::literals;

namespace badwire::bindings {
namespace {

std::unique_ptr<link_model> make_link_model(const std::string& link, std::uint64_t seed,
                                            const std::string& name)
{
    try {
        return std::make_unique<link_model>(link, seed, name);
    } catch (const std::exception&) {
        throw_in_python("link");
    }
}

// The arguments of the package's Fate.
py::tuple decide(link_model& model, const std::string& direction, const py::bytes& payload,
                 double at_s, const std::string& flow)
{
    const auto ms = [](link::duration time) {
        return std::chrono::duration<double, std::milli>(time).count();
    };
    const auto decided = model.decide(direction, payload, at_s, flow);
    const link::fate& met = decided.met;
    return py::make_tuple(met.dropped, link::to_string(met.why), ms(met.delay), ms(met.queued),
                          met.copies, met.flip_bits, met.overtakers, decided.explained,
                          py::bytes(decided.payload));
}

std::vector<std::string> program_names()
{
    std::vector<std::string> names;
    for (const auto& program : apps::catalogue()) names.emplace_back(program.name);
    return names;
}

std::string executable()
{
    try {
        return harness::badwire_executable();
    } catch (const std::exception&) {
        throw_in_python("");
    }
}

void define_experiments(py::module_& module)
{
    using text = std::optional<std::string>;
    module.def(
        "search",
        [](const std::string& file, const text& content, const std::string& only, unsigned jobs,
           const std::string& out, std::uint64_t seeds, std::uint64_t first,
           std::uint64_t interleavings) {
            return search({{file, content}, only, jobs, out}, {seeds, first, interleavings});
        },
        "file"_a, "text"_a, "only"_a, "jobs"_a, "out"_a, "seeds"_a, "first"_a, "interleavings"_a);
    module.def(
        "shrink",
        [](const std::string& file, const text& content, const std::string& only,
           std::uint64_t seed, std::optional<std::uint64_t> interleaving) {
            return shrink({{file, content}, only, 1, ""}, {seed, interleaving});
        },
        "file"_a, "text"_a, "only"_a, "seed"_a, "interleaving"_a);
    module.def(
        "certify",
        [](const std::string& file, const text& content, const std::string& only, unsigned jobs,
           std::uint64_t seed, std::optional<std::uint64_t> interleaving, const std::string& faults,
           std::size_t at_most, std::size_t first, std::optional<std::size_t> part) {
            return certify({{file, content}, only, jobs, ""}, {seed, interleaving},
                           {faults, at_most, first, part});
        },
        "file"_a, "text"_a, "only"_a, "jobs"_a, "seed"_a, "interleaving"_a, "faults"_a, "at_most"_a,
        "first"_a, "part"_a);
    module.def(
        "explain",
        [](const std::string& file, const text& content, const std::string& only, unsigned jobs,
           const std::string& out, std::uint64_t seed, std::optional<std::uint64_t> interleaving) {
            return explain({{file, content}, only, jobs, out}, {seed, interleaving});
        },
        "file"_a, "text"_a, "only"_a, "jobs"_a, "out"_a, "seed"_a, "interleaving"_a);
    module.def(
        "mutate",
        [](const std::vector<std::pair<std::string, text>>& scenarios, std::uint64_t seeds,
           unsigned jobs) {
            std::vector<scenario_source> sources;
            for (const auto& [file, content] : scenarios) sources.push_back({file, content});
            return mutate(sources, seeds, jobs);
        },
        "scenarios"_a, "seeds"_a, "jobs"_a);
}

} // namespace
} // namespace badwire::bindings

PYBIND11_MODULE(_badwire, module)
{
    using namespace badwire;
    using namespace badwire::bindings;

    module.attr("version") = badwire::version;
    module.def("programs", &program_names);
    module.def("schema", [] { return std::string(harness::scenario_schema()); });
    module.def("executable", &executable);
    module.def(
        "student_t_95", [](double degrees) { return theory::standard_errors(degrees); },
        "degrees"_a);
    module.def(
        "set_executable", [](const std::string& file) { harness::set_badwire_executable(file); },
        "file"_a);
    module.def(
        "check",
        [](const std::string& file, const std::optional<std::string>& text) {
            check({file, text});
        },
        "file"_a, "text"_a);
    py::class_<stop_flag>(module, "Stop").def(py::init<>()).def("set", [](stop_flag& self) {
        self.set = true;
    });
    module.def(
        "plan",
        [](const std::string& file, const std::optional<std::string>& text,
           const std::string& network, std::optional<std::uint64_t> seed,
           std::optional<std::uint64_t> repeat, bool if_it_is_one) {
            return plan({file, text}, {.network = network, .seed = seed, .repeat = repeat},
                        if_it_is_one);
        },
        "file"_a, "text"_a, "network"_a, "seed"_a, "repeat"_a, "if_it_is_one"_a);
    module.def(
        "run",
        [](const std::string& file, const std::optional<std::string>& text,
           const std::string& network, std::optional<std::uint64_t> seed,
           std::optional<std::uint64_t> repeat, unsigned jobs, const std::string& out, bool strict,
           const std::string& only, stop_flag& stop) {
            return run({file, text}, {network, seed, repeat, jobs, out, strict, only}, stop.set);
        },
        "file"_a, "text"_a, "network"_a, "seed"_a, "repeat"_a, "jobs"_a, "out"_a, "strict"_a,
        "only"_a, "stop"_a);

    define_experiments(module);

    py::class_<link_model>(module, "LinkModel")
        .def(py::init(&make_link_model), "link"_a, "seed"_a, "name"_a)
        .def("decide", &decide, "direction"_a, "payload"_a, "at_s"_a, "flow"_a);
    define_relays(module);
    define_worlds(module);
}
