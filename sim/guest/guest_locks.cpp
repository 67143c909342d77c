// Locks of guests: futex(2).
#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>

#include <fmt/format.h>
#include <linux/futex.h>

#include "sim/guest/guest_threads.hpp"
#include "sim/guest/times.hpp"

namespace badwire::guest {
namespace {

#ifndef FUTEX_LOCK_PI2 // Linux 5.14
#define FUTEX_LOCK_PI2 13
#endif

// What FUTEX_WAKE_OP does to a word, and asks of what it was: an operation and a comparison, each with a
// signed number of 12 bits.
std::uint32_t operand(std::uint32_t packed, unsigned shift)
{
    return static_cast<std::uint32_t>(static_cast<std::int32_t>(packed << (20 - shift)) >> 20);
}

std::uint32_t changed_word(std::uint32_t packed, std::uint32_t word)
{
    const unsigned what = packed >> 28;
    std::uint32_t by = operand(packed, 12);
    if ((what & FUTEX_OP_OPARG_SHIFT) != 0) by = std::uint32_t{1} << (by & 31);
    switch (what & 7) {
    case FUTEX_OP_SET: return by;
    case FUTEX_OP_ADD: return word + by;
    case FUTEX_OP_OR: return word | by;
    case FUTEX_OP_ANDN: return word & ~by;
    default: return word ^ by;
    }
}

bool holds(std::uint32_t packed, std::uint32_t was)
{
    const auto word = static_cast<std::int32_t>(was);
    const auto with = static_cast<std::int32_t>(operand(packed, 0));
    switch (packed >> 24 & 15) {
    case FUTEX_OP_CMP_EQ: return word == with;
    case FUTEX_OP_CMP_NE: return word != with;
    case FUTEX_OP_CMP_LT: return word < with;
    case FUTEX_OP_CMP_LE: return word <= with;
    case FUTEX_OP_CMP_GT: return word > with;
    default: return word >= with;
    }
}

} // namespace

// Where a lock is: in a process' own memory, or in a file or memory that processes share.
futex_place guest::place_of(const thread& by, std::uint64_t word, bool own) const
{
    const futex_place mine{static_cast<std::uint64_t>(by.of->id), 0, word};
    if (own) return mine;
    std::ifstream maps(fmt::format("/proc/{}/maps", by.of->id));
    for (std::string line; std::getline(maps, line);) {
        unsigned long from = 0, to = 0, offset = 0, inode = 0;
        unsigned major = 0, minor = 0;
        char rights[8]{};
        if (std::sscanf(line.c_str(), "%lx-%lx %7s %lx %x:%x %lu", &from, &to, rights, &offset,
                        &major, &minor, &inode) < 7)
            continue;
        if (word < from || word >= to) continue;
        if (rights[3] != 's') return mine;
        return {inode, (std::uint64_t{major} << 32) + minor + 1, word - from + offset};
    }
    return mine;
}

std::int64_t guest::wake_futexes(const futex_place& at, std::uint32_t bits, std::uint64_t most)
{
    std::uint64_t woken = 0;
    for (thread* one : std::vector(parked_)) {
        if (woken >= most) break;
        if (one->futex != at || (one->futex_bits & bits) == 0) continue;
        one->futex.reset();
        one->wake();
        ++woken;
    }
    return static_cast<std::int64_t>(woken);
}

std::int64_t guest::move_futexes(const futex_place& from, const futex_place& to, std::uint64_t most)
{
    std::uint64_t moved = 0;
    for (thread* one : parked_) {
        if (moved >= most) break;
        if (one->futex != from) continue;
        one->futex = to;
        ++moved;
    }
    return static_cast<std::int64_t>(moved);
}

// A thread that ends clears a word that others wait for, and the kernel wakes them.
void guest::wake_futexes_that_changed(const process& of)
{
    for (thread* one : std::vector(parked_)) {
        if (!one->futex || one->scheduled()) continue;
        const bool shared = one->futex->device != 0; // with other processes
        if (one->of != &of && !shared) continue;
        try {
            if (one->of->its.get<std::uint32_t>(one->call.with[0]) == one->call.with[2]) continue;
        } catch (const bad_address&) {
        }
        one->futex.reset();
        one->wake();
    }
}

// Wakes or moves those that wait at a word.
answer guest::wake_at(thread& by, int what, const futex_place& at, bool own)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    const std::uint64_t most = with[2] & INT_MAX, second = with[3] & INT_MAX;
    const auto third = static_cast<std::uint32_t>(with[5]);
    switch (what) {
    case FUTEX_WAKE: return reply::of(wake_futexes(at, FUTEX_BITSET_MATCH_ANY, most));
    case FUTEX_WAKE_BITSET: return reply::of(wake_futexes(at, third, most));
    case FUTEX_CMP_REQUEUE:
        if (its.get<std::uint32_t>(with[0]) != third) return reply::failed(EAGAIN);
        [[fallthrough]];
    case FUTEX_REQUEUE: {
        const auto woken = wake_futexes(at, FUTEX_BITSET_MATCH_ANY, most);
        return reply::of(woken + move_futexes(at, place_of(by, with[4], own), second));
    }
    default: { // FUTEX_WAKE_OP
        const auto before = its.get<std::uint32_t>(with[4]);
        its.put(with[4], changed_word(third, before));
        auto woken = wake_futexes(at, FUTEX_BITSET_MATCH_ANY, most);
        if (holds(third, before))
            woken += wake_futexes(place_of(by, with[4], own), FUTEX_BITSET_MATCH_ANY, second);
        return reply::of(woken);
    }
    }
}

// A lock that lends its holder's waiters' priority holds its owner's number. There are no priorities here.
answer guest::lock(thread& by, int what, const futex_place& at)
{
    const auto& its = by.of->its;
    const std::uint64_t word_at = by.call.with[0];
    const auto word = its.get<std::uint32_t>(word_at);
    const auto owner = word & FUTEX_TID_MASK;
    const auto self = static_cast<std::uint32_t>(by.own);
    if (what == FUTEX_UNLOCK_PI) {
        if (owner != self) return reply::failed(EPERM);
        const auto waits = [&at](const thread* one) { return one->futex == at; };
        const auto next = std::ranges::find_if(parked_, waits);
        if (next == parked_.end()) {
            its.put(word_at, std::uint32_t{0});
        } else {
            const bool more = std::ranges::count_if(parked_, waits) > 1;
            its.put(word_at, static_cast<std::uint32_t>((*next)->own) | (more ? FUTEX_WAITERS : 0));
            wake_futexes(at, FUTEX_BITSET_MATCH_ANY, 1);
        }
        return reply::of(0);
    }
    if (owner == 0) {
        its.put(word_at, word | self);
        return reply::of(0);
    }
    if (owner == self) return reply::failed(EDEADLK);
    if (what == FUTEX_TRYLOCK_PI) return reply::failed(EAGAIN);
    its.put(word_at, word | FUTEX_WAITERS);
    const bool monotonic = what == FUTEX_LOCK_PI2 && (by.call.with[1] & FUTEX_CLOCK_REALTIME) == 0;
    return wait_for_futex(by, at, FUTEX_BITSET_MATCH_ANY,
                          deadline(by, monotonic ? CLOCK_MONOTONIC : CLOCK_REALTIME, true));
}

// The time that the fourth argument gives: of a clock, or from now.
net::time_point guest::deadline(const thread& by, int clock, bool absolute) const
{
    const std::uint64_t at = by.call.with[3];
    if (at == 0) return net::never;
    const auto time = duration_of(by.of->its.get<timespec>(at));
    return when_shown(clock, absolute ? time : shown_by(clock) + time);
}

answer guest::wait_for_futex(thread& by, const futex_place& at, std::uint32_t bits,
                             net::time_point until)
{
    by.futex = at;
    by.futex_bits = bits;
    return wait(by, {.attempt = [&by](bool timed_out) -> answer {
                         if (by.futex && !timed_out) return {};
                         return std::exchange(by.futex, {}) ? reply::failed(ETIMEDOUT)
                                                            : reply::of(0);
                     },
                     .until = until,
                     .what = [] { return std::string("another of its threads"); },
                     .interrupted = [&by] { by.futex.reset(); }});
}

answer guest::do_futex(thread& by)
{
    const auto& with = by.call.with;
    const int flags = integer(by, 1);
    const int what = flags & FUTEX_CMD_MASK;
    const bool own = (flags & FUTEX_PRIVATE_FLAG) != 0;
    const futex_place at = place_of(by, with[0], own);
    switch (what) {
    case FUTEX_WAIT:
    case FUTEX_WAIT_BITSET: {
        if (by.of->its.get<std::uint32_t>(with[0]) != static_cast<std::uint32_t>(with[2]))
            return reply::failed(EAGAIN);
        const bool plain = what == FUTEX_WAIT;
        const int clock = (flags & FUTEX_CLOCK_REALTIME) != 0 ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        return wait_for_futex(by, at,
                              plain ? FUTEX_BITSET_MATCH_ANY : static_cast<std::uint32_t>(with[5]),
                              deadline(by, clock, !plain));
    }
    case FUTEX_WAKE:
    case FUTEX_WAKE_BITSET:
    case FUTEX_REQUEUE:
    case FUTEX_CMP_REQUEUE:
    case FUTEX_WAKE_OP: return wake_at(by, what, at, own);
    case FUTEX_LOCK_PI:
    case FUTEX_LOCK_PI2:
    case FUTEX_TRYLOCK_PI:
    case FUTEX_UNLOCK_PI: return lock(by, what, at);
    default: return reply::failed(ENOSYS);
    }
}

} // namespace badwire::guest
