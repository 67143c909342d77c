// console.hpp: a program's standard output, error output and typed input, line by line.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "impl/net/asio.hpp"

namespace badwire::net {

using line_handler = asio::any_completion_handler<void(error_code, std::string)>;

/// Output may come from any thread; lines are never torn. Input belongs to the network's executor:
/// at most one read may be pending.
class console {
public:
    virtual ~console() = default;

    /// Prints one line on standard output and flushes it.
    template <typename... Args>
    void say(fmt::format_string<Args...> format, Args&&... args)
    {
        write_line(fmt::format(format, std::forward<Args>(args)...));
    }

    /// Prints one line on standard error.
    template <typename... Args>
    void complain(fmt::format_string<Args...> format, Args&&... args)
    {
        write_error_line(fmt::format(format, std::forward<Args>(args)...));
    }

    /// Prints `text` on standard output with no newline and flushes it: a question.
    virtual void prompt(std::string_view text) = 0;

    /// Whether a person at a terminal reads the output.
    virtual bool is_terminal() const { return false; }

    /// The next typed line without its newline; asio::error::eof at the end of input.
    template <typename Token = asio::use_awaitable_t<>>
    auto async_read_line(Token&& token = {})
    {
        return asio::async_initiate<Token, void(error_code, std::string)>(
            [this](auto handler) { read_line(line_handler(std::move(handler))); }, token);
    }

    /// Completes a pending read with asio::error::operation_aborted. What was typed of the line by
    /// then is kept for the next read.
    virtual void cancel_read() = 0;

    virtual void write_line(std::string_view line) = 0;
    virtual void write_error_line(std::string_view line) = 0;

protected:
    virtual void read_line(line_handler handler) = 0;
};

} // namespace badwire::net
