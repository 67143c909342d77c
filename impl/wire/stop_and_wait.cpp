#include "impl/wire/stop_and_wait.hpp"

#include <algorithm>
#include <limits>

#include "impl/base/units.hpp"
#include "impl/net/network.hpp"
#include "impl/wire/text.hpp"

namespace badwire::wire {

stop_and_wait_sender::stop_and_wait_sender(sender_options options, transfer_open file, source read)
    : options_(options), file_(std::move(file)), read_(std::move(read)), rto_(options.rto)
{
    if (file_.units() >= std::numeric_limits<std::uint32_t>::max() - 1)
        throw net::failure(fmt::format("{} makes more than 2^32 units of {} bytes; choose a larger "
                                       "--unit",
                                       file_.name, file_.unit_size));
}

void stop_and_wait_sender::start(net::time_point now)
{
    heard_at_ = now;
    send_unit(now);
}

void stop_and_wait_sender::on_datagram(std::span<const std::byte> bytes, net::time_point now)
{
    if (finished_) return;
    const auto datagram = decode_transfer(bytes);
    if (!datagram || datagram->session != options_.session) return;
    heard_at_ = now;

    if (datagram->kind == datagram_kind::refuse) {
        fail("the receiver refused it: " + printable(as_text(datagram->payload)));
        prepare(datagram_kind::bye, {}, 1);
        return;
    }
    if (datagram->kind != datagram_kind::ack || datagram->unit != unit_) return;

    ++counters_.units;
    if (resent_ == 0) rto_.sample(now - sent_at_); // Karn's rule
    if (unit_ == file_.units() + 1) {
        finished_ = true;
        prepare(datagram_kind::bye, {}, 2); // nobody acknowledges a bye: one may be lost
        return;
    }
    ++unit_;
    resent_ = 0;
    send_unit(now);
}

void stop_and_wait_sender::on_time(net::time_point now)
{
    if (finished_ || now < deadline()) return;
    if (options_.silence > net::duration::zero() && now - heard_at_ >= options_.silence)
        return fail(fmt::format("heard nothing from the receiver for {}",
                                format_duration(options_.silence)));
    ++counters_.timeouts;
    if (resent_ == options_.retries)
        return fail(
            fmt::format("unit {} was sent {} times and never acknowledged", unit_, resent_ + 1));
    ++resent_;
    ++counters_.retransmissions;
    rto_.back_off();
    copies_ = 1;
    sent_at_ = now;
}

std::span<const std::byte> stop_and_wait_sender::next_datagram()
{
    if (copies_ == 0) return {};
    --copies_;
    counters_.sent_bytes += static_cast<std::int64_t>(datagram_.size());
    return datagram_;
}

net::time_point stop_and_wait_sender::deadline() const
{
    if (finished_) return net::never;
    const net::time_point resend = sent_at_ + rto_.rto();
    if (options_.silence <= net::duration::zero()) return resend;
    return std::min(resend, heard_at_ + options_.silence);
}

// Reads the unit that is next and puts it on its way.
void stop_and_wait_sender::send_unit(net::time_point now)
{
    sent_at_ = now;
    if (unit_ == 0) return prepare(datagram_kind::open, encode(file_), 1);
    if (unit_ == file_.units() + 1)
        return prepare(datagram_kind::end, encode(transfer_end{file_.file_size, digest_.finish()}),
                       1);

    const std::uint64_t offset = std::uint64_t{unit_ - 1} * file_.unit_size;
    payload_.resize(std::min<std::uint64_t>(file_.unit_size, file_.file_size - offset));
    if (read_(payload_) != payload_.size()) {
        fail(file_.name + " became shorter while it was being sent");
        return prepare(datagram_kind::bye, {}, 1);
    }
    digest_.update(payload_);
    prepare(datagram_kind::data, payload_, 1);
}

void stop_and_wait_sender::prepare(datagram_kind kind, std::span<const std::byte> payload,
                                   int copies)
{
    encode({kind, options_.session, unit_, payload}, datagram_);
    copies_ = copies;
}

void stop_and_wait_sender::fail(std::string problem)
{
    finished_ = true;
    copies_ = 0;
    problem_ = std::move(problem);
}

void stop_and_wait_receiver::on_datagram(const transfer_datagram& datagram,
                                         std::vector<std::byte>& reply)
{
    reply.clear();
    const bool from_sender = datagram.kind == datagram_kind::open ||
                             datagram.kind == datagram_kind::data ||
                             datagram.kind == datagram_kind::end;
    if (datagram.kind == datagram_kind::bye) {
        if (state_ == state::receiving) problem_ = "its sender gave up";
        sink_.reset();
        state_ = state::closed;
    }
    if (state_ == state::closed || !from_sender) return;

    if (state_ == state::receiving) {
        if (datagram.unit > expected_) return; // a stop-and-wait sender never runs ahead
        try {
            accept(datagram);
        } catch (const net::failure& failure) {
            problem_ = failure.what();
            sink_.reset();
            state_ = state::refused;
        }
    } else if (datagram.unit < expected_) {
        ++duplicates_;
    }
    if (state_ == state::refused)
        encode({datagram_kind::refuse, datagram.session, datagram.unit, as_bytes(problem_)}, reply);
    else if (datagram.unit < expected_)
        encode({datagram_kind::ack, datagram.session, datagram.unit}, reply);
}

void stop_and_wait_receiver::accept(const transfer_datagram& datagram)
{
    if (datagram.unit < expected_) {
        ++duplicates_;
        return;
    }
    const bool last = expected_ == file_.units() + 1;
    const datagram_kind due = expected_ == 0 ? datagram_kind::open
                              : last         ? datagram_kind::end
                                             : datagram_kind::data;
    if (datagram.kind != due)
        throw net::failure(fmt::format("unit {} is of the wrong kind", datagram.unit));
    if (due == datagram_kind::data) accept_data(datagram.payload);
    if (due == datagram_kind::end) accept_end(datagram.payload);
    ++expected_;
}

void stop_and_wait_receiver::accept_data(std::span<const std::byte> bytes)
{
    if (bytes.size() != std::min<std::uint64_t>(file_.unit_size, file_.file_size - received_))
        throw net::failure(fmt::format("unit {} is of the wrong size", expected_));
    sink_->write(bytes);
    digest_.update(bytes);
    received_ += bytes.size();
}

void stop_and_wait_receiver::accept_end(std::span<const std::byte> payload)
{
    const auto end = decode_end(payload);
    if (!end || end->file_size != received_ || end->digest != digest_.finish())
        throw net::failure("what arrived is not what was sent: sizes or digests differ");
    sink_->commit();
    sink_.reset();
    state_ = state::delivered;
}

} // namespace badwire::wire
