// pair_links.hpp: links of a virtual world between two processes each: what one sends to the other's own
// address goes over them. World's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/virtual/member_seat.hpp"
#include "sim/virtual/virtual_link.hpp"

namespace badwire::bindings {

/// A datagram that a link model of the caller's own is to decide over.
struct own_packet {
    std::size_t model = 0;
    link::direction which = link::direction::up;
    const sim::datagram& payload;
};
struct own_models {
    /// What arrives, after so long: nothing, the packet, or several.
    using arrivals = std::vector<std::pair<net::duration, sim::datagram>>;
    virtual arrivals decide(const own_packet& packet) = 0;

protected:
    ~own_models() = default;
};

class pair_links final : public sim::neighbourhood {
public:
    /// How many links of a world there may be between two processes.
    explicit pair_links(sim::world& in);
    ~pair_links();

    void name(const sim::host& side, const std::string& process) { names_[&side] = process; }

    /// A link whose direction `up` leads from one to the other. Throws mistake for its options, and
    /// invalid_argument where one is between these already.
    sim::virtual_link& add(const std::string& link, std::uint64_t seed,
                           const link::link_options& asked, const std::string& from,
                           const std::string& to);
    /// The same, which asks `models` over each datagram; connections pass untouched. Returns the
    /// model's number.
    std::size_t add_own(const std::string& from, const std::string& to);
    /// Who is asked; null: nobody, and nothing arrives.
    void ask(own_models* models) { models_ = models; }

    bool carry(const sim::host& from, sim::datagram_port* port, const net::udp::endpoint& sender,
               const net::udp::endpoint& receiver, sim::datagram& contents) override;
    /// A connection goes up the link, whoever opens it.
    net::tcp::endpoint way(const sim::host& from, const sim::stream_port* to,
                           const net::tcp::endpoint& asked) override;

private:
    struct path {
        sim::virtual_link* link = nullptr; // null: a model of the caller's own
        std::size_t model = 0;
        link::direction which = link::direction::up;
        std::string flow;
    };

    void add(const path& up, const std::string& from, const std::string& to);
    const path* between(const sim::host& from, const sim::host* to) const;
    void carry_own(const path& along, const net::udp::endpoint& sender,
                   const net::udp::endpoint& receiver, const sim::datagram& contents);

    sim::world& world_;
    own_models* models_ = nullptr;
    std::size_t own_ = 0; // models
    std::map<const sim::host*, std::string> names_;
    std::vector<std::unique_ptr<sim::virtual_link>> links_;
    std::map<std::pair<std::string, std::string>, path> paths_;
    std::map<std::tuple<sim::datagram_port*, net::udp::endpoint>, std::unique_ptr<sim::member_seat>>
        seats_;
    std::map<std::tuple<const sim::host*, net::tcp::endpoint>, net::tcp::endpoint> ways_;
};

} // namespace badwire::bindings
