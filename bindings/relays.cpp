#include "bindings/relays.hpp"

#include <system_error>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <pybind11/stl.h>

#include "bindings/errors.hpp"
#include "bindings/live_multicast.hpp"
#include "bindings/live_relay.hpp"
#include "impl/base/units.hpp"

namespace badwire::bindings {
namespace {

namespace py = pybind11;
using namespace pybind11::literals;
using control::controlled_link;
using nlohmann::json;

using address = std::pair<std::string, std::uint16_t>;

relay::endpoint endpoint_of(const address& given)
{
    return {boost::asio::ip::make_address(given.first), given.second};
}

address to_address(const relay::endpoint& of) { return {of.address().to_string(), of.port()}; }

// Does `work` without the GIL.
template <typename Work>
auto waiting_for(Work work)
{
    try {
        const py::gil_scoped_release others_go_on;
        return work();
    } catch (const boost::system::system_error& error) { // the GIL is held again
        throw_os_error(error.code().value(), error.what());
    } catch (const std::system_error& error) {
        throw_os_error(error.code().value(), error.what());
    } catch (const std::logic_error& closed) {
        throw py::value_error(closed.what());
    } catch (const std::exception&) {
        throw_in_python("link");
    }
}

std::unique_ptr<live_relay> open_relay(const address& listen, const address& to,
                                       const std::string& link, const std::string& wires,
                                       std::uint64_t seed, const std::string& name,
                                       const std::string& trace, const std::string& capture,
                                       const std::optional<std::string>& idle_after, bool precise,
                                       const std::optional<address>& control,
                                       const std::string& token)
{
    relay_request asked{.listen = endpoint_of(listen),
                        .to = endpoint_of(to),
                        .link = link,
                        .wires = wires,
                        .seed = seed,
                        .name = name,
                        .trace = trace,
                        .capture = capture,
                        .precise = precise,
                        .token = token};
    if (control) asked.control = endpoint_of(*control);
    if (idle_after) {
        const auto parsed = parse_duration(*idle_after);
        if (!parsed || *parsed <= std::chrono::nanoseconds(0))
            throw py::value_error(
                "idle_after: expected a duration above 0, such as \"30s\", found \"" + *idle_after +
                "\"");
        asked.idle_after = *parsed;
    }
    return waiting_for([&] { return std::make_unique<live_relay>(asked); });
}

template <typename Use>
std::string use_link(live_relay& self, Use use)
{
    return waiting_for([&] {
        return self
            .with_link([&](controlled_link& link) -> json {
                use(link);
                return link.impairments();
            })
            .dump();
    });
}

std::unique_ptr<live_multicast>
open_multicast(const std::vector<std::tuple<std::string, address, std::string>>& members,
               std::uint64_t seed)
{
    std::vector<multicast_member> all;
    for (const auto& [name, group, link] : members) all.push_back({name, endpoint_of(group), link});
    return waiting_for([&] { return std::make_unique<live_multicast>(all, seed); });
}

void define_multicast(py::module_& module)
{
    py::class_<live_multicast>(module, "MulticastRelay")
        .def(py::init(&open_multicast), "members"_a, "seed"_a)
        .def("state",
             [](live_multicast& self) { return waiting_for([&] { return self.state().dump(); }); })
        .def(
            "change",
            [](live_multicast& self, const std::string& member, const std::string& keys) {
                waiting_for([&] { self.change(member, keys); });
            },
            "member"_a, "keys"_a)
        .def("close", [](live_multicast& self) { waiting_for([&] { self.close(); }); });
}

} // namespace

void define_relays(py::module_& module)
{
    define_multicast(module);
    py::class_<live_relay>(module, "Relay")
        .def(py::init(&open_relay), "listen"_a, "to"_a, "link"_a, "wires"_a, "seed"_a, "name"_a,
             "trace"_a, "capture"_a, "idle_after"_a, "precise"_a, "control"_a, "token"_a)
        .def("address", [](const live_relay& self) { return to_address(self.address()); })
        .def("control",
             [](const live_relay& self) -> std::optional<address> {
                 if (!self.control()) return {};
                 return to_address(*self.control());
             })
        .def("state",
             [](live_relay& self) { return waiting_for([&] { return self.state().dump(); }); })
        .def("impairments",
             [](live_relay& self) { return use_link(self, [](const controlled_link&) {}); })
        .def(
            "change",
            [](live_relay& self, const std::string& keys) {
                return use_link(self, [&](controlled_link& link) {
                    link.merge_impairments(json::parse(keys));
                });
            },
            "keys"_a)
        .def(
            "replace",
            [](live_relay& self, const std::string& whole) {
                return use_link(self, [&](controlled_link& link) {
                    link.write_impairments(json::parse(whole));
                });
            },
            "link"_a)
        .def(
            "cut",
            [](live_relay& self, bool cut) {
                use_link(self, [&](controlled_link& link) { link.cut(cut); });
            },
            "cut"_a)
        .def(
            "enable",
            [](live_relay& self, bool enabled) {
                use_link(self, [&](controlled_link& link) { link.enable(enabled); });
            },
            "enabled"_a)
        .def("reset",
             [](live_relay& self) {
                 return use_link(self, [](controlled_link& link) { link.reset(); });
             })
        .def("close", [](live_relay& self) { waiting_for([&] { self.close(); }); });
}

} // namespace badwire::bindings
