// datagram_channel.hpp: messages over datagrams: each arrives once and in order, or its sender
// knows that it did not. The chat over UDP (course Q5b) speaks this.
//
// Framed wire: frames of letter C (frame.hpp), of the kinds
//   0 data  the payload is a message       2 ack   of the data or end with this session and unit
//   1 end   no more messages will come     3 bye   the ack of the end has come; never answered
//   4 busy  to data or an end of that session and unit: its receiver talks with somebody else
// Each side numbers data and end from 0 under a session of its own. One message is on its way at a
// time, sent again after RFC 6298 until acknowledged. A side that ends has 5 s for the messages that are
// not acknowledged yet and for its end, and repeats them at least every 250 ms: nobody likes to wait for a
// farewell, and RFC 6298's doubled pauses would leave three tries, which a bad network loses. A side that got
// an end lingers until the bye comes or 4 s have passed, to acknowledge the end again if its acknowledgment
// was lost. Classic wire: a message is a datagram of plain text, and nothing else is sent. A peer whose first
// datagram is plain text is classic; a peer that has once sent a frame never is.
//
// A state machine without I/O and without a clock: it is given datagrams and the time, and says
// what to send and when it wants to be called again. Not thread-safe. Limit: a peer that starts
// anew under another session is heard only by a new channel.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "impl/wire/flaw.hpp"
#include "impl/wire/frame.hpp"
#include "impl/wire/rto.hpp"

namespace badwire::wire {

inline constexpr std::size_t chat_characters_max = 1000;
inline constexpr std::size_t chat_bytes_max = 4 * chat_characters_max;

struct channel_options {
    std::uint32_t session;                                // random
    bool framed = true;                                   // false: classic, whatever the peer is
    net::duration give_up = std::chrono::seconds(30);     // when a message is not acknowledged
    net::duration farewell_max = std::chrono::seconds(5); // from close() to finished()
    net::duration farewell_interval = std::chrono::milliseconds(250); // at most, when closing
    net::duration linger = std::chrono::seconds(4);
    rto_options rto = {};
    wire::flaw flaw = flaw::none; // planted
};

struct channel_counters {
    std::int64_t messages_sent = 0;
    std::int64_t messages_received = 0;
    std::int64_t retransmissions = 0;
    std::int64_t duplicates = 0;
    std::int64_t corrupt = 0;
    std::int64_t foreign = 0; // of another session
};

struct channel_event {
    enum {
        heard,   // text: a message
        left,    // the peer has said that it ends
        refused, // text: why a datagram was not taken
        lost     // text: why this channel gave up
    } what;
    std::string text = {};
};

/// What a stranger hears who sends that datagram to somebody who talks with another peer already;
/// nothing where it would not understand.
std::optional<std::vector<std::byte>> busy_answer(std::span<const std::byte> datagram);

class datagram_channel {
public:
    explicit datagram_channel(channel_options options);

    /// Queues a message.
    void send(std::string text, net::time_point now);

    /// Sends the end after all queued messages. finished() follows, within farewell_max.
    void close(net::time_point now);

    void on_datagram(std::span<const std::byte> bytes, net::time_point now);
    void on_time(net::time_point now); // does no harm when called early
    net::time_point deadline() const;  // when to call on_time

    /// The next datagram to send now; empty optional when there is none. A message may be empty.
    std::optional<std::vector<std::byte>> next_datagram();

    std::vector<channel_event> take_events() { return std::exchange(events_, {}); }

    /// Nothing more will be sent, heard or repeated.
    bool finished() const { return finished_; }
    bool classic() const { return classic_; }
    const channel_counters& counters() const { return counters_; }
    const rto_estimator& rto() const { return rto_; }

private:
    enum kind : std::uint8_t { data, end, ack, bye, busy };
    friend std::optional<std::vector<std::byte>> busy_answer(std::span<const std::byte> datagram);
    struct outgoing {
        kind what;
        std::string text;
        net::time_point first_sent{};
        net::time_point sent{};
        bool resent = false;
    };

    void send_next(net::time_point now);
    void lose(net::duration after);
    net::duration linger_time() const;
    net::time_point next_copy_due() const; // of what is on its way
    void transmit(kind what, std::uint32_t session, std::uint32_t unit, std::string_view text = {});
    void on_plain(std::span<const std::byte> bytes);
    void on_unit(const frame& frame, net::time_point now);
    void on_ack(const frame& frame, net::time_point now);
    void on_busy(const frame& frame);
    void turn_classic();
    void deliver(std::string_view text);

    channel_options options_;
    rto_estimator rto_;
    channel_counters counters_;
    std::vector<channel_event> events_;
    std::deque<std::vector<std::byte>> out_;
    bool classic_;
    bool finished_ = false;

    std::deque<outgoing> queue_; // the first is on its way, under number unit_
    std::uint32_t unit_ = 0;
    bool on_its_way_ = false;
    net::time_point closing_until_ = net::never;

    std::optional<std::uint32_t> peer_session_;
    std::uint32_t expected_ = 0;
    net::time_point linger_until_ = net::never;
};

} // namespace badwire::wire
