// client_tasks.hpp: the outer loop of a server that gives every client a task of its own.
#pragma once

#include <functional>

#include "impl/net/network.hpp"

namespace badwire::apps {

using client_service = std::function<net::awaitable<void>(net::tcp_stream)>;

/// Accepts clients for ever and runs `serve` for each, side by side. Ends with system_error when
/// the program was stopped, after the last of them has ended.
net::awaitable<void> serve_side_by_side(net::network& network, net::tcp_listener& listener,
                                        const client_service& serve);

} // namespace badwire::apps
