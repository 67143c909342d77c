#include "sim/hosts/ethernet_switch.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "sim/hosts/frame_wire.hpp"
#include "sim/hosts/loopback_addresses.hpp"
#include "sim/hosts/passage.hpp"
#include "sim/hosts/refusals.hpp"
#include "sim/relay/arrival_clock.hpp"

namespace badwire::hosts {

using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// Batches that are read from one host before others get their turn.
constexpr int rounds_max = 4;

// Frames that are due so shortly after the last departure leave together with later ones.
constexpr auto tick = 100us;

ways::link_map make_links(const switch_options& asked, clock::time_point start)
{
    ways::link_map made;
    link::shared_bottlenecks bottlenecks;
    for (const auto& [name, options] : asked.links)
        made.emplace(name, std::make_unique<frame_link>(
                               asked.seed, name, options,
                               asked.witnesses_of ? asked.witnesses_of(name) : link::witnesses{},
                               start, bottlenecks.of(options)));
    return made;
}

bool is_icmp_error(std::span<const std::byte> bytes, const frame& parsed)
{
    if (parsed.kind != frame_kind::icmp && parsed.kind != frame_kind::icmpv6) return false;
    const auto type = std::to_integer<unsigned>(bytes[parsed.transport_offset]);
    if (parsed.ip_version == 6) return type < 128;     // RFC 4443
    constexpr std::array errors{3U, 4U, 5U, 11U, 12U}; // RFC 1122, 3.2.2
    return std::ranges::find(errors, type) != errors.end();
}

// What hosts say to one another so that packets find their way, or because one did not.
bool is_about_the_network(std::span<const std::byte> bytes, const frame& parsed)
{
    return parsed.kind == frame_kind::arp || parsed.kind == frame_kind::neighbour_discovery ||
           is_icmp_error(bytes, parsed);
}

} // namespace

struct ethernet_switch::state : std::enable_shared_from_this<ethernet_switch::state> {
    struct port {
        port(boost::asio::io_context& context, owned_descriptor& from)
            : wire(context, ::dup(from.get()))
        {
            from.close();
        }
        boost::asio::posix::stream_descriptor wire;
        leaving_frames leaving;
        std::uint64_t lost = 0;
    };

    state(boost::asio::io_context& context, std::vector<made_host>& hosts, const topology& of,
          const switch_options& asked)
        : topology_(of),
          links(make_links(asked, start)),
          ways_(of, links, hosts.size()),
          loopbacks(of),
          passing(
              start, links, asked.in_flight_bytes_max,
              [this](std::size_t host, std::span<std::byte> bytes, frame& parsed) {
                  give(host, bytes, parsed);
              },
              [this](std::size_t host, const frame& parsed) { return receives(host, parsed); }),
          timer(context)
    {
        for (made_host& one : hosts) {
            tell_arrival_times(one.wire.get());
            ports.emplace_back(context, one.wire);
        }
    }

    void await(std::size_t host)
    {
        ports[host].wire.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                                    [self = shared_from_this(), host](error_code failed) {
                                        if (failed || self->closed) return;
                                        self->drain(host);
                                        self->await(host);
                                    });
    }

    void drain(std::size_t host)
    {
        for (int round = 0; round < rounds_max; ++round) {
            const int count = received.receive(ports[host].wire.native_handle());
            if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
            if (count <= 0) continue; // an error that reading has cleared
            const auto now = clock::now();
            const relay::arrival_clock kernel(now);
            for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
                const auto one = received.at(i);
                take(host, one.frame, kernel.arrival(one.arrived));
            }
            passing.turn(now);
            flush();
            if (received.was_last()) break;
        }
        arm();
    }

    void take(std::size_t host, std::span<std::byte> bytes, clock::time_point arrived)
    {
        frame parsed = parse_frame(bytes);
        if (parsed.kind == frame_kind::igmp || parsed.kind == frame_kind::multicast_listener)
            return;
        loopbacks.leave(host, bytes, parsed);
        note_refusal(host, bytes, parsed);
        if (is_about_the_network(bytes, parsed)) return pass_at_once(host, bytes, parsed, arrived);
        if (parsed.to_group()) {
            passing.begin(bytes, parsed, ways_.to_group(host), arrived);
        } else if (const auto to = host_at(parsed.destination); to && *to < ports.size()) {
            passing.begin(bytes, parsed, ways_.between(host, *to), arrived);
        }
    }

    // The link that delivered the datagram counts it as undeliverable.
    void note_refusal(std::size_t host, std::span<const std::byte> bytes, const frame& parsed)
    {
        const auto refused = refused_in(bytes, parsed);
        if (!refused) return;
        loopbacks.refused(host, refused->to_port);
        const auto from = host_at(refused->from), to = host_at(refused->to);
        if (!from || !to || std::max(*from, *to) >= ports.size()) return;
        const way* last = nullptr;
        for (const way* part = &ways_.between(*from, *to); part != nullptr;
             part = part->onward.empty() ? nullptr : &part->onward.front())
            if (part->through != nullptr) last = part;
        if (last == nullptr) return;
        link::lane& lane = last->through->lane(last->which);
        if (lane.count().delivered > 0) lane.refused(*last->of, refused->bytes);
    }

    // To all of whom it may be for, over ways that are not cut.
    void pass_at_once(std::size_t host, std::span<std::byte> bytes, const frame& parsed,
                      clock::time_point now)
    {
        const auto only =
            parsed.kind == frame_kind::arp ? host_at(parsed.to) : host_at(parsed.destination);
        for (std::size_t to = 0; to < ports.size(); ++to) {
            if (to == host || (only && to != *only)) continue;
            if (!is_cut(ways_.between(host, to), now)) ports[to].leaving.add(bytes);
        }
    }

    bool receives(std::size_t host, const frame& parsed) const
    {
        return parsed.to_all() || !parsed.to.is_multicast() || topology_.is_member(host, parsed.to);
    }

    void give(std::size_t host, std::span<std::byte> bytes, frame& parsed)
    {
        loopbacks.arrive(host, bytes, parsed);
        ports[host].leaving.add(bytes);
    }

    void flush()
    {
        for (port& one : ports)
            if (!one.leaving.empty()) one.lost += one.leaving.send(one.wire.native_handle());
        passing.flushed();
    }

    void turn()
    {
        const bool all = passing.turn(clock::now());
        last_turn = clock::now();
        flush();
        arm(all ? tick : 0us);
    }

    void arm(clock::duration after_last_turn = tick)
    {
        const auto due = passing.next_due();
        if (due == clock::time_point::max()) return;
        const auto wake = std::max(due, last_turn + after_last_turn);
        if (armed && armed_for <= wake) return;
        armed = true;
        armed_for = wake;
        timer.expires_at(wake);
        timer.async_wait([self = shared_from_this()](error_code failed) {
            if (failed || self->closed) return;
            self->armed = false;
            self->turn();
        });
    }

    const topology& topology_;
    const clock::time_point start = clock::now();
    ways::link_map links;
    ways ways_;
    loopback_addresses loopbacks;
    passage passing;
    std::vector<port> ports;
    frame_batch received;
    boost::asio::steady_timer timer;
    bool armed = false;
    clock::time_point armed_for{}, last_turn{};
    bool closed = false;
};

ethernet_switch::ethernet_switch(boost::asio::io_context& context, std::vector<made_host>& hosts,
                                 const topology& of, const switch_options& asked)
    : state_(std::make_shared<state>(context, hosts, of, asked))
{
    for (std::size_t host = 0; host < state_->ports.size(); ++host) state_->await(host);
}

ethernet_switch::~ethernet_switch() { close(); }

void ethernet_switch::close()
{
    if (std::exchange(state_->closed, true)) return;
    dropped_by_kernel();
    error_code ignored;
    for (auto& one : state_->ports) one.wire.close(ignored);
    state_->timer.cancel();
    state_->passing.clear();
}

const frame_link& ethernet_switch::between(const std::string& link) const
{
    return *state_->links.at(link);
}

std::uint64_t ethernet_switch::dropped_by_kernel()
{
    std::uint64_t all = 0;
    for (auto& one : state_->ports) {
        if (one.wire.is_open()) one.lost += take_drops(one.wire.native_handle());
        all += one.lost;
    }
    return all;
}

} // namespace badwire::hosts
