#include "sim/hosts/host_messages.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/socket.h>

#include "sim/hosts/system_refusal.hpp"

namespace badwire::hosts {

namespace {

constexpr std::size_t text_bytes_max = 8192;
constexpr std::size_t descriptors_max = 2;

struct alignas(cmsghdr) rights_space {
    std::array<char, CMSG_SPACE(descriptors_max * sizeof(int))> bytes{};
};

} // namespace

void send_message(int socket, const host_message& what)
{
    const std::size_t size = std::min(what.text.size(), text_bytes_max);
    iovec text{const_cast<char*>(what.text.data()), size};
    rights_space space;
    msghdr header{};
    header.msg_iov = &text;
    header.msg_iovlen = 1;
    if (!what.descriptors.empty()) {
        const std::size_t bytes = what.descriptors.size() * sizeof(int);
        header.msg_control = space.bytes.data();
        header.msg_controllen = CMSG_SPACE(bytes);
        cmsghdr* const rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(bytes);
        for (std::size_t i = 0; i < what.descriptors.size(); ++i) {
            const int given = what.descriptors[i].get();
            std::memcpy(CMSG_DATA(rights) + i * sizeof(int), &given, sizeof given);
        }
    }
    ssize_t sent = 0;
    while ((sent = ::sendmsg(socket, &header, MSG_NOSIGNAL)) < 0 && errno == EINTR) {}
    if (sent < 0) refuse("talk about hosts");
}

std::optional<host_message> receive_message(int socket)
{
    std::string text(text_bytes_max, '\0');
    iovec into{text.data(), text.size()};
    rights_space space;
    msghdr header{};
    header.msg_iov = &into;
    header.msg_iovlen = 1;
    header.msg_control = space.bytes.data();
    header.msg_controllen = space.bytes.size();
    ssize_t length = 0;
    while ((length = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR) {}
    if (length <= 0) return {};
    text.resize(static_cast<std::size_t>(length));
    host_message received{std::move(text), {}};
    for (const cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr;
         one = CMSG_NXTHDR(&header, const_cast<cmsghdr*>(one))) {
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_RIGHTS) continue;
        const std::size_t count = (one->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int got = -1;
            std::memcpy(&got, CMSG_DATA(one) + i * sizeof(int), sizeof got);
            received.descriptors.emplace_back(got);
        }
    }
    return received;
}

} // namespace badwire::hosts
