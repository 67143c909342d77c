// stream_delivery.hpp: what a streaming client does with bytes that arrive, on either wire: puts
// them into the file, starts a player, and calculates what the player's listener would notice.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "impl/apps/shared/player.hpp"
#include "impl/wire/playback.hpp"
#include "impl/wire/sha256.hpp"

namespace badwire::apps {

struct delivery_options {
    std::string out;
    std::vector<std::string> player; // its command; empty: none
    std::uint64_t play_after_bytes = 50'000;
    double bytes_per_s = 0; // of the player; 0: as the header of a WAV file says
};

/// Throws failure where the disk fails.
class stream_delivery {
public:
    /// The stream is asked for now. `tasks` watch the player.
    stream_delivery(net::network& network, talk::task_scope& tasks, delivery_options options);

    /// Writes the contents at that offset.
    void take(std::uint64_t offset, std::span<const std::byte> contents);

    /// The first `playable_bytes` bytes can be played.
    void advance(std::uint64_t playable_bytes);

    /// Nothing more will come; the file has `bytes` bytes.
    void finish(std::uint64_t bytes);

    /// SHA-256 of the file as it is on the disk.
    wire::sha256_digest digest() const;

    void commit() { file_->commit(); }

    /// The file as it grows, for people.
    std::string partial() const;

    /// The player gets nothing more.
    void end_player() { player_.on_end(); }

    /// Prints start-up delay and stalls, and puts them into the metrics.
    void report();

private:
    void tell_once_playing();

    net::network& network_;
    delivery_options options_;
    std::unique_ptr<net::growing_file> file_;
    player player_;
    wire::playback playback_;
    bool told_ = false;
};

} // namespace badwire::apps
