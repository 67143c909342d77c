// sum_service.hpp: what the iterative and the concurrent server (course 4.6) do for one client.
#pragma once

#include "impl/net/network.hpp"

namespace badwire::apps {

/// The pause after each addition, unless another one is asked for.
inline constexpr net::duration work_per_addition = std::chrono::milliseconds(200);

/// Of --room.
inline constexpr const char* room_help =
    "How many clients may be there, with those who wait; more are turned away; 0: no limit";

struct sum_work {
    net::duration per_addition;
    net::duration timeout; // for the client's number; 0: for ever
};

/// Reads a count, adds up 1 to count with a pause after each addition, answers the sum and closes.
/// A bad client is reported and gets no answer. Throws only when the program was stopped.
net::awaitable<void> serve_sum(net::network& network, net::tcp_stream client, sum_work work);

} // namespace badwire::apps
