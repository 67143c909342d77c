// asio.hpp: the Boost.Asio vocabulary that the whole project shares.
#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include "impl/net/basics.hpp"

namespace badwire::net {

using boost::system::error_code;
using boost::system::system_error;

template <typename T>
using awaitable = asio::awaitable<T>;

} // namespace badwire::net
