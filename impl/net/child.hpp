// child.hpp: another program that a program starts, such as a player.
//
// network::start_child() starts it. Not thread-safe: on the network's executor only.
#pragma once

#include <string>
#include <vector>

#include "impl/net/sockets.hpp"

namespace badwire::net {

using exit_handler = asio::any_completion_handler<void(error_code, int)>;

/// Destroying it ends the process: SIGTERM, and SIGKILL two seconds later.
struct child_backend : backend {
    virtual void write_some(asio::const_buffer buffer, io_handler handler) = 0;
    virtual void close_input() = 0;
    virtual void wait(exit_handler handler) = 0;
};

/// A process that was started. It ends with this object at the latest, and when the network stops.
class child : public handle<child_backend> {
public:
    using handle::handle;

    /// Writes to its standard input; broken_pipe once nobody reads it any more.
    template <typename Token = asio::use_awaitable_t<>>
    auto async_write_some(asio::const_buffer buffer, Token&& token = {})
    {
        return initiate<void(error_code, std::size_t)>(
            std::forward<Token>(token), [buffer](child_backend& backend, io_handler handler) {
                backend.write_some(buffer, std::move(handler));
            });
    }

    /// Ends its standard input.
    void close_input() { backend_->close_input(); }

    /// Completes with its exit status, 128 + N when signal N ended it. To be called once.
    template <typename Token = asio::use_awaitable_t<>>
    auto async_wait(Token&& token = {})
    {
        return initiate<void(error_code, int)>(
            std::forward<Token>(token),
            [](child_backend& backend, exit_handler handler) { backend.wait(std::move(handler)); });
    }
};

struct child_command {
    std::vector<std::string> words; // the program, found on PATH, and its arguments: no shell
    bool feeds_input = false;       // through async_write_some; else it has our standard input
};

} // namespace badwire::net
