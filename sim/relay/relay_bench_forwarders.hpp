// relay_bench_forwarders.hpp: what relay_bench compares: a bare epoll, recvmmsg and sendmmsg
// forwarder, and the relay, each in a thread of its own.
#pragma once

#include <array>
#include <chrono>
#include <cstring>
#include <ctime>
#include <exception>
#include <stdexcept>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sim/relay/datagram_batch.hpp"
#include "sim/relay/listening_pair.hpp"
#include "sim/relay/relay.hpp"

namespace badwire::relay::bench {

using boost::asio::ip::udp;

inline const endpoint any_port(boost::asio::ip::make_address("127.0.0.1"), 0);

inline udp::socket open_socket(boost::asio::io_context& context)
{
    udp::socket made(context, any_port);
    enlarge_buffers(made);
    return made;
}

/// CPU time that a thread has used so far, read from another thread.
inline std::chrono::nanoseconds cpu_time(std::thread& of)
{
    clockid_t id{};
    timespec used{};
    if (::pthread_getcpuclockid(of.native_handle(), &id) != 0 || ::clock_gettime(id, &used) != 0)
        throw std::runtime_error("no CPU clock for the forwarding thread");
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

/// The relay is compared with this: no link, replies or flows, and none of the relay's code. With
/// bundles, it takes what UDP_GRO gives and passes it on unchanged with UDP_SEGMENT.
class bare_forwarder {
public:
    bare_forwarder(const endpoint& upstream, bool bundles)
        : in_(open_socket(context_)),
          out_(open_socket(context_)),
          stop_(::eventfd(0, 0)),
          bundles_(bundles),
          message_bytes_(bundles ? 65536 : 2048),
          batch_(bundles ? 8 : 64),
          bytes_(message_bytes_ * batch_),
          controls_(batch_),
          vectors_(batch_),
          headers_(batch_)
    {
        out_.connect(upstream);
        const int on = 1;
        if (bundles) ::setsockopt(in_.native_handle(), SOL_UDP, UDP_GRO, &on, sizeof on);
        thread_ = std::thread([this] { run(); });
    }
    ~bare_forwarder()
    {
        const std::uint64_t one = 1;
        if (::write(stop_, &one, sizeof one) != sizeof one) std::terminate();
        thread_.join();
        ::close(stop_);
    }

    endpoint address() const { return in_.local_endpoint(); }
    std::thread& thread() { return thread_; }

private:
    struct alignas(cmsghdr) control {
        std::array<std::byte, 64> bytes;
    };

    void run()
    {
        const int in = in_.native_handle();
        const int poller = ::epoll_create1(0);
        for (int watched : {in, stop_}) {
            epoll_event event{.events = EPOLLIN, .data = {.fd = watched}};
            ::epoll_ctl(poller, EPOLL_CTL_ADD, watched, &event);
        }
        for (epoll_event event{}; ::epoll_wait(poller, &event, 1, -1) >= 0 && event.data.fd == in;)
            forward();
        ::close(poller);
    }

    void forward()
    {
        const auto batch = static_cast<unsigned>(batch_);
        int count = 0;
        do {
            for (std::size_t i = 0; i < batch_; ++i) {
                vectors_[i] = {bytes_.data() + i * message_bytes_, message_bytes_};
                headers_[i].msg_hdr = {};
                headers_[i].msg_hdr.msg_iov = &vectors_[i];
                headers_[i].msg_hdr.msg_iovlen = 1;
                if (!bundles_) continue;
                headers_[i].msg_hdr.msg_control = &controls_[i];
                headers_[i].msg_hdr.msg_controllen = sizeof(control);
            }
            count = ::recvmmsg(in_.native_handle(), headers_.data(), batch, MSG_DONTWAIT, nullptr);
            for (std::size_t i = 0; static_cast<int>(i) < count; ++i) {
                vectors_[i].iov_len = headers_[i].msg_len;
                if (bundles_) pass_segment_size_on(headers_[i].msg_hdr);
            }
            for (int sent = 0; sent < count;)
                sent += std::max(::sendmmsg(out_.native_handle(), headers_.data() + sent,
                                            static_cast<unsigned>(count - sent), MSG_DONTWAIT),
                                 0);
        } while (count == static_cast<int>(batch_));
    }

    static void pass_segment_size_on(msghdr& header)
    {
        cmsghdr* const said = CMSG_FIRSTHDR(&header);
        if (said == nullptr) return;
        int segment = 0;
        std::memcpy(&segment, CMSG_DATA(said), sizeof segment);
        const auto narrow = static_cast<std::uint16_t>(segment);
        said->cmsg_type = UDP_SEGMENT;
        said->cmsg_len = CMSG_LEN(sizeof narrow);
        std::memcpy(CMSG_DATA(said), &narrow, sizeof narrow);
        header.msg_controllen = CMSG_SPACE(sizeof narrow);
    }

    boost::asio::io_context context_;
    udp::socket in_, out_;
    int stop_;
    bool bundles_;
    std::size_t message_bytes_, batch_;
    std::vector<std::byte> bytes_;
    std::vector<control> controls_;
    std::vector<iovec> vectors_;
    std::vector<mmsghdr> headers_;
    std::thread thread_;
};

class relay_forwarder {
public:
    relay_forwarder(const endpoint& upstream, const relay_options& options)
        : relay_(context_, options),
          address_(relay_.open(any_port, upstream, "client")),
          thread_([this] { context_.run(); })
    {
    }
    ~relay_forwarder()
    {
        boost::asio::post(context_, [this] { relay_.close(); });
        thread_.join();
    }

    endpoint address() const { return address_; }
    std::thread& thread() { return thread_; }
    /// Must be called only when nothing is on its way any more.
    const relay& observed() const { return relay_; }

private:
    boost::asio::io_context context_{1};
    relay relay_;
    endpoint address_;
    std::thread thread_;
};

} // namespace badwire::relay::bench
