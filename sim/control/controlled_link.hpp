// controlled_link.hpp: a running relay's link as people outside see and change it: closed or open,
// cut or whole, with or without toxics.
//
// The impairments of a direction = its base, overridden by the toxics in order of creation; a link
// that is cut lets nothing pass, one that is not enabled does not even listen. Toxics may concern
// some connections only (toxics.hpp). The base is what the relay was started with, until
// impairments are written or the link's schedule changes them. A scheduled change suspends the
// toxics until the next request that changes something; then they apply on top of it.
//
// Each operation happens as a whole or, when it throws problem, not at all. The relay's thread.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "sim/control/toxics.hpp"
#include "sim/relay/relay.hpp"

namespace badwire::control {

inline constexpr std::size_t toxics_max = 1000;

/// An end of a link: its address, and how it was written.
struct link_end {
    relay::endpoint at{};
    std::string written{};
    bool operator==(const link_end&) const = default;
};

class controlled_link {
public:
    /// Listens, if enabled. The relay must be its own, and outlive it. Throws problem: 400 where it
    /// would lead to itself, 409 where it cannot listen.
    controlled_link(relay::relay& through, std::string name, link_end listen, link_end upstream,
                    bool enabled = true);

    const std::string& name() const { return name_; }
    /// Where it listens, or did so last; the port may be 0 before it has ever listened.
    const relay::endpoint& listening() const { return listen_.at; }
    bool enabled() const { return enabled_; }
    /// Stops listening and resets all connections, or listens again. Throws problem: 409.
    void enable(bool enabled);
    /// Leads from and to elsewhere; all connections are reset if anything differs. Throws as the
    /// constructor does.
    void move(const link_end& listen, const link_end& upstream);
    const link_end& listen() const { return listen_; }
    const link_end& upstream() const { return upstream_; }

    /// A pulled cable, or a plugged one.
    void cut(bool cut);
    bool is_cut() const { return now_.cut; }

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
    /// now. Enabled and cut stay as they are.
    void write_impairments(const nlohmann::json& link);
    void merge_impairments(const nlohmann::json& keys);

    /// As at the start: whole, without toxics, and enabled. Throws problem: 409.
    void reset();

    /// {"name", "listen", "upstream", "enabled", "toxics"}, as toxiproxy says it, and "cut".
    nlohmann::json description() const;
    nlohmann::json counters() const;

private:
    using both_ways = std::array<link::impairments, 2>; // up, down
    struct state {
        both_ways base;
        bool cut = false;
        std::vector<toxic> toxics{};
    };

    static link::impairments effect(const state& of, link::direction way, carried what,
                                    const std::function<bool(const toxic&)>& counts);
    static relay::stream_terms terms(const state& of, const both_ways& of_datagrams);
    link::surroundings from_now_on() const;
    both_ways asked() const;
    state current() const;
    void become(state wanted);
    void open();

    relay::relay& relay_;
    const std::string name_;
    link_end listen_, upstream_;
    bool enabled_ = false;
    const both_ways started_with_;
    state now_;
    both_ways applied_; // what now_ amounts to
};

} // namespace badwire::control
