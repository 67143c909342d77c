// live_relay.hpp: a relay that runs in a thread of its own while Python goes on.
//
// Thread-safe. Every call may be made with or without the GIL; calls that wait for the relay's
// thread must be made without it, so that other Python threads go on.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "sim/relay/relay.hpp"

namespace badwire::bindings {

class live_relay {
public:
    /// Listens on `listen` and forwards to `to`; `link` is JSON as in a scenario. Throws
    /// mistake and system_error.
    live_relay(const relay::endpoint& listen, const relay::endpoint& to, const std::string& link,
               std::uint64_t seed, const std::string& name);
    ~live_relay();
    live_relay(const live_relay&) = delete;
    live_relay& operator=(const live_relay&) = delete;

    const relay::endpoint& address() const { return address_; }

    /// {"up": {"offered": …}, "down": {…}, "lateness_ms": {…}, "refused": …}; after close(), the
    /// last state. Throws the failure of the relay's thread, if any.
    nlohmann::json state();

    /// Stops listening and ends the thread; a second call does nothing. Throws the same.
    void close();

private:
    nlohmann::json state_now() const;
    void serve();

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
    relay::relay relay_;
    relay::endpoint address_;
    std::mutex one_at_a_time_;
    std::exception_ptr problem_; // the thread's; read on it or after its end
    std::thread thread_;
};

} // namespace badwire::bindings
