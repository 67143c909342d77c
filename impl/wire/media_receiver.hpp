// media_receiver.hpp: the receiving end of a framed stream (media_frames.hpp), without sockets or a
// clock.
//
// It asks until it is answered, says what belongs where in the file, counts what the network did to
// the stream, reports that it is still there, and notices the end. What is lost stays lost: this is
// streaming, not file transfer. Its memory does not grow, whatever comes in.
//
// Counted: units received, each once; lost: not received, though later ones or the end were;
// reordered: came after one with a higher number (RFC 4737, section 3.3); duplicates: had come
// before; corrupt: not what anybody sent; foreign: of another session. A unit that comes more than
// 65,536 units behind the newest counts as a duplicate, as if it had been lost.
#pragma once

#include <array>
#include <bitset>
#include <deque>
#include <memory>
#include <string>

#include "impl/wire/media_frames.hpp"

namespace badwire::wire {

struct media_receiver_options {
    std::uint32_t session = 0;
    std::string name;
    net::duration silence{}; // give up after so long without a sign of the server; 0: never
    net::duration ask_first = std::chrono::milliseconds(200); // then twice as long each time …
    net::duration ask_most = std::chrono::seconds(2);         // … up to this
    net::duration report = std::chrono::milliseconds(500);
    // How long to wait after the end for units that it overtook.
    net::duration settle = std::chrono::milliseconds(500);
};

struct media_counters {
    std::int64_t asks = 0;
    std::int64_t received = 0;
    std::int64_t received_bytes = 0; // of the file, each once
    std::int64_t reordered = 0;
    std::int64_t duplicates = 0;
    std::int64_t corrupt = 0;
    std::int64_t foreign = 0;
};

class media_receiver {
public:
    explicit media_receiver(media_receiver_options options);

    void start(net::time_point now);

    /// The unit to be written into the file, if the datagram brought a new one; it is a view of the
    /// datagram.
    std::optional<media_unit> on_datagram(std::span<const std::byte> bytes, net::time_point now);
    void on_time(net::time_point now);

    /// When on_time wants to be called.
    net::time_point deadline() const;

    std::optional<std::vector<std::byte>> next_datagram();

    /// The stream has ended, or never will; problem() says why not, and is empty after a good end.
    bool finished() const { return finished_; }
    const std::string& problem() const { return problem_; }

    /// What the end says, once the server has sent it.
    const std::optional<media_end>& end() const { return end_; }

    /// How many bytes from the beginning can be played: every unit before has come, or is so late
    /// (16 units) that a player would not wait for it.
    std::uint64_t playable_bytes() const { return playable_bytes_; }

    const media_counters& counters() const { return counters_; }
    std::int64_t units() const { return end_ ? units_ : seen_to_; } // sent, as far as is known
    std::int64_t lost() const { return units() - counters_.received; }

    /// The interarrival jitter of RFC 3550, section 6.4.1.
    net::duration jitter() const { return net::duration(static_cast<net::duration::rep>(jitter_)); }

private:
    static constexpr std::uint32_t memory = 1 << 16; // units behind the newest that are known
    static constexpr std::uint32_t patience = 16;    // units that a player waits for one

    bool already_has(std::uint32_t unit);
    void on_end(const frame& from, net::time_point now);
    void sample_jitter(const media_unit& unit, net::time_point now);
    void advance_playable(std::uint32_t unit, std::uint64_t reaches_to);
    void finish(std::string problem);
    void ask(net::time_point now);
    void transmit(media_kind kind);

    media_receiver_options options_;
    media_counters counters_;
    std::deque<std::vector<std::byte>> out_;
    bool finished_ = false;
    std::string problem_;

    bool answered_ = false;
    net::duration ask_interval_{};
    net::time_point next_ask_ = net::never;
    net::time_point next_report_ = net::never;
    net::time_point silent_until_ = net::never; // after this, give up
    net::time_point settled_at_ = net::never;

    std::optional<media_end> end_;
    std::int64_t units_ = 0;                    // what the end says
    std::int64_t seen_to_ = 0;                  // one more than the highest number seen
    std::unique_ptr<std::bitset<memory>> seen_; // by number modulo memory, up to the newest

    std::uint64_t playable_bytes_ = 0;
    std::uint64_t furthest_bytes_ = 0;
    std::uint32_t next_playable_ = 0;
    std::array<std::uint64_t, patience> reaches_to_{}; // of units from there on; 0: not come

    bool jitter_begun_ = false;
    net::time_point last_arrival_{};
    net::duration last_timestamp_{};
    double jitter_ = 0;
};

} // namespace badwire::wire
