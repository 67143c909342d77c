// serve_each.hpp: the outer loop of a server that serves many clients at the same time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

#include "impl/net/network.hpp"

namespace badwire::apps {

/// How many clients may have a thread or a process each, because the system does not have any
/// number of those. The limit is large, because most of the clients may be silent.
inline constexpr std::size_t threads_or_processes_max = 4096;

inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

using client_service = std::function<net::awaitable<void>(net::tcp_stream)>;

/// How many clients a server takes.
struct capacity {
    std::size_t at_once = any_number; // are served at a time; the others wait
    std::size_t room = any_number;    // may be there, with those who wait; more are turned away
};

/// What --room 0 and other numbers mean.
inline std::size_t room_for(std::int64_t room)
{
    return room == 0 ? any_number : static_cast<std::size_t>(room);
}

/// Serves every client that comes, first come first served. Who is turned away finds the connection
/// closed without a reply (counted as `turned_away`). A client's failure is printed on the console
/// and ends nothing else. Throws system_error when the program was stopped or the listener closed,
/// after the last client's task has ended.
net::awaitable<void> serve_each(net::network& network, net::tcp_listener& listener, capacity of,
                                client_service serve);

} // namespace badwire::apps
