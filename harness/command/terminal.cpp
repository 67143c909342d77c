#include "harness/command/terminal.hpp"

#include <poll.h>
#include <unistd.h>

#include "harness/command/commands.hpp"

namespace badwire::harness {
void write_raw(std::FILE* to, std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), to); // the stream remembers whether it failed
}

int all_written(int code)
{
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
    pollfd reader{STDOUT_FILENO, POLLOUT, 0};
    if (::poll(&reader, 1, 0) == 1 && (reader.revents & POLLERR) != 0) return code;
    complain("badwire: cannot write all of the output: is the disk full?\n");
    return code == exit_passed ? exit_harness : code;
}

} // namespace badwire::harness
