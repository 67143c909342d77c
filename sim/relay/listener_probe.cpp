#include "sim/relay/listener_probe.hpp"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace badwire::relay {
namespace {

struct request {
    nlmsghdr header;
    inet_diag_req_v2 body;
};

// The kernel looks for the socket that would take a connection to `at` from nobody in particular.
request asking_for(const endpoint& at)
{
    request made{};
    made.header.nlmsg_len = sizeof made;
    made.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    made.header.nlmsg_flags = NLM_F_REQUEST;
    made.body.sdiag_protocol = IPPROTO_TCP;
    made.body.idiag_states = 1U << TCP_LISTEN;
    made.body.id.idiag_sport = htons(at.port());
    made.body.id.idiag_cookie[0] = made.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    if (at.address().is_v4()) {
        const auto bytes = at.address().to_v4().to_bytes();
        made.body.sdiag_family = AF_INET;
        std::memcpy(made.body.id.idiag_src, bytes.data(), bytes.size());
    } else {
        const auto bytes = at.address().to_v6().to_bytes();
        made.body.sdiag_family = AF_INET6;
        std::memcpy(made.body.id.idiag_src, bytes.data(), bytes.size());
    }
    return made;
}

} // namespace

listener_probe::listener_probe()
    : netlink_(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG))
{
}

listener_probe::~listener_probe()
{
    if (netlink_ >= 0) ::close(netlink_);
}

std::optional<bool> listener_probe::listens(const endpoint& at)
{
    if (netlink_ < 0 || !at.address().is_loopback()) return {};
    const request ask = asking_for(at);
    if (::send(netlink_, &ask, sizeof ask, 0) != sizeof ask) return {};
    // The kernel answers before send() returns.
    alignas(nlmsghdr) std::array<char, 4096> buffer{};
    const auto received = ::recv(netlink_, buffer.data(), buffer.size(), 0);
    if (received < 0) return {};
    const auto length = static_cast<std::size_t>(received);
    if (length < sizeof(nlmsghdr)) return {};
    nlmsghdr header{};
    std::memcpy(&header, buffer.data(), sizeof header);
    if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY) {
        inet_diag_msg found{};
        if (length < sizeof header + sizeof found) return {};
        std::memcpy(&found, buffer.data() + sizeof header, sizeof found);
        return found.idiag_state == TCP_LISTEN;
    }
    if (header.nlmsg_type != NLMSG_ERROR) return {};
    nlmsgerr failed{};
    if (length < sizeof header + sizeof failed.error) return {};
    std::memcpy(&failed.error, buffer.data() + sizeof header, sizeof failed.error);
    if (failed.error == -ENOENT) return false;
    return {};
}

} // namespace badwire::relay
