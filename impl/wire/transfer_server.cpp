#include "impl/wire/transfer_server.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "impl/base/bytes.hpp"
#include "impl/base/units.hpp"
#include "impl/net/basics.hpp"

namespace badwire::wire {

using receiver_state = window_receiver::state;

std::span<const std::byte> transfer_server::on_datagram(std::span<const std::byte> bytes,
                                                        const net::udp::endpoint& sender,
                                                        net::time_point now)
{
    reply_.clear();
    const auto datagram = options_.framed ? decode_transfer(bytes) : std::nullopt;
    // A damaged framed datagram must not pass for the name of a file.
    const auto damaged_frame = [&] {
        return options_.framed && !classic_.contains(sender) &&
               (has_transfer_magic(bytes) || has_framed(sender) || !may_be_text(bytes));
    };
    if (datagram) on_framed(*datagram, sender, now);
    else if (damaged_frame()) ++corrupt_;
    else on_classic(bytes, sender, now);
    return reply_;
}

void transfer_server::on_framed(const transfer_datagram& datagram, const net::udp::endpoint& sender,
                                net::time_point now)
{
    auto found = options_.flaw == flaw::one_buffer_for_all
                     ? framed_.begin()
                     : framed_.find({sender, datagram.session});
    if (found == framed_.end()) {
        if (datagram.kind == datagram_kind::open) open_framed(datagram, sender, now);
        return;
    }
    framed_transfer& transfer = found->second;
    window_receiver& receiver = transfer.receiver;
    const receiver_state before = receiver.now();
    const std::int64_t duplicates_before = receiver.duplicates();
    receiver.on_datagram(datagram, reply_);
    duplicates_ += receiver.duplicates() - duplicates_before;
    transfer.heard_at = now;
    transfer.settle(now);
    if (before == receiver_state::receiving && receiver.now() != before)
        events_.push_back({sender, receiver.file().name, receiver.received_bytes(),
                           receiver.problem(), transfer.settled_goodput(now)});
    if (options_.flaw == flaw::last_ack_not_repeated && receiver.now() == receiver_state::delivered)
        framed_.erase(found);
}

void transfer_server::framed_transfer::settle(net::time_point now)
{
    if (settled_at != net::never || now - opened_at < std::chrono::seconds(1)) return;
    settled_at = now;
    settled_bytes = receiver.received_bytes();
}

double transfer_server::framed_transfer::settled_goodput(net::time_point now) const
{
    if (now <= settled_at) return 0;
    return static_cast<double>(receiver.received_bytes() - settled_bytes) /
           std::chrono::duration<double>(now - settled_at).count();
}

void transfer_server::open_framed(const transfer_datagram& datagram,
                                  const net::udp::endpoint& sender, net::time_point now)
{
    std::string problem;
    const auto file = decode_open(datagram.payload);
    if (!file) problem = "its announcement makes no sense";
    else if (!make_room()) problem = "too many transfers at once; try again later";
    if (problem.empty()) {
        try {
            window_receiver receiver(*file, open_(file->name), options_.flaw);
            receiver.on_datagram(datagram, reply_);
            framed_.insert_or_assign(session_key{sender, datagram.session},
                                     framed_transfer{std::move(receiver), now, now});
            return;
        } catch (const net::failure& failure) {
            problem = failure.what();
        }
    }
    encode({datagram_kind::refuse, datagram.session, datagram.unit, as_bytes(problem)}, reply_);
    events_.push_back({sender, file ? file->name : "a file", 0, std::move(problem)});
}

void transfer_server::on_classic(std::span<const std::byte> bytes, const net::udp::endpoint& sender,
                                 net::time_point now)
{
    auto found = classic_.find(sender);
    if (found == classic_.end()) return open_classic(std::string(as_text(bytes)), sender, now);

    auto& [name, receiver, heard_at] = found->second;
    heard_at = now;
    bool ended = !receiver && as_text(bytes) == lines_end;
    if (receiver) {
        std::string problem;
        try {
            ended = receiver->on_datagram(bytes);
        } catch (const net::failure& failure) {
            problem = failure.what();
        }
        if (ended || !problem.empty())
            events_.push_back({sender, name, receiver->received_bytes(), problem});
        if (!problem.empty()) receiver.reset();
    }
    if (ended) classic_.erase(found);
}

void transfer_server::open_classic(std::string name, const net::udp::endpoint& sender,
                                   net::time_point now)
{
    // A repeated or late end of a transfer that is over does not start another.
    if (name == lines_end) return;
    classic_transfer transfer{std::move(name), std::nullopt, now};
    std::string problem;
    if (!make_room()) {
        events_.push_back({sender, transfer.name, 0, "too many transfers at once"});
        return;
    }
    try {
        transfer.receiver.emplace(open_(transfer.name));
    } catch (const net::failure& failure) {
        events_.push_back({sender, transfer.name, 0, failure.what()});
    }
    classic_.emplace(sender, std::move(transfer));
}

// Makes room for one more transfer to be remembered; those that are over go first.
bool transfer_server::make_room()
{
    if (framed_.size() + classic_.size() < options_.transfers_max) return true;
    const auto over = std::find_if(framed_.begin(), framed_.end(), [](const auto& entry) {
        return entry.second.lingered || entry.second.receiver.now() == receiver_state::closed;
    });
    if (over == framed_.end()) return false;
    framed_.erase(over);
    return true;
}

bool transfer_server::has_framed(const net::udp::endpoint& sender) const
{
    const auto first = framed_.lower_bound({sender, 0});
    return first != framed_.end() && first->first.first == sender;
}

net::time_point transfer_server::expiry(const framed_transfer& transfer) const
{
    if (transfer.receiver.now() != receiver_state::receiving)
        return transfer.heard_at + (transfer.lingered ? options_.memory : options_.linger);
    return options_.idle > net::duration::zero() ? transfer.heard_at + options_.idle : net::never;
}

net::time_point transfer_server::expiry(const classic_transfer& transfer) const
{
    return options_.idle > net::duration::zero() ? transfer.heard_at + options_.idle : net::never;
}

void transfer_server::on_time(net::time_point now)
{
    if (now < deadline()) return;
    const auto silent = fmt::format("nothing came for {} (--timeout); what had come is removed",
                                    format_duration(options_.idle));
    for (auto it = framed_.begin(); it != framed_.end();) {
        const auto& receiver = it->second.receiver;
        const bool unfinished = receiver.now() == receiver_state::receiving;
        if (!unfinished && expiry(it->second) <= now) it->second.lingered = true;
        const bool over = expiry(it->second) <= now;
        if (over && unfinished)
            events_.push_back(
                {it->first.first, receiver.file().name, receiver.received_bytes(), silent});
        it = over ? framed_.erase(it) : std::next(it);
    }
    for (auto it = classic_.begin(); it != classic_.end();) {
        const auto& [name, receiver, heard_at] = it->second;
        const bool over = expiry(it->second) <= now;
        if (over && receiver)
            events_.push_back({it->first, name, receiver->received_bytes(), silent});
        it = over ? classic_.erase(it) : std::next(it);
    }
}

net::time_point transfer_server::deadline() const
{
    net::time_point first = net::never;
    for (const auto& [key, transfer] : framed_) first = std::min(first, expiry(transfer));
    for (const auto& [key, transfer] : classic_) first = std::min(first, expiry(transfer));
    return first;
}

bool transfer_server::lingering() const
{
    return std::any_of(framed_.begin(), framed_.end(), [](const auto& entry) {
        const receiver_state state = entry.second.receiver.now();
        return !entry.second.lingered &&
               (state == receiver_state::delivered || state == receiver_state::refused);
    });
}

} // namespace badwire::wire
