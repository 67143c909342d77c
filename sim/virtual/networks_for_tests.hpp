// networks_for_tests.hpp: both networks, for tests that run the same steps on each: real sockets on
// loopback, and virtual time.
#pragma once

#include <array>
#include <exception>
#include <string>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "impl/real/disk_files.hpp"
#include "impl/real/real_network.hpp"
#include "sim/virtual/virtual_network.hpp"

namespace badwire::sim::testing {

namespace asio = boost::asio;

inline const asio::ip::address loopback = asio::ip::address_v4::loopback();

struct on_real_sockets {
    static constexpr bool is_virtual = false;
    asio::io_context context{1};
    net::real_network network{context, ".", 1};
    void run() { context.run(); }
};

struct in_virtual_time {
    static constexpr bool is_virtual = true;
    sim::world world;
    net::disk_files files{"."};
    sim::virtual_network network{world, files, 1, {}, {}};
    void run() { world.run(); }
};

template <typename Where>
class Networks : public ::testing::Test {
protected:
    // Runs every step to its end; a failure in one step fails the test.
    template <typename... Steps>
    void play(Steps... steps)
    {
        (asio::co_spawn(where.network.get_executor(), std::move(steps),
                        [](std::exception_ptr problem) {
                            if (!problem) return;
                            try {
                                std::rethrow_exception(problem);
                            } catch (const std::exception& error) {
                                ADD_FAILURE() << error.what();
                            }
                        }),
         ...);
        where.run();
    }

    Where where;
};

using both = ::testing::Types<on_real_sockets, in_virtual_time>;

template <typename Operation>
net::awaitable<net::error_code> error_of(Operation operation)
{
    try {
        co_await operation();
    } catch (const net::system_error& error) {
        co_return error.code();
    }
    co_return net::error_code();
}

inline std::string text_of(const std::array<char, 100>& buffer, std::size_t length)
{
    return {buffer.data(), length};
}

} // namespace badwire::sim::testing
