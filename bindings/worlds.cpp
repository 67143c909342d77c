#include "bindings/worlds.hpp"

#include <cerrno>
#include <utility>

#include <boost/asio/ip/address.hpp>
#include <pybind11/stl.h>

#include "bindings/errors.hpp"
#include "bindings/virtual_world.hpp"
#include "harness/run/stage.hpp"
#include "impl/base/json_text.hpp"
#include "impl/base/reading.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::bindings {
namespace {

namespace py = pybind11;
using namespace pybind11::literals;

using address = std::pair<std::string, std::uint16_t>;
using timeout = std::optional<std::int64_t>; // ns

template <typename Protocol>
address to_address(const boost::asio::ip::basic_endpoint<Protocol>& of)
{
    return {of.address().to_string(), of.port()};
}

template <typename Protocol>
typename Protocol::endpoint endpoint_of(const address& given)
{
    return {boost::asio::ip::make_address(given.first), given.second};
}

net::duration duration_of(const timeout& given)
{
    return given ? net::duration(*given) : no_timeout;
}

int errno_of(const net::error_code& failed)
{
    const bool known = failed.category() == boost::system::system_category() ||
                       failed.category() == boost::system::generic_category();
    return known ? failed.value() : EIO;
}

// What the system would refuse, as Python's OSError; mistakes as its own.
template <typename Act>
auto attempt(Act act)
{
    try {
        return act();
    } catch (const net::system_error& refused) {
        throw_os_error(errno_of(refused.code()), refused.code().message());
    } catch (const std::invalid_argument& wrong) {
        throw py::value_error(wrong.what());
    } catch (const std::logic_error& wrong) {
        throw std::runtime_error(wrong.what());
    } catch (const mistake&) {
        throw_in_python("link");
    } catch (const net::failure& wrong) {
        throw py::value_error(wrong.what());
    }
}

py::bytes to_bytes(std::string_view text) { return {text.data(), text.size()}; }

// Python's own programs and link models, called with the GIL held: run() holds it.
class python_programs final : public world_programs {
public:
    python_programs(py::function ended, py::function decide)
        : ended_(std::move(ended)), decide_(std::move(decide))
    {
    }

    void ended(std::uint64_t operation, net::error_code failed, outcome result) override
    {
        if (failed) ended_(operation, errno_of(failed), failed.message(), py::none());
        else ended_(operation, 0, "", std::visit([](auto& one) { return to_python(one); }, result));
    }

    arrivals decide(const own_packet& packet) override
    {
        const auto* const bytes = reinterpret_cast<const char*>(packet.payload.data());
        const py::object told = decide_(packet.model, link::to_string(packet.which),
                                        py::bytes(bytes, packet.payload.size()));
        arrivals made;
        for (const auto& [delay_ns, payload] :
             told.cast<std::vector<std::pair<std::int64_t, std::string>>>()) {
            const auto* const first = reinterpret_cast<const std::byte*>(payload.data());
            made.emplace_back(net::duration(delay_ns),
                              sim::datagram(first, first + payload.size()));
        }
        return made;
    }

private:
    static py::object to_python(std::monostate) { return py::none(); }
    static py::object to_python(const std::string& bytes) { return to_bytes(bytes); }
    static py::object to_python(int exit) { return py::int_(exit); }
    static py::object to_python(const received& one)
    {
        return py::make_tuple(to_bytes(one.payload), to_address(one.from));
    }
    static py::object to_python(const std::shared_ptr<world_stream>& one) { return py::cast(one); }

    py::function ended_, decide_;
};

// In pieces, so that Ctrl+C ends it and other Python threads go on. False: it is done.
bool run(virtual_world& self, const py::function& ended, const py::function& decide,
         std::optional<std::int64_t> until_ns, std::optional<std::uint64_t> events_max)
{
    constexpr std::uint64_t piece = 10'000;
    python_programs programs(ended, decide);
    const auto until = until_ns ? net::time_point(net::duration(*until_ns)) : net::never;
    return attempt([&] {
        for (std::uint64_t left = events_max.value_or(UINT64_MAX); left > 0;) {
            const std::uint64_t most = std::min(piece, left);
            if (!self.run(programs, until, most)) return false;
            left -= most;
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
            const py::gil_scoped_release others_go_on;
        }
        return true;
    });
}

std::string link_json(const sim::virtual_link& link, const link::link_options& asked)
{
    const auto& up = link.along(link::direction::up);
    const auto& down = link.along(link::direction::down);
    nlohmann::json told =
        harness::link_result(asked, up.decisions(), up.delays(), down.decisions(), down.delays());
    told["flows"] = link::flows_json(up.decisions(), down.decisions());
    return told.dump();
}

// A link and what it was asked to be; keeps its world alive.
struct world_link {
    std::shared_ptr<virtual_world> in;
    sim::virtual_link* link;
    link::link_options asked;

    std::string state() const { return link_json(*link, asked); }
    // A mistake changes nothing.
    void change(const std::string& json)
    {
        auto& up = link->along(link::direction::up).decisions();
        auto& down = link->along(link::direction::down).decisions();
        const std::array before{up.asked(), down.asked()};
        const auto keys = parse_json(json);
        const auto now = read_document(
            keys, [&](const reading& at) { return link::read_changes(before, at, {}); });
        up.change_to(now[0]);
        try {
            down.change_to(now[1]);
        } catch (const mistake&) {
            up.change_to(before[0]);
            throw;
        }
    }
};

world_link add_link(const std::shared_ptr<virtual_world>& self, const std::string& name,
                    const std::string& json, const std::string& from, const std::string& to)
{
    return attempt([&] {
        auto asked = link::parse_link_options(parse_json(json));
        auto& made = self->between().add(name, self->seed(), asked, from, to);
        return world_link{self, &made, std::move(asked)};
    });
}

std::vector<std::pair<std::string, std::int64_t>> waits_for(world_process& self)
{
    std::vector<std::pair<std::string, std::int64_t>> told;
    for (const sim::waiting& one : self.network().waits_for())
        told.emplace_back(one.what, one.since.time_since_epoch().count());
    return told;
}

void define_sockets(py::module_& module)
{
    py::class_<world_udp, std::shared_ptr<world_udp>>(module, "WorldUdp")
        .def("address", [](const world_udp& self) { return to_address(self.local()); })
        .def(
            "receive",
            [](world_udp& self, timeout limit) {
                return attempt([&] { return self.receive(duration_of(limit)); });
            },
            "timeout_ns"_a)
        .def(
            "send",
            [](world_udp& self, const std::string& payload, const address& to) {
                attempt([&] { self.send(payload, endpoint_of<net::udp>(to)); });
            },
            "payload"_a, "to"_a)
        .def("close", &world_udp::close);
    py::class_<world_stream, std::shared_ptr<world_stream>>(module, "WorldStream")
        .def("local",
             [](world_stream& self) {
                 return attempt([&] { return to_address(self.stream().local_endpoint()); });
             })
        .def("remote",
             [](world_stream& self) {
                 return attempt([&] { return to_address(self.stream().remote_endpoint()); });
             })
        .def(
            "connect",
            [](world_stream& self, const address& to, timeout limit) {
                return attempt(
                    [&] { return self.connect(endpoint_of<net::tcp>(to), duration_of(limit)); });
            },
            "to"_a, "timeout_ns"_a)
        .def(
            "read",
            [](world_stream& self, std::size_t bytes_max, timeout limit) {
                return attempt([&] { return self.read(bytes_max, duration_of(limit)); });
            },
            "bytes_max"_a, "timeout_ns"_a)
        .def(
            "write",
            [](world_stream& self, std::string bytes) {
                return attempt([&] { return self.write(std::move(bytes)); });
            },
            "data"_a)
        .def("shutdown", [](world_stream& self) { self.stream().shutdown_send(); })
        .def("close", [](world_stream& self) { self.stream().close(); });
    py::class_<world_listener, std::shared_ptr<world_listener>>(module, "WorldListener")
        .def("address",
             [](world_listener& self) { return to_address(self.listener().local_endpoint()); })
        .def(
            "accept",
            [](world_listener& self, timeout limit) {
                return attempt([&] { return self.accept(duration_of(limit)); });
            },
            "timeout_ns"_a)
        .def("close", [](world_listener& self) { self.listener().close(); });
}

using process = std::shared_ptr<world_process>;

// What a program waits for, and with what.
void define_waits(py::class_<world_process, process>& made)
{
    made.def("now_ns",
             [](world_process& self) { return self.network().now().time_since_epoch().count(); })
        .def(
            "sleep",
            [](world_process& self, std::int64_t ns) {
                return attempt([&] { return self.sleep(net::duration(ns)); });
            },
            "ns"_a)
        .def(
            "bind_udp",
            [](const process& self, const address& local) {
                return attempt([&] {
                    return std::make_shared<world_udp>(
                        self, self->network().bind_udp(endpoint_of<net::udp>(local)));
                });
            },
            "local"_a)
        .def(
            "join",
            [](const process& self, const address& group) {
                return attempt([&] {
                    return std::make_shared<world_udp>(
                        self, self->network().join(
                                  {.group = boost::asio::ip::make_address_v4(group.first),
                                   .port = group.second}));
                });
            },
            "group"_a)
        .def("stream",
             [](const process& self) {
                 return attempt([&] {
                     return std::make_shared<world_stream>(self, self->network().make_tcp_stream());
                 });
             })
        .def(
            "listen",
            [](const process& self, const address& local) {
                return attempt([&] {
                    return std::make_shared<world_listener>(
                        self, self->network().listen_tcp(endpoint_of<net::tcp>(local)));
                });
            },
            "local"_a)
        .def(
            "start",
            [](world_process& self, const std::string& program, std::vector<std::string> words) {
                return attempt([&] { return self.start(program, std::move(words)); });
            },
            "program"_a, "words"_a);
}

void define_process(py::module_& module)
{
    py::class_<world_process, process> made(module, "WorldProcess");
    define_waits(made);
    made.def("output", [](const world_process& self) { return to_bytes(self.output()); })
        .def("errors", [](const world_process& self) { return to_bytes(self.errors()); })
        .def("metrics",
             [](world_process& self) { return std::as_const(self.network()).metrics().json(); })
        .def("waits_for", &waits_for)
        .def("pause", [](world_process& self) { self.network().side().pause(); })
        .def("resume", [](world_process& self) { self.network().side().resume(); })
        .def("stop", [](world_process& self) {
            if (!self.network().request_end()) self.network().stop();
        });
}

} // namespace

void define_worlds(py::module_& module)
{
    define_sockets(module);
    define_process(module);
    py::class_<world_link>(module, "WorldLink")
        .def("state", &world_link::state)
        .def(
            "change",
            [](world_link& self, const std::string& link) { attempt([&] { self.change(link); }); },
            "link"_a);
    py::class_<virtual_world, std::shared_ptr<virtual_world>>(module, "World")
        .def(py::init<std::uint64_t>(), "seed"_a)
        .def("now_ns",
             [](virtual_world& self) { return self.world().now().time_since_epoch().count(); })
        .def("more", [](virtual_world& self) { return !self.world().queue().empty(); })
        .def("events", [](virtual_world& self) { return self.world().events(); })
        .def("run", &run, "ended"_a, "decide"_a, "until_ns"_a, "events_max"_a)
        .def("process", &virtual_world::add, "name"_a, "folder"_a)
        .def("link", &add_link, "name"_a, "link"_a, "from_process"_a, "to_process"_a)
        .def(
            "own_link",
            [](virtual_world& self, const std::string& from, const std::string& to) {
                return attempt([&] { return self.between().add_own(from, to); });
            },
            "from_process"_a, "to_process"_a);
}

} // namespace badwire::bindings
