#include "sim/hosts/frame_wire.hpp"

#include <cerrno>
#include <cstring>
#include <ctime>

#include <linux/if_packet.h>

namespace badwire::hosts {

frame_batch::frame_batch() : bytes_(new std::byte[frames_at_once * frame_bytes_max])
{
    for (std::size_t i = 0; i < frames_at_once; ++i) {
        vectors_[i] = {bytes_.get() + i * frame_bytes_max, frame_bytes_max};
        headers_[i].msg_hdr.msg_iov = &vectors_[i];
        headers_[i].msg_hdr.msg_iovlen = 1;
        headers_[i].msg_hdr.msg_control = controls_[i].bytes.data();
        headers_[i].msg_hdr.msg_controllen = control_bytes;
    }
}

int frame_batch::receive(int socket)
{
    for (std::size_t i = 0; i < received_; ++i) headers_[i].msg_hdr.msg_controllen = control_bytes;
    const int count = ::recvmmsg(socket, headers_.data(), frames_at_once, MSG_DONTWAIT, nullptr);
    received_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    return count;
}

frame_batch::arrival frame_batch::at(std::size_t i)
{
    arrival made{{bytes_.get() + i * frame_bytes_max, headers_[i].msg_len}, {}};
    msghdr& header = headers_[i].msg_hdr;
    for (cmsghdr* one = CMSG_FIRSTHDR(&header); one != nullptr; one = CMSG_NXTHDR(&header, one)) {
        if (one->cmsg_level != SOL_SOCKET || one->cmsg_type != SCM_TIMESTAMPNS) continue;
        timespec at{};
        std::memcpy(&at, CMSG_DATA(one), sizeof at);
        made.arrived = std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
    }
    return made;
}

std::size_t leaving_frames::send(int socket)
{
    vectors_.clear();
    headers_.clear();
    for (const auto& one : frames_)
        vectors_.push_back({const_cast<std::byte*>(one.data()), one.size()});
    for (iovec& one : vectors_) {
        mmsghdr header{};
        header.msg_hdr.msg_iov = &one;
        header.msg_hdr.msg_iovlen = 1;
        headers_.push_back(header);
    }
    std::size_t sent = 0, refused = 0;
    while (sent + refused < headers_.size()) {
        const std::size_t begin = sent + refused;
        const int count = ::sendmmsg(socket, headers_.data() + begin,
                                     static_cast<unsigned>(headers_.size() - begin), MSG_DONTWAIT);
        if (count > 0) sent += static_cast<std::size_t>(count);
        else if (errno != EINTR) ++refused; // the first of the rest
    }
    frames_.clear();
    return refused;
}

void tell_arrival_times(int socket)
{
    constexpr int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

std::size_t take_drops(int socket)
{
    tpacket_stats counted{};
    socklen_t size = sizeof counted;
    if (::getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &counted, &size) < 0) return 0;
    return counted.tp_drops;
}

} // namespace badwire::hosts
