#include "impl/apps/shared/stream_delivery.hpp"

#include "impl/base/units.hpp"
#include "impl/wire/media_frames.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

std::string in_words(net::duration time)
{
    return format_duration(std::chrono::round<std::chrono::milliseconds>(time));
}

} // namespace

stream_delivery::stream_delivery(net::network& network, talk::task_scope& tasks,
                                 delivery_options options)
    : network_(network),
      options_(std::move(options)),
      file_(network.files().grow(options_.out)),
      player_(network, tasks, *file_, options_.player),
      playback_({.begin_bytes = options_.play_after_bytes, .bytes_per_s = options_.bytes_per_s},
                network.now())
{
}

void stream_delivery::take(std::uint64_t offset, std::span<const std::byte> contents)
{
    file_->write_at(offset, contents);
    if (offset != 0 || options_.bytes_per_s > 0) return;
    if (const auto rate = wire::wav_byte_rate(contents)) playback_.set_rate(*rate);
}

void stream_delivery::advance(std::uint64_t playable_bytes)
{
    playback_.on_bytes(playable_bytes, network_.now());
    player_.on_bytes(playable_bytes);
    tell_once_playing();
}

void stream_delivery::finish(std::uint64_t bytes)
{
    file_->resize(bytes);
    playback_.on_bytes(bytes, network_.now());
    player_.on_bytes(bytes);
    playback_.on_end(network_.now());
    tell_once_playing();
    player_.on_end();
}

void stream_delivery::tell_once_playing()
{
    if (!playback_.begun() || std::exchange(told_, true)) return;
    network_.console().say("a player may start now: {}", partial());
    player_.start();
}

wire::sha256_digest stream_delivery::digest() const
{
    constexpr std::size_t piece_size = 64 << 10;
    std::vector<std::byte> piece(piece_size);
    wire::sha256 digest;
    for (std::uint64_t at = 0;;) {
        const std::size_t size = file_->read_at(at, piece);
        if (size == 0) return digest.finish();
        digest.update(std::span(piece).first(size));
        at += size;
    }
}

std::string stream_delivery::partial() const { return wire::printable(options_.out) + ".part"; }

void stream_delivery::report()
{
    if (!playback_.begun()) return;
    net::metrics& metrics = network_.metrics();
    metrics.set("startup_delay_ms", playback_.startup_delay());
    if (playback_.bytes_per_s() <= 0)
        return network_.console().say("start-up delay {}; the file does not say how fast it is "
                                      "played: --rate would, to tell the stalls",
                                      in_words(playback_.startup_delay()));
    metrics.set("player_bytes_per_s", playback_.bytes_per_s());
    metrics.add("stalls", playback_.stalls());
    metrics.set("stall_ms_total", playback_.stalled());
    network_.console().say("start-up delay {}, {} {}, {} in all",
                           in_words(playback_.startup_delay()), playback_.stalls(),
                           playback_.stalls() == 1 ? "stall" : "stalls",
                           in_words(playback_.stalled()));
}

} // namespace badwire::apps
