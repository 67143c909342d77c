#include "bindings/live_relay.hpp"

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "harness/version.hpp"
#include "impl/base/address.hpp"
#include "impl/base/json_text.hpp"
#include "sim/control/problem.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::bindings {
namespace {

using nlohmann::json;

link::link_options link_of(const relay_request& asked)
{
    link::surroundings around;
    try {
        around.wires = link::parse_wires(parse_json(asked.wires));
    } catch (mistake& wrong) {
        throw mistake("/wires" + wrong.pointer, wrong.what());
    }
    return link::parse_link_options(parse_json(asked.link), around);
}

std::system_error not_written(const std::string& file)
{
    return {errno, std::generic_category(), "cannot write " + file};
}

} // namespace

live_relay::live_relay(const relay_request& asked)
    : asked_(asked),
      link_(link_of(asked)),
      links_(thread_.context(), [this](const std::string& name) { return options_of(name); })
{
    if (!asked.trace.empty()) {
        trace_.open(asked.trace, std::ios::binary);
        if (!trace_) throw not_written(asked.trace);
    }
    if (!asked.capture.empty()) capture_ = std::make_unique<capture::pcapng_writer>(asked.capture);
    address_ = links_
                   .add({.name = asked.name,
                         .listen = {asked.listen, to_text(asked.listen)},
                         .upstream = {asked.to, to_text(asked.to)}})
                   .listening();
    if (asked.control) listen_for_requests();
    thread_.start();
}

void live_relay::listen_for_requests()
{
    const relay::endpoint& at = *asked_.control;
    try {
        control_.emplace(thread_.context(), links_,
                         control::control_options{.listen = {at.address(), at.port()},
                                                  .version = version,
                                                  .token = asked_.token});
    } catch (const boost::system::system_error& error) {
        constexpr unsigned conflict = 409;
        throw control::problem(
            conflict,
            fmt::format("control: cannot listen on {}: {}", to_text(at), error.code().message()),
            error.code());
    }
    const auto bound = control_->listening();
    control_at_.emplace(bound.address(), bound.port());
}

live_relay::~live_relay()
{
    try {
        close();
    } catch (...) {
        // Nobody is left to be told.
    }
}

relay::relay_options live_relay::options_of(const std::string& name)
{
    relay::relay_options options{.name = name,
                                 .seed = asked_.seed,
                                 .link = link_,
                                 .idle_after = asked_.idle_after,
                                 .precise = asked_.precise};
    if (trace_.is_open()) options.trace = [this](std::string_view line) { trace_ << line << '\n'; };
    if (capture_) options.watcher = &watchers_.try_emplace(name, *capture_, name).first->second;
    return options;
}

json live_relay::state_now() const
{
    json told;
    links_.each([&](const control::controlled_link& link, const relay::relay&) {
        if (link.name() == asked_.name) told = link.counters();
    });
    if (told.is_null())
        throw std::runtime_error("the link \"" + asked_.name + "\" was removed by a request");
    return told;
}

json live_relay::state()
{
    return thread_.ask([this] { return state_now(); },
                       [this] {
                           json last = state_now();
                           last["flows"] = last_flows_;
                           return last;
                       });
}

json live_relay::with_link(const std::function<json(control::controlled_link&)>& use)
{
    return thread_.ask([&] { return use(links_.find(asked_.name)); },
                       []() -> json { throw std::logic_error("the relay is closed"); });
}

void live_relay::close()
{
    thread_.end(
        [this] {
            if (control_) control_->close();
            try {
                last_flows_ = state_now().at("flows"); // a closed relay has forgotten its clients
            } catch (const std::exception&) {
                // The link was removed: there are none.
            }
            links_.close();
        },
        [this] { end_files(); });
}

void live_relay::end_files()
{
    if (capture_) capture_->close();
    if (!trace_.is_open()) return;
    trace_.close();
    if (!trace_) throw not_written(asked_.trace);
}

} // namespace badwire::bindings
