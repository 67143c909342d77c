// stop_and_wait.hpp: both ends of the framed wire's simplest ARQ: one unit on its way at a time,
// sent again until it is acknowledged.
//
// State machines without I/O and without a clock: they are given datagrams and the time, and say
// what to send and when they want to be called again. Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "impl/net/asio.hpp"
#include "impl/wire/rto.hpp"
#include "impl/wire/transfer.hpp"

namespace badwire::wire {

struct sender_options {
    std::uint32_t session; // random: tells this transfer from an earlier one of the same address
    int retries = 30;      // times that one unit is sent again
    net::duration silence = std::chrono::seconds(30); // without hearing anything; 0: no limit
    rto_options rto = {};
};

struct sender_counters {
    std::int64_t units = 0; // acknowledged, with open and end
    std::int64_t retransmissions = 0;
    std::int64_t timeouts = 0;
    std::int64_t sent_bytes = 0; // of datagrams: headers, retransmissions and all
};

class stop_and_wait_sender {
public:
    /// Fills the span as far as the file reaches; returns how many bytes it wrote.
    using source = std::function<std::size_t(std::span<std::byte>)>;

    /// Throws net::failure when the file makes more units than can be numbered.
    stop_and_wait_sender(sender_options options, transfer_open file, source read);

    void start(net::time_point now);
    void on_datagram(std::span<const std::byte> bytes, net::time_point now);
    void on_time(net::time_point now); // harmless when called early

    /// The next datagram to send now; empty when there is none. Valid until the next call.
    std::span<const std::byte> next_datagram();

    /// When to call on_time.
    net::time_point deadline() const;

    bool finished() const { return finished_; }

    /// Why the file did not arrive; empty when it did.
    const std::string& problem() const { return problem_; }

    const sender_counters& counters() const { return counters_; }
    const rto_estimator& rto() const { return rto_; }

private:
    void send_unit(net::time_point now);
    void prepare(datagram_kind kind, std::span<const std::byte> payload, int copies);
    void fail(std::string problem);

    sender_options options_;
    transfer_open file_;
    source read_;
    sha256 digest_;
    rto_estimator rto_;
    sender_counters counters_;

    std::uint32_t unit_ = 0; // the one on its way
    int resent_ = 0;         // how often
    net::time_point sent_at_{};
    net::time_point heard_at_{};
    std::vector<std::byte> payload_;
    std::vector<std::byte> datagram_;
    int copies_ = 0; // of datagram_ that are still to be sent
    bool finished_ = false;
    std::string problem_;
};

/// Where a received file goes. Destroyed without commit(), it leaves nothing. Throws net::failure.
struct transfer_sink {
    virtual ~transfer_sink() = default;
    virtual void write(std::span<const std::byte> bytes) = 0;
    virtual void commit() = 0;
};

/// One session's receiving end. It writes a unit before it acknowledges it, acknowledges duplicates
/// again, and commits nothing but the whole file that the sender's digest describes.
class stop_and_wait_receiver {
public:
    enum class state {
        receiving,
        delivered, // committed; acknowledges what is sent again, until the sender says bye
        refused,   // says so again, until the sender says bye
        closed     // the sender said bye
    };

    stop_and_wait_receiver(transfer_open file, std::unique_ptr<transfer_sink> sink)
        : file_(std::move(file)), sink_(std::move(sink))
    {
    }

    /// What to answer is put into `reply`, which stays empty where nothing is.
    void on_datagram(const transfer_datagram& datagram, std::vector<std::byte>& reply);

    state now() const { return state_; }
    const transfer_open& file() const { return file_; }
    std::uint64_t received_bytes() const { return received_; }
    std::int64_t duplicates() const { return duplicates_; }

    /// Why the file is not there; empty while it still may come, and when it came.
    const std::string& problem() const { return problem_; }

private:
    void accept(const transfer_datagram& datagram);
    void accept_data(std::span<const std::byte> bytes);
    void accept_end(std::span<const std::byte> payload);

    transfer_open file_;
    std::unique_ptr<transfer_sink> sink_; // empty once there is nothing to write
    state state_ = state::receiving;
    std::uint32_t expected_ = 0; // the lowest unit not seen yet
    std::uint64_t received_ = 0;
    std::int64_t duplicates_ = 0;
    sha256 digest_;
    std::string problem_;
};

} // namespace badwire::wire
