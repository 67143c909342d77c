// player.hpp: a program that plays a file while it arrives.
//
// A command with the word "-" is fed the bytes through its standard input, in order and no faster
// than they come, so it cannot run into the end of what has arrived. Any other command is given the
// path of the growing file as its last word. Not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "impl/net/network.hpp"
#include "impl/talk/task_scope.hpp"

namespace badwire::apps {

/// The tasks that watch and feed the player end when it has ended, or when the program was stopped.
class player {
public:
    /// Without a `command` there is no player, and nothing happens.
    player(net::network& network, talk::task_scope& tasks, const net::growing_file& file,
           std::vector<std::string> command);

    /// Starts the player and says so, or says why that is not possible: the stream is received all
    /// the same.
    void start();

    /// The first `bytes` bytes can be played.
    void on_bytes(std::uint64_t bytes);

    /// No more bytes will come.
    void on_end();

private:
    net::awaitable<void> feed();
    net::awaitable<void> watch();
    std::size_t read_at(std::uint64_t offset, std::span<std::byte> into) const;

    net::network& network_;
    talk::task_scope& tasks_;
    const net::growing_file& file_;
    std::vector<std::string> command_;
    net::child child_;
    net::timer wake_;
    bool feeds_ = false;
    bool gone_ = false;
    bool no_more_ = false;
    std::uint64_t there_ = 0;
};

} // namespace badwire::apps
