// standard_streams.hpp: standard input, output and errors of a guest: pipes, or a terminal that neither
// echoes nor translates.
#pragma once

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <sys/stat.h>

#include "impl/base/owned_descriptor.hpp"

namespace badwire::guest {

class standard_streams {
public:
    standard_streams(bool takes_input, bool terminal);

    /// What a process is started with.
    std::array<int, 3> theirs() const;
    /// The process has them: nobody here holds them any more.
    void handed_over();

    bool is_output(const struct stat& what) const;
    bool is_errors(const struct stat& what) const;

    /// What a person types; kept where the program reads too slowly.
    void type(std::string_view text);
    void end_input();
    /// Types what was kept, as far as there is room.
    void push();

    /// What was written without a call that stops.
    std::string take_output();
    std::string take_errors();

private:
    owned_descriptor input_;    // we write
    owned_descriptor output_;   // we read
    owned_descriptor errors_;   // we read
    owned_descriptor terminal_; // its master
    owned_descriptor typed_;    // its other side
    std::array<owned_descriptor, 3> theirs_;
    struct identity {
        dev_t device = 0;
        ino_t inode = 0;
    };
    identity output_is_, errors_is_;
    std::string kept_;
    bool ends_ = false;
};

} // namespace badwire::guest
