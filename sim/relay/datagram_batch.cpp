#include "sim/relay/datagram_batch.hpp"

namespace badwire::relay {

receive_batch::receive_batch() : large_(new std::byte[large_bytes * batch_size])
{
    for (std::size_t i = 0; i < batch_size; ++i) {
        heads_[i].reset(new std::byte[head_bytes]);
        vectors_[i][0] = {heads_[i].get(), head_bytes};
        vectors_[i][1] = {large(i) + head_bytes, large_bytes - head_bytes};
        headers_[i] = {};
        headers_[i].msg_hdr.msg_name = &peers_[i].raw;
        headers_[i].msg_hdr.msg_iov = vectors_[i].data();
        headers_[i].msg_hdr.msg_iovlen = vectors_[i].size();
    }
}

int receive_batch::receive(int socket)
{
    for (std::size_t i = 0; i < touched_; ++i)
        headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    const int received = ::recvmmsg(socket, headers_.data(), batch_size, MSG_DONTWAIT, nullptr);
    touched_ = received > 0 ? static_cast<std::size_t>(received) : 0;
    for (std::size_t i = 0; i < touched_; ++i) peers_[i].size = headers_[i].msg_hdr.msg_namelen;
    return received;
}

std::span<const std::byte> receive_batch::payload(std::size_t i)
{
    const std::size_t size = headers_[i].msg_len;
    if (size <= head_bytes) return {heads_[i].get(), size};
    std::memcpy(large(i), heads_[i].get(), head_bytes);
    return {large(i), size};
}

packet_pool::packet receive_batch::keep(std::size_t i, packet_pool& pool)
{
    const std::size_t size = headers_[i].msg_len;
    if (size <= packet_pool::small_bytes || size > head_bytes) return pool.copy(payload(i));
    auto kept = pool.adopt(heads_[i], size);
    vectors_[i][0].iov_base = heads_[i].get();
    return kept;
}

void send_batch::add(std::span<const std::byte> payload, const peer_address* to)
{
    // The kernel only reads, though its structures are not const.
    vectors_[size_] = {const_cast<std::byte*>(payload.data()), payload.size()};
    msghdr& header = headers_[size_].msg_hdr;
    header = {};
    if (to != nullptr) {
        header.msg_name = const_cast<sockaddr_storage*>(&to->raw);
        header.msg_namelen = to->size;
    }
    header.msg_iov = &vectors_[size_];
    header.msg_iovlen = 1;
    ++size_;
}

int send_batch::send(int socket, std::size_t first)
{
    return ::sendmmsg(socket, headers_.data() + first, static_cast<unsigned>(size_ - first),
                      MSG_DONTWAIT);
}

} // namespace badwire::relay
