// frame_wire.hpp: many frames per system call at the far end of a host's device. Not thread-safe.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include <sys/socket.h>

#include "sim/hosts/frame.hpp"

namespace badwire::hosts {

/// Frames that were read together. One for all wires.
class frame_batch {
public:
    frame_batch();

    struct arrival {
        std::span<std::byte> frame;       // may be changed; until the next receive()
        std::chrono::nanoseconds arrived; // on CLOCK_REALTIME; 0: not known
    };

    /// How many frames a packet socket had, or -1 and errno. Never blocks.
    int receive(int socket);
    arrival at(std::size_t i);
    /// Whether the last receive() found fewer frames than it had room for.
    bool was_last() const { return received_ < frames_at_once; }

private:
    static constexpr std::size_t frames_at_once = 64;
    static constexpr std::size_t control_bytes = 64;
    struct alignas(cmsghdr) control {
        std::array<std::byte, control_bytes> bytes;
    };

    std::unique_ptr<std::byte[]> bytes_;
    std::array<iovec, frames_at_once> vectors_{};
    std::array<control, frames_at_once> controls_{};
    std::array<mmsghdr, frames_at_once> headers_{};
    std::size_t received_ = 0;
};

/// Frames that leave for one host together.
class leaving_frames {
public:
    /// The bytes must stay until send().
    void add(std::span<const std::byte> frame) { frames_.push_back(frame); }
    bool empty() const { return frames_.empty(); }
    std::size_t size() const { return frames_.size(); }
    /// Sends all; returns how many the system did not take. Never blocks.
    std::size_t send(int socket);

private:
    std::vector<std::span<const std::byte>> frames_;
    std::vector<iovec> vectors_;
    std::vector<mmsghdr> headers_;
};

/// Asks the kernel when each frame came.
void tell_arrival_times(int socket);

/// How many frames were lost since the last call because nobody read them in time.
std::size_t take_drops(int socket);

} // namespace badwire::hosts
