// serve_each.hpp: the outer loop of a server that serves many clients at the same time.
#pragma once

#include <cstddef>
#include <functional>
#include <limits>

#include "impl/net/network.hpp"

namespace badwire::apps {

/// How many clients may have a thread or a process each, because the system does not have any
/// number of those. The limit is large, because most of the clients may be silent.
inline constexpr std::size_t threads_or_processes_max = 4096;

inline constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

using client_service = std::function<net::awaitable<void>(net::tcp_stream)>;

/// Serves every client that comes, at most `at_once` at a time; the others wait in the queue. A
/// client's failure is printed on the console and ends nothing else. Throws system_error when the
/// program was stopped or the listener closed, after the last client's task has ended.
net::awaitable<void> serve_each(net::network& network, net::tcp_listener& listener,
                                std::size_t at_once, client_service serve);

} // namespace badwire::apps
