#include "sim/guest/interfaces.hpp"

#include <cstring>
#include <string_view>

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>

#include "sim/guest/addresses.hpp"

namespace badwire::guest {
namespace {

namespace lo {
constexpr std::string_view name = "lo";
constexpr int number = 1, bytes_max = 65536, queue_length = 1000;
constexpr unsigned flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_MULTICAST;
} // namespace lo

void put_address(ifreq& into, std::uint32_t of)
{
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(of);
    std::memcpy(&into.ifr_addr, &made, sizeof made);
}

ifreq named()
{
    ifreq made{};
    lo::name.copy(made.ifr_name, lo::name.size());
    return made;
}

int list_all(const memory& its, std::uint64_t at)
{
    auto asked = its.get<ifconf>(at);
    ifreq only = named();
    put_address(only, INADDR_LOOPBACK);
    const bool fits = asked.ifc_len >= static_cast<int>(sizeof only);
    if (asked.ifc_buf != nullptr && fits)
        its.put(reinterpret_cast<std::uint64_t>(asked.ifc_buf), only);
    asked.ifc_len = asked.ifc_buf != nullptr && !fits ? 0 : static_cast<int>(sizeof only);
    its.put(at, asked);
    return 0;
}

// Messages of netlink: each a header, a body and attributes, all of them aligned.
class answer_writer {
public:
    answer_writer(const nlmsghdr& to, std::uint16_t port) : to_(to), port_(port) {}

    template <typename Body>
    answer_writer& message(std::uint16_t type, const Body& body)
    {
        end();
        begin_ = bytes_.size();
        const bool of_many = (to_.nlmsg_flags & NLM_F_DUMP) != 0;
        put(nlmsghdr{0, type, static_cast<std::uint16_t>(of_many ? NLM_F_MULTI : 0), to_.nlmsg_seq,
                     port_});
        put(body);
        return *this;
    }
    template <typename Value>
    answer_writer& attribute(std::uint16_t type, const Value& value)
    {
        put(rtattr{static_cast<std::uint16_t>(RTA_LENGTH(sizeof value)), type});
        put(value);
        return *this;
    }
    std::vector<std::byte> take()
    {
        end();
        return std::exchange(bytes_, {});
    }

private:
    template <typename Value>
    void put(const Value& value)
    {
        const auto bytes = std::as_bytes(std::span(&value, 1));
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
        bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    }
    void end()
    {
        if (bytes_.empty()) return;
        const auto length = static_cast<std::uint32_t>(bytes_.size() - begin_);
        std::memcpy(bytes_.data() + begin_, &length, sizeof length);
    }

    nlmsghdr to_;
    std::uint16_t port_;
    std::vector<std::byte> bytes_;
    std::size_t begin_ = 0;
};

using hardware_address = std::array<std::uint8_t, 6>;
constexpr std::array<char, 3> name_attribute{'l', 'o', 0};

void tell_links(answer_writer& into)
{
    into.message(RTM_NEWLINK, ifinfomsg{AF_UNSPEC, 0, ARPHRD_LOOPBACK, lo::number, lo::flags, 0})
        .attribute(IFLA_IFNAME, name_attribute)
        .attribute(IFLA_MTU, lo::bytes_max)
        .attribute(IFLA_TXQLEN, lo::queue_length)
        .attribute(IFLA_ADDRESS, hardware_address{})
        .attribute(IFLA_BROADCAST, hardware_address{});
}

void tell_addresses(answer_writer& into, int family)
{
    constexpr std::uint8_t permanent = IFA_F_PERMANENT, bits_v4 = 8, bits_v6 = 128;
    if (family != AF_INET6)
        into.message(RTM_NEWADDR, ifaddrmsg{AF_INET, bits_v4, permanent, RT_SCOPE_HOST, lo::number})
            .attribute(IFA_ADDRESS, htonl(INADDR_LOOPBACK))
            .attribute(IFA_LOCAL, htonl(INADDR_LOOPBACK))
            .attribute(IFA_LABEL, name_attribute);
    if (family != AF_INET)
        into.message(RTM_NEWADDR,
                     ifaddrmsg{AF_INET6, bits_v6, permanent, RT_SCOPE_HOST, lo::number})
            .attribute(IFA_ADDRESS, in6addr_loopback);
}

} // namespace

std::optional<int> interface_ioctl(const memory& its, std::uint64_t request, std::uint64_t at)
{
    if (request < SIOCGIFNAME || request > SIOCGIFTXQLEN) return {};
    if (request == SIOCGIFCONF) return list_all(its, at);
    auto asked = its.get<ifreq>(at);
    if (request == SIOCGIFNAME) {
        if (asked.ifr_ifindex != lo::number) return ENODEV;
        asked = named();
        asked.ifr_ifindex = lo::number;
        its.put(at, asked);
        return 0;
    }
    asked.ifr_name[IFNAMSIZ - 1] = 0;
    if (asked.ifr_name != lo::name) return ENODEV;
    asked = named();
    constexpr std::uint32_t mask = 0xff000000;
    switch (request) {
    case SIOCGIFADDR:
    case SIOCGIFDSTADDR: put_address(asked, INADDR_LOOPBACK); break;
    case SIOCGIFNETMASK: put_address(asked, mask); break;
    case SIOCGIFBRDADDR: put_address(asked, 0); break;
    case SIOCGIFFLAGS: asked.ifr_flags = static_cast<short>(lo::flags); break;
    case SIOCGIFINDEX: asked.ifr_ifindex = lo::number; break;
    case SIOCGIFMTU: asked.ifr_mtu = lo::bytes_max; break;
    case SIOCGIFMETRIC: break;
    case SIOCGIFHWADDR: asked.ifr_hwaddr.sa_family = ARPHRD_LOOPBACK; break;
    case SIOCGIFTXQLEN: asked.ifr_qlen = lo::queue_length; break;
    default: return EPERM; // it is not to be changed
    }
    its.put(at, asked);
    return 0;
}

short netlink_description::ready() const
{
    return static_cast<short>(answers_.empty() ? POLLOUT : POLLIN | POLLOUT);
}

outcome<received> netlink_description::receive(std::size_t most, bool peek)
{
    if (answers_.empty()) return {EAGAIN};
    received got{.bytes = answers_.front(), .from = address{}, .whole = answers_.front().size()};
    if (got.bytes.size() > most) got.bytes.resize(most);
    if (!peek) answers_.pop_front();
    return {0, std::move(got)};
}

outcome<std::size_t> netlink_description::send(std::vector<std::byte> bytes,
                                               const std::optional<address>&)
{
    nlmsghdr asked{};
    if (bytes.size() < sizeof asked) return {EINVAL};
    std::memcpy(&asked, bytes.data(), sizeof asked);
    const int family = bytes.size() > sizeof asked ? std::to_integer<int>(bytes[sizeof asked]) : 0;
    answer_writer into(asked, port);
    int error = 0;
    switch (asked.nlmsg_type) {
    case RTM_GETLINK: tell_links(into); break;
    case RTM_GETADDR: tell_addresses(into, family); break;
    case RTM_GETROUTE: error = (asked.nlmsg_flags & NLM_F_DUMP) != 0 ? 0 : -ENETUNREACH; break;
    default: error = -EOPNOTSUPP;
    }
    const bool of_many = (asked.nlmsg_flags & NLM_F_DUMP) != 0;
    if (auto told = into.take(); !told.empty()) answers_.push_back(std::move(told));
    if (error == 0 && of_many) answers_.push_back(into.message(NLMSG_DONE, 0).take());
    if (error != 0 || (!of_many && (asked.nlmsg_flags & NLM_F_ACK) != 0))
        answers_.push_back(into.message(NLMSG_ERROR, nlmsgerr{error, asked}).take());
    tell_change();
    return {0, bytes.size()};
}

} // namespace badwire::guest
