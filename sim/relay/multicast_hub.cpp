#include "sim/relay/multicast_hub.hpp"

#include <array>
#include <cstring>
#include <map>
#include <set>
#include <vector>

#include <ifaddrs.h>
#include <net/if.h>

#include <boost/asio/ip/multicast.hpp>

#include "sim/relay/multicast_lane.hpp"
#include "sim/relay/refusals.hpp"

namespace badwire::relay {

using boost::asio::ip::address_v4;
using boost::asio::ip::udp;
using boost::system::error_code;
namespace multicast = boost::asio::ip::multicast;
using reuse_port = boost::asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

namespace {

// The addresses of this host. If the system does not tell them, loopback alone.
std::set<address_v4> own_addresses()
{
    std::set<address_v4> found{address_v4::loopback()};
    ifaddrs* first = nullptr;
    if (getifaddrs(&first) != 0) return found;
    for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
        if (each->ifa_addr == nullptr || each->ifa_addr->sa_family != AF_INET) continue;
        if ((each->ifa_flags & IFF_UP) == 0) continue;
        sockaddr_in address;
        std::memcpy(&address, each->ifa_addr, sizeof address);
        found.insert(address_v4(ntohl(address.sin_addr.s_addr)));
    }
    freeifaddrs(first);
    return found;
}

// A member, or (without lanes) all members behind no link.
struct seat {
    seat(boost::asio::io_context& context, std::string who, const endpoint& at,
         const std::set<address_v4>& hosts)
        : name(std::move(who)), socket(context, udp::v4())
    {
        group = at;
        // Members share the port with this socket; some ask for one of these, some for the other.
        socket.set_option(udp::socket::reuse_address(true));
        socket.set_option(reuse_port(true));
        socket.bind(group);
        const address_v4 address = group.address().to_v4();
        socket.set_option(multicast::join_group(address, address_v4::loopback()));
        for (const address_v4& host : hosts) {
            error_code ignored; // no multicast there, or joined already
            socket.set_option(multicast::join_group(address, host), ignored);
        }
    }

    std::string name;
    udp::socket socket;
    endpoint group;
    std::shared_ptr<multicast_lane> up{};
    std::shared_ptr<multicast_lane> down{};
    std::map<endpoint, std::shared_ptr<udp::socket>> sources{}; // by the member's own address
    endpoint sender{};
    std::array<std::byte, 65536> buffer{};
};

} // namespace

struct multicast_hub::state : std::enable_shared_from_this<multicast_hub::state> {
    explicit state(boost::asio::io_context& runs_on) : context(runs_on) {}

    void listen(const std::shared_ptr<seat>& at)
    {
        at->socket.async_receive_from(
            boost::asio::buffer(at->buffer), at->sender,
            [self = shared_from_this(), at](error_code failed, std::size_t length) {
                if (self->closed || failed == boost::asio::error::operation_aborted) return;
                if (!failed) self->heard(at, {at->buffer.data(), length});
                self->listen(at);
            });
    }

    void heard(const std::shared_ptr<seat>& from, multicast_lane::bytes contents)
    {
        if (own.contains(from->sender)) return;                      // sent by the hub itself
        if (!hosts.contains(from->sender.address().to_v4())) return; // from another machine
        auto& source = from->sources[from->sender];
        if (!source) source = make_source();
        if (!source) return;
        const auto spread_it = [self = shared_from_this(), from,
                                source](multicast_lane::bytes arrived) {
            self->spread(*from, source, arrived);
            return true;
        };
        if (!from->up) spread_it(contents);
        else from->up->carry(contents, from->sender, from->group, spread_it);
    }

    void spread(const seat& from, const std::shared_ptr<udp::socket>& source,
                multicast_lane::bytes contents)
    {
        if (closed) return;
        for (const auto& to : seats) {
            if (to.get() == &from) continue;
            const auto send = [source, group = to->group](multicast_lane::bytes leaving) {
                error_code failed;
                source->send_to(boost::asio::buffer(leaving.data(), leaving.size()), group, 0,
                                failed);
                return !failed;
            };
            if (!to->down) send(contents);
            else to->down->carry(contents, source->local_endpoint(), to->group, send, from.name);
        }
    }

    // Null when there are too many sources.
    std::shared_ptr<udp::socket> make_source()
    {
        if (own.size() >= sources_max) return nullptr;
        auto made = std::make_shared<udp::socket>(context);
        error_code failed;
        made->open(udp::v4(), failed);
        if (!failed) made->bind({address_v4::loopback(), 0}, failed);
        if (!failed)
            made->set_option(multicast::outbound_interface(address_v4::loopback()), failed);
        if (!failed) made->set_option(multicast::hops(1), failed);
        if (failed) return nullptr;
        own.emplace(made->local_endpoint(), made);
        return made;
    }

    boost::asio::io_context& context;
    const std::set<address_v4> hosts = own_addresses();
    std::vector<std::shared_ptr<seat>> seats;
    std::map<endpoint, std::shared_ptr<udp::socket>> own; // by their own address
    bool closed = false;
};

multicast_hub::multicast_hub(boost::asio::io_context& context)
    : state_(std::make_shared<state>(context))
{
}

multicast_hub::~multicast_hub() { close(); }

void multicast_hub::add(const std::string& name, const endpoint& group, relay* over)
{
    auto one = std::make_shared<seat>(state_->context, name, group, state_->hosts);
    if (over != nullptr) {
        one->up = std::make_shared<multicast_lane>(over->waiting(), link::direction::up, name);
        one->down = std::make_shared<multicast_lane>(over->waiting(), link::direction::down, name);
    }
    state_->seats.push_back(one);
    state_->listen(one);
}

void multicast_hub::close()
{
    state_->closed = true;
    error_code ignored; // nothing to do about it
    for (const auto& one : state_->seats) {
        if (one->up) {
            one->up->dropped_by_kernel(dropped_by_kernel(one->socket.native_handle()));
            one->up->close();
        }
        if (one->down) one->down->close();
        one->socket.close(ignored);
        one->sources.clear();
    }
    for (const auto& [address, source] : state_->own) source->close(ignored);
    state_->own.clear();
    state_->seats.clear();
}

} // namespace badwire::relay
