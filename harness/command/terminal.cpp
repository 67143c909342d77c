#include "harness/command/terminal.hpp"

#include <charconv>
#include <cstdlib>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "harness/command/commands.hpp"
#include "impl/base/utf8.hpp"

namespace badwire::harness {
namespace {

std::string_view variable(const char* name)
{
    const char* const value = std::getenv(name);
    return value == nullptr ? "" : value;
}

bool is_set(const char* name) { return !variable(name).empty() && variable(name) != "0"; }

bool is_dumb() { return variable("TERM") == "dumb"; }

std::mutex writing;
std::FILE* people_read = nullptr; // null: standard output
std::string status;               // as it stands on the terminal now

constexpr std::string_view empty_line = "\r\033[K";

void put(std::FILE* to, std::string_view text)
{
    std::fwrite(text.data(), 1, text.size(), to); // the stream remembers whether it failed
}

} // namespace

void describe_colour(command_line& command, colour_choice& into)
{
    command.one_of(
        "--color", {"auto", "always", "never"},
        [&into](const std::string& given) {
            into = given == "always"  ? colour_choice::always
                   : given == "never" ? colour_choice::never
                                      : colour_choice::automatic;
        },
        "Colours: auto is on a terminal, unless NO_COLOR is set, and with CLICOLOR_FORCE also "
        "elsewhere");
}

bool shows_colours(int descriptor, colour_choice chosen)
{
    if (chosen != colour_choice::automatic) return chosen == colour_choice::always;
    if (!variable("NO_COLOR").empty()) return false;
    if (is_set("CLICOLOR_FORCE")) return true;
    return rewrites_lines(descriptor) && variable("CLICOLOR") != "0";
}

bool rewrites_lines(int descriptor) { return isatty(descriptor) == 1 && !is_dumb(); }

std::size_t terminal_columns(int descriptor)
{
    constexpr std::size_t usual = 80;
    const std::string_view asked = variable("COLUMNS");
    std::size_t columns = 0;
    const auto [end, failed] = std::from_chars(asked.data(), asked.data() + asked.size(), columns);
    if (failed == std::errc{} && end == asked.data() + asked.size() && columns > 0) return columns;
    winsize size{};
    if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
    return usual;
}

void talk_to_people_on(std::FILE* stream) { people_read = stream; }
std::FILE* people() { return people_read == nullptr ? stdout : people_read; }

// One column stays free: some terminals begin a new line in the last one.
void show_status(const std::string& line)
{
    const std::lock_guard lock(writing);
    const std::string cut =
        line.empty() ? "" : cut_to_columns(printable(line), terminal_columns(STDERR_FILENO) - 1);
    if (cut == status) return;
    std::fflush(stdout);
    put(stderr, empty_line);
    put(stderr, cut);
    std::fflush(stderr);
    status = cut;
}

// The status line comes again when it is next shown.
void write_raw(std::FILE* to, std::string_view text)
{
    const std::lock_guard lock(writing);
    if (!status.empty()) {
        put(stderr, empty_line);
        std::fflush(stderr);
        status.clear();
    }
    put(to, text);
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
