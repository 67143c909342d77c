#include "sim/relay/udp_sender.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

namespace badwire::relay {

using boost::asio::ip::udp;
using boost::system::error_code;

namespace {

// The kernel's answers when it, or the device, cannot do a bundle.
bool refuses_bundles(int error)
{
    return error == EINVAL || error == EMSGSIZE || error == EIO || error == ENOPROTOOPT ||
           error == EOPNOTSUPP;
}

link::leaving_packet leaving(const outgoing& item, link::duration time)
{
    return {item.flow->along(item.which),   item.index, item.payload,
            item.flow->leaving(item.which), time,       item.held ? &item.held->facts : nullptr};
}

} // namespace

void udp_sender::add(outgoing item)
{
    datagram_exit& by = item.flow->exit(item.which);
    const auto place = static_cast<std::uint32_t>(leaving_.size());
    if (by.first == outgoing::none) {
        by.first = place;
        exits_.push_back(&by);
    } else {
        leaving_[by.last].next = place;
    }
    by.last = place;
    leaving_.push_back(std::move(item));
}

void udp_sender::add(packet_handle kept)
{
    if (kept->through) {
        const auto through = kept->through;
        return through->leave(std::move(kept));
    }
    outgoing item{.payload = kept->payload(),
                  .flow = kept->flow,
                  .index = kept->facts.index,
                  .which = kept->which};
    item.held = std::move(kept);
    add(std::move(item));
}

void udp_sender::flush()
{
    for (datagram_exit* by : exits_) {
        group_.clear();
        for (auto i = by->first; i != outgoing::none; i = leaving_[i].next)
            group_.push_back(&leaving_[i]);
        by->first = by->last = outgoing::none;
        send(*by);
    }
    exits_.clear();
    leaving_.clear();
}

void udp_sender::give_up(datagram_exit& by)
{
    by.blocked = false;
    for (outgoing& item : std::exchange(by.waiting, {})) undeliverable(item, "its port was closed");
}

void udp_sender::close() { closed_ = true; }

void udp_sender::fill(const datagram_exit& by, std::size_t sent, bool bundle)
{
    batch_.clear();
    for (std::size_t i = sent; i < group_.size(); ++i) {
        const outgoing& item = *group_[i];
        const peer_address* const target = item.flow->target(item.which);
        const std::uint8_t ecn = item.held ? item.held->facts.ecn : std::uint8_t{0};
        if (!batch_.add(item.payload, target, bundle && by.bundles, ecn)) break;
    }
}

void udp_sender::send(datagram_exit& by)
{
    std::size_t sent = 0;
    std::size_t filled_to = 0;
    bool bundle = true;
    bool failed_before = false;
    while (sent < group_.size() && !by.blocked) {
        if (sent == filled_to) {
            fill(by, sent, bundle);
            filled_to = sent + batch_.size();
        }
        const auto left = group_[sent]->held || core_->options.watcher != nullptr
                              ? clock::now()
                              : clock::time_point{};
        const int taken = batch_.send(by.socket.native_handle());
        if (taken > 0) {
            for (int i = 0; i < taken; ++i) delivered(*group_[sent++], left);
            failed_before = false;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            await_room(by);
        } else if (errno == EINTR || !std::exchange(failed_before, true)) {
            continue; // it may be about an earlier datagram: the system tells such an error once
        } else if (batch_.next_bundle() > 1) {
            // Sending them one by one shows which of them the error is about, if any.
            if (refuses_bundles(errno)) by.bundles = false;
            bundle = false;
            filled_to = sent;
        } else {
            undeliverable(*group_[sent++], std::strerror(errno));
            batch_.skip();
            failed_before = false;
        }
    }
    for (; sent < group_.size(); ++sent) park(by, *group_[sent]);
}

void udp_sender::delivered(outgoing& item, clock::time_point left)
{
    item.flow->left[static_cast<std::size_t>(item.which)].add(item.payload);
    core_->delivered(item.which, leaving(item, left - core_->start));
    release(item);
}

void udp_sender::undeliverable(outgoing& item, std::string_view reason)
{
    core_->carrying(item.which).undeliverable(leaving(item, clock::now() - core_->start), reason);
    release(item);
}

void udp_sender::release(outgoing& item)
{
    if (!item.held) return;
    --item.flow->held;
    item.held.reset();
}

void udp_sender::park(datagram_exit& by, outgoing& item)
{
    if (!item.held) {
        item.held = core_->pool.copy(item.payload);
        if (!item.held) {
            undeliverable(item, core::conveyor::exhausted);
            return;
        }
        ++item.flow->held;
        item.held->flow = item.flow;
        item.held->which = item.which;
        item.held->facts.of = &item.flow->along(item.which);
        item.held->facts.index = item.index;
        item.payload = item.held->payload();
    }
    item.next = outgoing::none;
    by.waiting.push_back(std::move(item));
}

void udp_sender::await_room(datagram_exit& by)
{
    by.blocked = true;
    by.socket.async_wait(udp::socket::wait_write, [self = shared_from_this(),
                                                   by = by.shared_from_this()](error_code failed) {
        if (failed || self->closed_) return;
        self->retry(*by);
    });
}

void udp_sender::retry(datagram_exit& by)
{
    constexpr std::size_t at_once = 1024;
    by.blocked = false;
    auto waiting = std::exchange(by.waiting, {});
    while (!waiting.empty()) {
        for (std::size_t i = 0; i < at_once && !waiting.empty(); ++i) {
            add(std::move(waiting.front()));
            waiting.pop_front();
        }
        flush();
    }
}

} // namespace badwire::relay
