#include "sim/relay/datagram_batch.hpp"

#include <cstring>

#include <netinet/in.h>
#include <netinet/udp.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace badwire::relay {
namespace {

constexpr int ecn_bits = 3; // of the byte of the IP header

// Puts one message of ancillary data at `to`, and returns where the next one goes.
template <typename Value>
std::byte* put_control(std::byte* to, int level, int type, Value value)
{
    const cmsghdr head{CMSG_LEN(sizeof value), level, type};
    std::memcpy(to, &head, sizeof head);
    std::memcpy(to + CMSG_LEN(0), &value, sizeof value);
    return to + CMSG_SPACE(sizeof value);
}

} // namespace

void receive_bundles(int socket)
{
    const int on = 1;
    ::setsockopt(socket, SOL_UDP, UDP_GRO, &on, sizeof on);
}

void receive_arrival_times(int socket, bool wanted)
{
    const int on = wanted ? 1 : 0;
    ::setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
}

void receive_codepoints(int socket)
{
    const int on = 1;
    ::setsockopt(socket, IPPROTO_IP, IP_RECVTOS, &on, sizeof on);
    ::setsockopt(socket, IPPROTO_IPV6, IPV6_RECVTCLASS, &on, sizeof on);
}

receive_batch::receive_batch() : large_(new std::byte[large_bytes * batch_size])
{
    for (std::size_t i = 0; i < batch_size; ++i) {
        heads_[i] = packet_pool::make_block();
        vectors_[i][0] = {head(i), head_bytes};
        vectors_[i][1] = {large(i) + head_bytes, large_bytes - head_bytes};
        headers_[i] = {};
        headers_[i].msg_hdr.msg_name = &peers_[i].raw;
        headers_[i].msg_hdr.msg_iov = vectors_[i].data();
        headers_[i].msg_hdr.msg_iovlen = vectors_[i].size();
        headers_[i].msg_hdr.msg_control = controls_[i].bytes.data();
    }
}

int receive_batch::receive(int socket)
{
    for (std::size_t i = 0; i < touched_; ++i) {
        headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
        headers_[i].msg_hdr.msg_controllen = control_bytes;
    }
    room_before_ = room_;
    const int received =
        ::recvmmsg(socket, headers_.data(), static_cast<unsigned>(room_), MSG_DONTWAIT, nullptr);
    touched_ = received > 0 ? static_cast<std::size_t>(received) : 0;
    bool bundles = false;
    for (std::size_t i = 0; i < touched_; ++i) {
        peers_[i].size = headers_[i].msg_hdr.msg_namelen;
        bundles = bundles || headers_[i].msg_len > head_bytes;
    }
    if (touched_ > 0) room_ = bundles ? bundles_at_once : batch_size;
    return received;
}

receive_batch::message receive_batch::at(std::size_t i)
{
    const std::size_t size = headers_[i].msg_len;
    message found{{head(i), size}, 0, std::chrono::nanoseconds(0)};
    msghdr& header = headers_[i].msg_hdr;
    for (cmsghdr* said = CMSG_FIRSTHDR(&header); said != nullptr;
         said = CMSG_NXTHDR(&header, said)) {
        if (said->cmsg_level == SOL_UDP && said->cmsg_type == UDP_GRO) {
            int segment = 0;
            std::memcpy(&segment, CMSG_DATA(said), sizeof segment);
            found.segment = static_cast<std::size_t>(segment);
        } else if (said->cmsg_level == SOL_SOCKET && said->cmsg_type == SCM_TIMESTAMPNS) {
            timespec at{};
            std::memcpy(&at, CMSG_DATA(said), sizeof at);
            found.arrived = std::chrono::seconds(at.tv_sec) + std::chrono::nanoseconds(at.tv_nsec);
        } else if ((said->cmsg_level == IPPROTO_IP && said->cmsg_type == IP_TOS) ||
                   (said->cmsg_level == IPPROTO_IPV6 && said->cmsg_type == IPV6_TCLASS)) {
            int service = 0; // the first byte of an int, in one byte or in four
            std::memcpy(&service, CMSG_DATA(said), said->cmsg_len - CMSG_LEN(0));
            found.ecn = static_cast<std::uint8_t>(service & ecn_bits);
        }
    }
    if (found.segment >= size) found.segment = 0;
    if (size > head_bytes) {
        std::memcpy(large(i), head(i), head_bytes);
        found.payload = {large(i), size};
    }
    return found;
}

packet_handle receive_batch::keep(std::size_t i, packet_pool& pool)
{
    const std::size_t size = headers_[i].msg_len;
    if (size > head_bytes) return pool.copy({large(i), size});
    if (size <= packet_pool::small_bytes) return pool.copy({head(i), size});
    auto kept = pool.adopt(heads_[i], size);
    vectors_[i][0].iov_base = head(i);
    return kept;
}

send_batch::send_batch() : vectors_(vectors_max) {}

void send_batch::clear()
{
    size_ = 0;
    messages_ = 0;
    sent_ = 0;
    vectors_used_ = 0;
}

bool send_batch::joins(std::span<const std::byte> payload, const peer_address* to,
                       std::uint8_t ecn) const
{
    if (messages_ == 0 || closed_ || payload.empty()) return false;
    const std::size_t last = messages_ - 1;
    return payload.size() <= sizes_[last] && counts_[last] < bundle_max &&
           bytes_ + payload.size() <= bundle_bytes_max && codepoints_[last] == ecn &&
           headers_[last].msg_hdr.msg_name == (to != nullptr ? &to->raw : nullptr);
}

// What the kernel is to know of a message besides its bytes.
void send_batch::set_control(std::size_t message)
{
    const bool bundled = counts_[message] > 1;
    const std::uint8_t ecn = codepoints_[message];
    std::byte* const segment = controls_[message].bytes.data();
    std::byte* const codepoint = segment + segment_bytes;
    if (bundled)
        put_control(segment, SOL_UDP, UDP_SEGMENT, static_cast<std::uint16_t>(sizes_[message]));
    if (ecn != 0)
        put_control(put_control(codepoint, IPPROTO_IP, IP_TOS, int{ecn}), IPPROTO_IPV6, IPV6_TCLASS,
                    int{ecn});
    msghdr& header = headers_[message].msg_hdr;
    header.msg_control = bundled ? segment : codepoint;
    header.msg_controllen = (bundled ? segment_bytes : 0) + (ecn != 0 ? codepoint_bytes : 0);
}

bool send_batch::add(std::span<const std::byte> payload, const peer_address* to, bool bundle,
                     std::uint8_t ecn)
{
    if (vectors_used_ == vectors_max) return false;
    // The kernel only reads these structures, although they are not const.
    const iovec piece{const_cast<std::byte*>(payload.data()), payload.size()};
    if (bundle && joins(payload, to, ecn)) {
        const std::size_t last = messages_ - 1;
        msghdr& header = headers_[last].msg_hdr;
        iovec& before = vectors_[vectors_used_ - 1];
        if (static_cast<std::byte*>(before.iov_base) + before.iov_len == payload.data()) {
            before.iov_len += payload.size();
        } else {
            vectors_[vectors_used_++] = piece;
            ++header.msg_iovlen;
        }
        if (++counts_[last] == 2) set_control(last);
        bytes_ += payload.size();
        closed_ = payload.size() < sizes_[last];
        ++size_;
        return true;
    }
    if (messages_ == batch_size) return false;
    vectors_[vectors_used_] = piece;
    msghdr& header = headers_[messages_].msg_hdr;
    header = {};
    if (to != nullptr) {
        header.msg_name = const_cast<sockaddr_storage*>(&to->raw);
        header.msg_namelen = to->size;
    }
    header.msg_iov = &vectors_[vectors_used_++];
    header.msg_iovlen = 1;
    counts_[messages_] = 1;
    sizes_[messages_] = payload.size();
    codepoints_[messages_] = ecn;
    if (ecn != 0) [[unlikely]]
        set_control(messages_);
    bytes_ = payload.size();
    closed_ = payload.empty();
    ++messages_;
    ++size_;
    return true;
}

int send_batch::send(int socket)
{
    const int taken = ::sendmmsg(socket, headers_.data() + sent_,
                                 static_cast<unsigned>(messages_ - sent_), MSG_DONTWAIT);
    if (taken <= 0) return taken;
    int datagrams = 0;
    for (int i = 0; i < taken; ++i) datagrams += static_cast<int>(counts_[sent_++]);
    return datagrams;
}

} // namespace badwire::relay
