#include <cstdio>
#include <random>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "harness/command/commands.hpp"
#include "harness/command/terminal.hpp"
#include "impl/apps/shared/program.hpp"
#include "impl/base/mistake.hpp"
#include "impl/real/process_limits.hpp"
#include "impl/real/real_network.hpp"
#include "impl/real/real_process.hpp"

namespace badwire::harness {
namespace {

// The harness says which seed a program of a scenario has; alone, each run differs.
std::uint64_t program_seed()
{
    if (const char* given = std::getenv("BADWIRE_SEED")) return std::strtoull(given, nullptr, 10);
    std::random_device entropy;
    return std::uint64_t{entropy()} << 32 | entropy();
}

int run_on_real_network(const apps::program& program, std::vector<std::string> arguments)
{
    boost::asio::io_context context(1);
    net::real_network network(context, ".", program_seed());
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    boost::asio::steady_timer farewell(context);
    signals.async_wait([&](net::error_code failed, int) {
        if (failed) return;
        if (!network.request_end()) return network.stop();
        const auto stop = [&](net::error_code cancelled) {
            if (!cancelled) network.stop();
        };
        farewell.expires_after(net::farewell_time);
        farewell.async_wait(stop);
        signals.async_wait([stop](net::error_code cancelled, int) { stop(cancelled); });
    });
    int exit_code = exit_failed;
    boost::asio::co_spawn(context, apps::run_program(program, std::move(arguments), network),
                          [&](std::exception_ptr problem, int code) {
                              if (!problem) exit_code = code;
                              // A request to end that comes now must not make it one that a
                              // signal ended.
                              net::ignore_requests_to_end();
                              signals.cancel();
                              farewell.cancel();
                              network.stop();
                          });
    context.run();
    return exit_code;
}

} // namespace

int exec_main(const std::vector<std::string>& words)
{
    const bool help = !words.empty() && (words[0] == "--help" || words[0] == "-h");
    if (words.empty() || help) {
        constexpr const char* text =
            "Usage: badwire exec PROGRAM [options]\n"
            "Runs one program on this machine's network. badwire list programs names them all,\n"
            "badwire exec PROGRAM --help explains one.\n";
        write_raw(help ? stdout : stderr, text);
        return help ? exit_passed : exit_usage;
    }
    const apps::program* program = apps::find_program(words[0]);
    if (!program) {
        std::vector<std::string> names;
        for (const auto& known : apps::catalogue()) names.emplace_back(known.name);
        complain("badwire exec: no program \"{}\"{}\n", words[0], suggestion(words[0], names));
        return exit_usage;
    }
    net::prepare_for_many_clients();
    return run_on_real_network(*program, {words.begin() + 1, words.end()});
}

} // namespace badwire::harness
