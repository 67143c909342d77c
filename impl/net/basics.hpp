// basics.hpp: what formats and state machines need of the seam: time, addresses, and the error that
// is for people. Nothing here waits or does I/O. Of impl/net, impl/wire may include only this and
// random.hpp.
#pragma once

#include <chrono>
#include <stdexcept>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>

namespace badwire::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;

// One type of time for both networks. Only a network says what time it is: never call
// clock::now() in a program. A virtual network's time starts at time_point{}.
using clock = std::chrono::steady_clock;
using duration = clock::duration;
using time_point = clock::time_point;

/// A deadline that never comes.
inline constexpr time_point never = time_point::max();

/// Why a program could not do its job, for a person: what was attempted, on what, and what to do.
/// `badwire exec` prints it on standard error and exits 1.
struct failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace badwire::net
