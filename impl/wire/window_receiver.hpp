// window_receiver.hpp: the receiving end of the framed wire, for both ways in which a sender
// repeats: it takes units in any order, keeps each until the gap before it is filled, and writes
// them in order.
//
// A state machine without I/O and without a clock. Not thread-safe. What it keeps is bounded: a
// unit so far ahead that it does not fit into the buffer is not acknowledged, and is sent again.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "impl/wire/flaw.hpp"
#include "impl/wire/transfer.hpp"
#include "impl/wire/transfer_sink.hpp"

namespace badwire::wire {

/// One session's receiving end. It acknowledges duplicates again, and commits only the whole file
/// that the sender's digest describes.
class window_receiver {
public:
    enum class state {
        receiving,
        delivered, // committed; acknowledges what is sent again, until the sender says bye
        refused,   // says so again, until the sender says bye
        closed     // the sender said bye
    };

    static constexpr std::size_t kept_bytes_max = 1 << 20;
    static constexpr std::uint32_t kept_units_max = 4096;

    /// `planted`: a bug that it is to have.
    window_receiver(transfer_open file, std::unique_ptr<transfer_sink> sink,
                    flaw planted = flaw::none);

    /// Puts its answer into `reply`, which stays empty where there is none.
    void on_datagram(const transfer_datagram& datagram, std::vector<std::byte>& reply);

    state now() const { return state_; }
    const transfer_open& file() const { return file_; }
    std::uint64_t received_bytes() const { return received_; } // without a gap
    std::int64_t duplicates() const { return duplicates_; }

    /// Why the file is not there; empty while it still may come, and once it is there.
    const std::string& problem() const { return problem_; }

private:
    void take(const transfer_datagram& datagram);
    void check(const transfer_datagram& datagram) const;
    void accept(std::span<const std::byte> payload);
    void accept_end(std::span<const std::byte> payload);
    void acknowledge(const transfer_datagram& datagram, std::vector<std::byte>& reply);
    void refuse(std::string problem);

    transfer_open file_;
    flaw flaw_;
    std::uint32_t last_;                  // unit
    std::uint32_t room_;                  // units
    std::unique_ptr<transfer_sink> sink_; // empty once there is nothing to write
    state state_ = state::receiving;
    std::uint32_t expected_ = 0;                           // the lowest unit not seen yet
    std::map<std::uint32_t, std::vector<std::byte>> kept_; // units before which there is a gap
    std::deque<std::uint32_t> answered_;                   // most recently
    std::uint64_t received_ = 0;
    std::int64_t duplicates_ = 0;
    sha256 digest_;
    std::string problem_;
};

} // namespace badwire::wire
