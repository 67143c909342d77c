// row.hpp: the table of impairments. One row says everything that the rest of badwire must know of
// an impairment: how it is read and written, what it needs, how it is explained. What it does to a
// packet is decided in link.cpp. To add one, see CONTRIBUTING.md.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "impl/base/reading.hpp"
#include "sim/link/fate.hpp"
#include "sim/link/impairments.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::link {

struct impairment_row {
    // How it is asked for.

    /// Its key in the options of a direction, and the type of the toxic that sets it.
    std::string_view key{};
    /// JSON Schema (draft 7) of the value. May refer to these definitions of the scenario's schema:
    /// duration, size, probability, count, amount, bit_rate.
    std::string_view schema{};
    /// The value, in JSON, that asks for nothing.
    std::string_view nothing{};
    /// Reads the value; throws or notes mistakes.
    void (*read)(const reading& at, const surroundings& around, impairments& into) = nullptr;
    /// Writes a value that read() reads back as the same.
    nlohmann::json (*write)(const impairments& asked) = nullptr;
    /// It is written even where it asks for nothing.
    bool always_written = false;
    /// Whether it asks for anything.
    bool (*asked)(const impairments& all) = nullptr;

    // What it needs, where it asks for something.

    /// It does something to datagrams, not only to connections.
    bool of_datagrams = true;
    /// It does something to connections.
    bool of_connections = false;
    /// Whether it did something to this datagram. Null: never, it is not of datagrams.
    bool (*struck)(const impairments& asked, const fate& decided) = nullptr;
    /// It matters when exactly a datagram arrived.
    bool needs_arrival_times = false;
    /// Whether a decision depends on the packet's contents; null: never.
    bool (*draws)(const impairments& asked) = nullptr;
    /// Multiplies its probability, for a toxic that applies to some packets only. False: these
    /// options have no probability. Null: the impairment never has one.
    bool (*weaken)(impairments& asked, double factor) = nullptr;

    // How it is explained.

    /// What is the same for every packet that it touches, put into words once for many packets; the
    /// next two functions get these words. Null: nothing.
    std::string (*words)(const impairments& asked) = nullptr;
    /// The cause of its drops, their name in the counters, and the explanation of one drop; none
    /// and null: it drops no packets.
    cause drops_as = cause::none;
    std::string_view drops_called{};
    std::string (*why_dropped)(const impairments& asked, const fate& decided,
                               std::string_view words) = nullptr;
    /// Adds what it did to a packet that passed, if anything; explained_at is the place of these
    /// words among those of the other rows.
    void (*explain)(std::string& text, const impairments& asked, const fate& decided,
                    std::string_view words) = nullptr;
    int explained_at = 0;
};

/// All rows, in the order in which people read of them.
std::span<const impairment_row> impairment_table();

/// The row of that key; null: there is none.
const impairment_row* find_impairment(std::string_view key);

/// Their keys.
std::span<const std::string_view> impairment_keys();

/// The row's place in the table; there must be one of that key.
std::size_t place_in_table(std::string_view key);

/// Whether any decision depends on a packet's contents.
bool draws_by_contents(const impairments& asked);
/// Whether nothing that is asked concerns datagrams.
bool leaves_datagrams_alone(const impairments& asked);
/// Whether it matters when exactly a datagram arrived.
bool needs_arrival_times(const impairments& asked);

/// For `asked` of a row: whether that member differs from the default.
template <auto Member>
bool differs(const impairments& all)
{
    static const impairments none;
    return all.*Member != none.*Member;
}

} // namespace badwire::link
