// transparent_links.hpp: the links of a virtual stage for programs that send to one another's own
// addresses, such as a port that stands in their code: chosen by who sends and who owns the port.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "harness/run/link_path.hpp"
#include "harness/scenario/scenario.hpp"
#include "sim/virtual/member_seat.hpp"
#include "sim/virtual/virtual_link.hpp"

namespace badwire::harness {

/// Between a process and the one it goes "to", the links it goes "over", as the flow of its name;
/// between equals their link, with a flow for each ordered pair, also to the members of a group. World's
/// thread.
class transparent_links final : public sim::neighbourhood {
public:
    using link_map = std::map<std::string, std::unique_ptr<sim::virtual_link>>;

    transparent_links(sim::world& in, const scenario& of, const link_map& links);
    ~transparent_links();

    /// A process, as started: maybe again.
    void add(const sim::host& side, const process_spec& spec) { specs_[&side] = &spec; }

    bool carry(const sim::host& from, sim::datagram_port* port, const net::udp::endpoint& sender,
               const net::udp::endpoint& receiver, sim::datagram& contents) override;
    net::tcp::endpoint way(const sim::host& from, const sim::stream_port* to,
                           const net::tcp::endpoint& asked) override;

private:
    struct hop; // between two links

    /// Of whom that port is, or to whom the scenario gives it where it is nobody's; null: of none.
    template <typename Port>
    const process_spec* owner_of(const Port* port, std::uint16_t number) const;
    link_path between(const sim::host& from, const process_spec* to) const;
    net::udp::endpoint after(const link_path& along, std::size_t place,
                             const net::udp::endpoint& sender, const net::udp::endpoint& receiver);

    sim::world& world_;
    const scenario& scenario_;
    const link_map& links_;
    std::map<const sim::host*, const process_spec*> specs_;
    std::map<std::tuple<sim::datagram_port*, net::udp::endpoint>, std::unique_ptr<sim::member_seat>>
        seats_;
    std::map<std::tuple<const sim::host*, net::tcp::endpoint>, net::tcp::endpoint> ways_;
    std::map<std::tuple<std::string, std::size_t, net::udp::endpoint, net::udp::endpoint>,
             std::unique_ptr<hop>>
        hops_;
};

} // namespace badwire::harness
