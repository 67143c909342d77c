// controlled_link.hpp: a running relay's link as people outside see and change it: cut or whole,
// with or without toxics.
//
// The impairments of a direction = its base, overridden by the toxics in order of creation; a link
// that is not enabled is cut in both directions. The base is what the relay was started with, until
// impairments are written or the link's schedule changes them. A scheduled change suspends the
// toxics until the next request that changes something; then they apply on top of it.
//
// Each operation happens as a whole or, when it throws problem, not at all. The relay's thread.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/control/toxics.hpp"
#include "sim/relay/relay.hpp"

namespace badwire::control {

inline constexpr std::size_t toxics_max = 1000;

class controlled_link {
public:
    /// The relay must outlive it.
    controlled_link(relay::relay& through, std::string name);

    const std::string& name() const { return name_; }
    bool enabled() const { return now_.enabled; }
    void enable(bool enabled);

    const std::vector<toxic>& toxics() const { return now_.toxics; }
    /// Throws problem: 404.
    const toxic& find(std::string_view toxic_name) const;
    /// Throws problem: 409 for a name that is taken.
    const toxic& add(toxic added);
    const toxic& update(std::string_view toxic_name, const nlohmann::json& body);
    void remove(std::string_view toxic_name);

    /// Both directions as a scenario writes them, as they are now.
    nlohmann::json impairments() const;
    /// Sets impairments from now on, and removes all toxics: a whole link, or keys over what holds
    /// now. Enabled stays as it is.
    void write_impairments(const nlohmann::json& link);
    void merge_impairments(const nlohmann::json& keys);

    /// As at the start: enabled and without toxics.
    void reset();

    /// {"name", "listen", "upstream", "enabled", "toxics"}, as toxiproxy says it.
    nlohmann::json description() const;
    nlohmann::json counters() const;

private:
    using both_ways = std::array<link::impairments, 2>; // up, down
    struct state {
        both_ways base;
        bool enabled = true;
        std::vector<toxic> toxics{};
    };

    both_ways asked() const;
    state current() const;
    void become(state wanted);

    relay::relay& relay_;
    const std::string name_;
    const both_ways started_with_;
    state now_;
    both_ways applied_; // what now_ amounts to
};

} // namespace badwire::control
