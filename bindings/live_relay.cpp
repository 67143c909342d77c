#include "bindings/live_relay.hpp"

#include <cerrno>
#include <future>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "bindings/quiet_thread.hpp"
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
      open_(context_.get_executor()),
      links_(context_, [this](const std::string& name) { return options_of(name); })
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
    thread_ = quiet_thread([this] { serve(); });
}

void live_relay::listen_for_requests()
{
    const relay::endpoint& at = *asked_.control;
    try {
        control_.emplace(context_, links_,
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

// One handler's exception must not end the service of the others; the caller gets the first one.
void live_relay::serve()
{
    for (;;) {
        try {
            context_.run();
            return;
        } catch (...) {
            if (!problem_) problem_ = std::current_exception();
        }
    }
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

json live_relay::on_thread(const std::function<json()>& work)
{
    std::promise<json> promised;
    boost::asio::post(context_, [&] {
        try {
            if (problem_) std::rethrow_exception(problem_);
            promised.set_value(work());
        } catch (...) {
            promised.set_exception(std::current_exception());
        }
    });
    return promised.get_future().get();
}

json live_relay::state()
{
    const std::lock_guard lock(one_at_a_time_);
    if (!thread_.joinable()) {
        json last = state_now();
        last["flows"] = last_flows_;
        return last;
    }
    return on_thread([this] { return state_now(); });
}

json live_relay::with_link(const std::function<json(control::controlled_link&)>& use)
{
    const std::lock_guard lock(one_at_a_time_);
    if (!thread_.joinable()) throw std::logic_error("the relay is closed");
    return on_thread([&] { return use(links_.find(asked_.name)); });
}

void live_relay::close()
{
    const std::lock_guard lock(one_at_a_time_);
    if (!thread_.joinable()) return;
    boost::asio::post(context_, [this] {
        if (control_) control_->close();
        try {
            last_flows_ = state_now().at("flows"); // a closed relay has forgotten its clients
        } catch (const std::exception&) {
            // The link was removed: there are none.
        }
        links_.close();
        open_.reset();
    });
    thread_.join();
    end_files();
    if (problem_) std::rethrow_exception(problem_);
}

void live_relay::end_files()
{
    if (capture_) capture_->close();
    if (!trace_.is_open()) return;
    trace_.close();
    if (!trace_) throw not_written(asked_.trace);
}

} // namespace badwire::bindings
