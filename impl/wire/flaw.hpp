// flaw.hpp: well-known bugs of protocols, to be planted on purpose: a scenario that is meant to find
// bugs is tried on them (--flaw of a program, badwire mutate).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace badwire::wire {

enum class flaw : std::uint8_t {
    none,
    unchecked_ack,         // sender
    no_retransmission,     // sender
    timer_never_cancelled, // sender
    number_wraps,          // sender
    duplicate_taken,       // receiver
    last_ack_not_repeated, // receiver
    one_buffer_for_all,    // receiver
    awaits_last_word,      // either
};

struct known_flaw {
    flaw which;
    std::string_view name;    // "unchecked-ack"
    std::string_view summary; // what it does wrong
};

inline constexpr std::array<known_flaw, 8> known_flaws{{
    {flaw::unchecked_ack, "unchecked-ack",
     "takes every acknowledgment for that of what it sent last, also a late or doubled one"},
    {flaw::no_retransmission, "no-retransmission", "sends nothing again"},
    {flaw::timer_never_cancelled, "timer-never-cancelled",
     "sends again what has been acknowledged, once its time is up"},
    {flaw::number_wraps, "number-wraps", "numbers begin again after 255, and its peer's do not"},
    {flaw::duplicate_taken, "duplicate-taken", "takes what comes a second time for something new"},
    {flaw::last_ack_not_repeated, "last-ack-not-repeated",
     "is gone after its last acknowledgment, which may be lost"},
    {flaw::one_buffer_for_all, "one-buffer-for-all", "mixes what two clients send at one time"},
    {flaw::awaits_last_word, "awaits-last-word",
     "ends only when it has heard its peer's last word, which nobody repeats"},
}};

constexpr std::string_view to_string(flaw which)
{
    for (const known_flaw& one : known_flaws)
        if (one.which == which) return one.name;
    return "none";
}

} // namespace badwire::wire
