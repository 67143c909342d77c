// pipe_ends.hpp: a pipe between this process and a child.
#pragma once

#include <string_view>

namespace badwire::net {

/// Both ends, closed on exec. The destructor closes those that nobody has taken.
class pipe_ends {
public:
    /// `purpose` is for messages, as in "start a program". Throws failure.
    explicit pipe_ends(std::string_view purpose);
    pipe_ends(const pipe_ends&) = delete;
    pipe_ends& operator=(const pipe_ends&) = delete;
    ~pipe_ends();

    int read_end() const { return read_; }
    int write_end() const { return write_; }

    /// The caller closes it.
    int take_read_end();
    int take_write_end();

    void close_write_end();

private:
    int read_ = -1;
    int write_ = -1;
};

} // namespace badwire::net
