#include "bindings/live_relay.hpp"

#include <chrono>
#include <future>
#include <utility>

#include <boost/asio/post.hpp>

#include "bindings/quiet_thread.hpp"
#include "impl/base/json_text.hpp"
#include "sim/link/options_json.hpp"
#include "sim/relay/state_json.hpp"

namespace badwire::bindings {
namespace {

using nlohmann::json;

relay::relay_options options_of(const std::string& link, std::uint64_t seed,
                                const std::string& name)
{
    relay::relay_options options;
    options.name = name;
    options.seed = seed;
    options.link = link::parse_link_options(parse_json(link));
    return options;
}

} // namespace

live_relay::live_relay(const relay::endpoint& listen, const relay::endpoint& to,
                       const std::string& link, std::uint64_t seed, const std::string& name)
    : open_(context_.get_executor()),
      relay_(context_, options_of(link, seed, name)),
      address_(relay_.open(listen, to, "")),
      thread_(quiet_thread([this] { serve(); }))
{
}

live_relay::~live_relay()
{
    try {
        close();
    } catch (...) {
        // Nobody is left to be told.
    }
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

json live_relay::state_now() const { return relay::state_json(relay_); }

json live_relay::state()
{
    const std::lock_guard lock(one_at_a_time_);
    if (!thread_.joinable()) return state_now();
    std::promise<json> promised;
    boost::asio::post(context_, [&] {
        try {
            if (problem_) std::rethrow_exception(problem_);
            promised.set_value(state_now());
        } catch (...) {
            promised.set_exception(std::current_exception());
        }
    });
    return promised.get_future().get();
}

void live_relay::close()
{
    const std::lock_guard lock(one_at_a_time_);
    if (!thread_.joinable()) return;
    boost::asio::post(context_, [this] {
        relay_.close();
        open_.reset();
    });
    thread_.join();
    if (problem_) std::rethrow_exception(problem_);
}

} // namespace badwire::bindings
