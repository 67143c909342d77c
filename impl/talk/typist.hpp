// typist.hpp: the person at the keyboard, one line at a time, while the program does other things.
//
// Not thread-safe: it belongs to the network's executor.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "impl/net/network.hpp"

namespace badwire::talk {

class typist {
public:
    /// `deliver` gets each line that was asked for, and nothing at the end of input. It may be
    /// called after this object is gone: a person cannot be told to stop typing.
    typist(net::network& network, std::function<void(std::optional<std::string>)> deliver);

    /// Asks for a line; harmless while one is asked for already.
    void ask();

private:
    struct state {
        std::function<void(std::optional<std::string>)> deliver;
        bool reading = false;
    };
    static net::awaitable<void> read(net::console& console, std::shared_ptr<state> state);

    net::network& network_;
    std::shared_ptr<state> state_;
};

} // namespace badwire::talk
