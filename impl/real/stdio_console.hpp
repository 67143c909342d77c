// stdio_console.hpp: the console of a real process: standard input, output and error.
#pragma once

#include <memory>

#include <boost/asio/io_context.hpp>

#include "impl/net/console.hpp"

namespace badwire::net {

class stdio_console : public console {
public:
    /// Aborts a pending read and makes every later one fail at once.
    virtual void stop() = 0;
};

/// Reads standard input on `context`; a plain file or /dev/null as input works too.
std::unique_ptr<stdio_console> make_stdio_console(asio::io_context& context);

} // namespace badwire::net
