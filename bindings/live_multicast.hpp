// live_multicast.hpp: multicast between real processes, each of which has a group and a link of its own,
// in a thread of its own while Python goes on. Thread-safe, as live_relay.hpp.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bindings/service_thread.hpp"
#include "sim/relay/multicast_hub.hpp"

namespace badwire::bindings {

struct multicast_member {
    std::string name; // of it, and of its link
    relay::endpoint group{};
    std::string link; // JSON, as a scenario has it
};

class live_multicast {
public:
    /// Throws mistake and system_error.
    live_multicast(const std::vector<multicast_member>& members, std::uint64_t seed);
    ~live_multicast();
    live_multicast(const live_multicast&) = delete;

    /// By member, the state of its link; after close(), the last one.
    nlohmann::json state();
    /// These keys of the member's link hold from now on. Throws mistake, and logic_error after close().
    void change(const std::string& member, const std::string& keys);
    void close();

private:
    nlohmann::json state_now() const;
    void change_now(const std::string& member, const std::string& keys);

    service_thread thread_;
    std::vector<std::pair<std::string, std::unique_ptr<relay::relay>>> links_;
    relay::multicast_hub hub_;
};

} // namespace badwire::bindings
