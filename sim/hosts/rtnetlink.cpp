#include "sim/hosts/rtnetlink.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/hosts/system_refusal.hpp"

namespace badwire::hosts {

namespace ip = boost::asio::ip;

namespace {

std::uint8_t family_of(const ip::address& of) { return of.is_v6() ? AF_INET6 : AF_INET; }

} // namespace

// A request: a header of netlink's, a structure of the kind of request, and attributes.
class rtnetlink::message {
public:
    template <typename Body>
    message(std::uint16_t kind, unsigned extra_flags, const Body& body)
    {
        nlmsghdr header{};
        header.nlmsg_type = kind;
        header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | extra_flags);
        append(&header, sizeof header);
        append(&body, sizeof body);
    }

    void attribute(unsigned type, const void* value, std::size_t size)
    {
        begin(type);
        append(value, size);
        end();
    }
    void attribute(unsigned type, std::uint32_t value) { attribute(type, &value, sizeof value); }
    void attribute(unsigned type, const std::string& text)
    {
        attribute(type, text.c_str(), text.size() + 1);
    }
    void attribute(unsigned type, const ip::address& value)
    {
        if (value.is_v6()) attribute(type, value.to_v6().to_bytes().data(), 16);
        else attribute(type, value.to_v4().to_bytes().data(), 4);
    }

    /// What is added until end() is inside this attribute.
    void begin(unsigned type)
    {
        open_.push_back(bytes_.size());
        rtattr header{};
        header.rta_type = static_cast<std::uint16_t>(type);
        append(&header, sizeof header);
    }
    void end()
    {
        const auto length = static_cast<std::uint16_t>(bytes_.size() - open_.back());
        std::memcpy(bytes_.data() + open_.back() + offsetof(rtattr, rta_len), &length,
                    sizeof length);
        open_.pop_back();
        bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    }

    void append(const void* data, std::size_t size)
    {
        const auto* from = static_cast<const char*>(data);
        bytes_.insert(bytes_.end(), from, from + size);
        if (open_.empty()) bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    }

    const std::vector<char>& finish(unsigned sequence)
    {
        const auto length = static_cast<std::uint32_t>(bytes_.size());
        std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
        std::memcpy(bytes_.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
        return bytes_;
    }

private:
    std::vector<char> bytes_;
    std::vector<std::size_t> open_;
};

rtnetlink::rtnetlink()
{
    socket_ = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (socket_ < 0) refuse("talk to the kernel about interfaces", errno);
}

rtnetlink::~rtnetlink() { ::close(socket_); }

void rtnetlink::ask(message& what, const std::string& purpose)
{
    const std::vector<char>& bytes = what.finish(++sequence_);
    if (::send(socket_, bytes.data(), bytes.size(), 0) < 0) refuse(purpose, errno);
    std::array<char, 8192> answer{};
    for (;;) {
        const ssize_t length = ::recv(socket_, answer.data(), answer.size(), 0);
        if (length < 0 && errno == EINTR) continue;
        if (length < 0) refuse(purpose, errno);
        nlmsghdr header{};
        nlmsgerr said{};
        if (static_cast<std::size_t>(length) < sizeof header + sizeof said) continue;
        std::memcpy(&header, answer.data(), sizeof header);
        if (header.nlmsg_seq != sequence_ || header.nlmsg_type != NLMSG_ERROR) continue;
        std::memcpy(&said, answer.data() + sizeof header, sizeof said);
        if (said.error != 0) refuse(purpose, -said.error);
        return;
    }
}

void rtnetlink::make_pair(const veth_end& here, const veth_end& there, int their_namespace,
                          unsigned mtu)
{
    message asked(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
    asked.attribute(IFLA_IFNAME, here.name);
    asked.attribute(IFLA_ADDRESS, here.mac.data(), here.mac.size());
    asked.attribute(IFLA_MTU, mtu);
    asked.begin(IFLA_LINKINFO);
    asked.attribute(IFLA_INFO_KIND, std::string("veth"));
    asked.begin(IFLA_INFO_DATA);
    asked.begin(VETH_INFO_PEER);
    const ifinfomsg peer{};
    asked.append(&peer, sizeof peer);
    asked.attribute(IFLA_IFNAME, there.name);
    asked.attribute(IFLA_ADDRESS, there.mac.data(), there.mac.size());
    asked.attribute(IFLA_MTU, mtu);
    asked.attribute(IFLA_NET_NS_FD, static_cast<std::uint32_t>(their_namespace));
    asked.end();
    asked.end();
    asked.end();
    ask(asked, "make a pair of virtual Ethernet devices");
}

unsigned rtnetlink::index_of(const std::string& device)
{
    const unsigned found = ::if_nametoindex(device.c_str());
    if (found == 0) refuse("find the device " + device, errno);
    return found;
}

void rtnetlink::start(unsigned device)
{
    ifinfomsg body{};
    body.ifi_index = static_cast<int>(device);
    body.ifi_flags = IFF_UP;
    body.ifi_change = IFF_UP;
    message asked(RTM_NEWLINK, 0, body);
    ask(asked, "start a network device");
}

namespace {

ifaddrmsg address_body(unsigned device, const ip::address& what, unsigned prefix_bits)
{
    ifaddrmsg body{};
    body.ifa_family = family_of(what);
    body.ifa_prefixlen = static_cast<std::uint8_t>(prefix_bits);
    body.ifa_index = device;
    return body;
}

} // namespace

void rtnetlink::add_address(unsigned device, const ip::address& what, unsigned prefix_bits,
                            bool local)
{
    ifaddrmsg body = address_body(device, what, prefix_bits);
    body.ifa_scope = local ? RT_SCOPE_HOST : RT_SCOPE_UNIVERSE;
    if (what.is_v6()) body.ifa_flags = IFA_F_NODAD;
    message asked(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body);
    asked.attribute(IFA_LOCAL, what);
    asked.attribute(IFA_ADDRESS, what);
    ask(asked, "give a device the address " + what.to_string());
}

void rtnetlink::remove_address(unsigned device, const ip::address& what, unsigned prefix_bits)
{
    message asked(RTM_DELADDR, 0, address_body(device, what, prefix_bits));
    asked.attribute(IFA_LOCAL, what);
    ask(asked, "take the address " + what.to_string() + " from a device");
}

void rtnetlink::add_route(unsigned device, const route& what)
{
    rtmsg body{};
    body.rtm_family = family_of(what.to);
    body.rtm_dst_len = static_cast<std::uint8_t>(what.prefix_bits);
    body.rtm_table = RT_TABLE_MAIN;
    body.rtm_protocol = RTPROT_STATIC;
    body.rtm_scope = what.by ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
    body.rtm_type = what.is_broadcast ? RTN_BROADCAST : RTN_UNICAST;
    if (what.by) body.rtm_flags = RTNH_F_ONLINK;
    message asked(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, body);
    asked.attribute(RTA_DST, what.to);
    asked.attribute(RTA_OIF, device);
    if (what.by) asked.attribute(RTA_GATEWAY, *what.by);
    if (what.from) asked.attribute(RTA_PREFSRC, *what.from);
    if (what.segment_bytes_max > 0) {
        asked.begin(RTA_METRICS);
        asked.attribute(RTAX_ADVMSS, what.segment_bytes_max);
        asked.end();
    }
    ask(asked, fmt::format("make a route to {}/{}", what.to.to_string(), what.prefix_bits));
}

} // namespace badwire::hosts
