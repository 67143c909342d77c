#include "impl/wire/window_receiver.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "impl/base/bytes.hpp"
#include "impl/net/basics.hpp"

namespace badwire::wire {

window_receiver::window_receiver(transfer_open file, std::unique_ptr<transfer_sink> sink,
                                 flaw planted)
    : file_(std::move(file)),
      flaw_(planted),
      last_(static_cast<std::uint32_t>(file_.units() + 1)),
      room_(static_cast<std::uint32_t>(
          std::clamp<std::size_t>(kept_bytes_max / file_.unit_size, 1, kept_units_max))),
      sink_(std::move(sink))
{
}

void window_receiver::on_datagram(const transfer_datagram& datagram, std::vector<std::byte>& reply)
{
    reply.clear();
    const bool from_sender = datagram.kind == datagram_kind::open ||
                             datagram.kind == datagram_kind::data ||
                             datagram.kind == datagram_kind::end;
    if (datagram.kind == datagram_kind::bye) {
        if (state_ == state::receiving) refuse("its sender gave up");
        state_ = state::closed;
    }
    if (state_ == state::closed || !from_sender) return;
    if (datagram.unit < expected_ || kept_.contains(datagram.unit)) {
        ++duplicates_;
        if (flaw_ == flaw::duplicate_taken && sink_ && datagram.kind == datagram_kind::data)
            sink_->write(datagram.payload);
    } else if (state_ == state::receiving) {
        if (datagram.unit - expected_ >= room_) return;
        try {
            take(datagram);
        } catch (const net::failure& failure) {
            refuse(failure.what());
        }
    } else if (state_ == state::delivered) {
        return; // the file does not have that many units
    }
    if (state_ == state::refused)
        encode({datagram_kind::refuse, datagram.session, datagram.unit, as_bytes(problem_)}, reply);
    else acknowledge(datagram, reply);
}

void window_receiver::take(const transfer_datagram& datagram)
{
    check(datagram);
    if (datagram.unit != expected_) {
        kept_.emplace(datagram.unit, std::vector(datagram.payload.begin(), datagram.payload.end()));
        return;
    }
    accept(datagram.payload);
    while (!kept_.empty() && kept_.begin()->first == expected_)
        accept(kept_.extract(kept_.begin()).mapped());
}

// Throws for a datagram that is not of the kind that its unit demands.
void window_receiver::check(const transfer_datagram& datagram) const
{
    const datagram_kind due = datagram.unit == 0       ? datagram_kind::open
                              : datagram.unit == last_ ? datagram_kind::end
                                                       : datagram_kind::data;
    if (datagram.kind != due || datagram.unit > last_)
        throw net::failure(fmt::format("unit {} is of the wrong kind", datagram.unit));
    const std::size_t size = datagram.payload.size();
    if (due == datagram_kind::data && size != file_.size_of(datagram.unit))
        throw net::failure(fmt::format("unit {} is of the wrong size", datagram.unit));
    if (due == datagram_kind::end && !decode_end(datagram.payload))
        throw net::failure("the end makes no sense");
}

void window_receiver::accept(std::span<const std::byte> payload)
{
    if (expected_ == last_) {
        accept_end(payload);
    } else if (expected_ > 0) {
        sink_->write(payload);
        digest_.update(payload);
        received_ += payload.size();
    }
    ++expected_;
}

void window_receiver::accept_end(std::span<const std::byte> payload)
{
    const auto end = decode_end(payload);
    if (!end || end->file_size != received_ || end->digest != digest_.finish())
        throw net::failure("what arrived is not what was sent: sizes or digests differ");
    sink_->commit();
    sink_.reset();
    state_ = state::delivered;
}

// Names the unit, and again those before it, whose acknowledgments may have been lost.
void window_receiver::acknowledge(const transfer_datagram& datagram, std::vector<std::byte>& reply)
{
    const transfer_ack ack{expected_, room_, {answered_.begin(), answered_.end()}};
    encode({datagram_kind::ack, datagram.session, datagram.unit, encode(ack)}, reply);
    answered_.push_front(datagram.unit);
    if (answered_.size() > transfer_ack::earlier_max) answered_.pop_back();
}

void window_receiver::refuse(std::string problem)
{
    problem_ = std::move(problem);
    sink_.reset();
    kept_.clear();
    state_ = state::refused;
}

} // namespace badwire::wire
