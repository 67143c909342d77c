// What supervision costs: a system call of a guest that the world answers, beside the bare round trip of a
// notification in the same run; and 1,000 datagrams that a guest sends itself.
// usage: guest_bench [CALLS]     100000
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sim/guest/guest.hpp"

namespace {

using namespace badwire;
using clock_type = std::chrono::steady_clock;

// What the guest does: asks for the time, or sends itself datagrams, so many times.
int be_guest(const char* what, long count)
{
    if (std::strcmp(what, "ask") == 0) {
        timespec now{};
        for (long i = 0; i < count; ++i) syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
        return 0;
    }
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_port = htons(5000);
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int self = socket(AF_INET, SOCK_DGRAM, 0);
    if (bind(self, reinterpret_cast<sockaddr*>(&here), sizeof here) != 0) return 1;
    char byte = 0;
    for (long i = 0; i < count; ++i) {
        sendto(self, &byte, 1, 0, reinterpret_cast<sockaddr*>(&here), sizeof here);
        if (recv(self, &byte, 1, 0) != 1) return 1;
    }
    return 0;
}

double seconds_since(clock_type::time_point began)
{
    return std::chrono::duration<double>(clock_type::now() - began).count();
}

guest::guest_options options_of(const char* what, const std::string& count)
{
    guest::guest_options options;
    options.executable = "/proc/self/exe";
    options.words = {"guest_bench", what, count};
    options.folder = "/";
    options.output = options.errors = [](std::string_view text) {
        std::printf("%.*s", static_cast<int>(text.size()), text.data());
    };
    options.gave_up = [](const std::string& why) { std::printf("%s\n", why.c_str()); };
    return options;
}

// The whole of a guest's life in a world of its own.
double as_guest(const char* what, const std::string& count)
{
    const auto began = clock_type::now();
    sim::world world;
    auto options = options_of(what, count);
    options.ended = [&](int status) {
        if (status != 0) std::printf("the guest failed: %d\n", status);
    };
    guest::guest runs(world.make_host(), std::move(options));
    while (world.run(1'000'000)) {}
    return seconds_since(began);
}

// The same process under the same filter, each notification answered at once, by nobody's world.
double bare(const std::string& count)
{
    const auto began = clock_type::now();
    const int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    const int trapped[] = {SYS_clock_gettime};
    guest::process_tree tree({.executable = "/proc/self/exe",
                              .words = {"guest_bench", "ask", count},
                              .env = {},
                              .folder = "/",
                              .standard = {nowhere, nowhere, nowhere}},
                             trapped, {});
    close(nowhere);
    tree.go_on(tree.root());
    for (;;) {
        const auto seen = tree.wait(std::chrono::seconds(1));
        if (const auto* call = std::get_if<guest::trapped_call>(&seen)) tree.answer(*call, 0);
        if (const auto* signal = std::get_if<guest::signalled>(&seen)) {
            const bool counter = guest::process_tree::answer_cycle_counter(signal->thread, 0);
            tree.go_on(signal->thread, counter ? 0 : signal->number);
        }
        if (std::holds_alternative<guest::ended>(seen)) return seconds_since(began);
    }
}

} // namespace

int main(int count, char** words)
{
    if (count == 3) return be_guest(words[1], std::atol(words[2]));
    const std::string calls = count == 2 ? words[1] : "100000";
    const double number = std::atof(calls.c_str());
    const double start = as_guest("ask", "0");
    const double bare_start = bare("0");
    const double each = 1e6 * (as_guest("ask", calls) - start) / number;
    const double each_bare = 1e6 * (bare(calls) - bare_start) / number;
    std::printf("start and end of a guest: %.1f ms\n", 1e3 * start);
    std::printf("a call: %.2f us; a bare notification: %.2f us; ratio %.2f (at most 1.5)\n", each,
                each_bare, each / each_bare);
    std::printf("1,000 datagrams sent and received: %.1f ms\n",
                1e3 * (as_guest("send", "1000") - start));
}
