// asio.hpp: the Boost.Asio vocabulary that the whole project shares.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

namespace badwire::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using asio::ip::udp;
using boost::system::error_code;
using boost::system::system_error;

template <typename T>
using awaitable = asio::awaitable<T>;

// One type of time for both networks. Only a network says what time it is: never call
// clock::now() in a program. A virtual network's time starts at time_point{}.
using clock = std::chrono::steady_clock;
using duration = clock::duration;
using time_point = clock::time_point;

/// A deadline that never comes.
inline constexpr time_point never = time_point::max();

} // namespace badwire::net
