// typist.hpp: the person at the keyboard, one line at a time, while the program does other things.
//
// Not thread-safe: it belongs to the network's executor.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "impl/talk/task_scope.hpp"

namespace badwire::talk {

class typist {
public:
    /// Reads in a task of `tasks`, whose cancellation must call the console's cancel_read(),
    /// because a person cannot be told to stop typing. `deliver` gets each line that was asked for,
    /// and nothing at the end of input.
    typist(net::network& network, task_scope& tasks,
           std::function<void(std::optional<std::string>)> deliver);

    /// Asks for a line; does no harm while one is asked for already.
    void ask();

private:
    net::awaitable<void> read();

    net::network& network_;
    task_scope& tasks_;
    std::function<void(std::optional<std::string>)> deliver_;
    bool reading_ = false;
};

} // namespace badwire::talk
