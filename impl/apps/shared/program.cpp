#include "impl/apps/shared/program.hpp"

#include <exception>

#include "impl/base/command_line.hpp"

namespace badwire::apps {

namespace {

// One line for people: an error code's text without the place in the source that Boost adds.
std::string reason_of(std::exception_ptr problem)
{
    try {
        std::rethrow_exception(problem);
    } catch (const net::system_error& error) {
        return error.code().message();
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "something unknown went wrong";
    }
}

// A server that was told to stop has done its job, a client has not.
int exit_code_of(const program& which, std::exception_ptr problem, net::network& network)
{
    if (network.stopped() && which.role != role::client) return 0;
    network.console().complain("badwire {}: {}", which.name,
                               network.stopped() ? "interrupted" : reason_of(problem));
    return 1;
}

} // namespace

program with_flaws(program which, std::vector<wire::flaw> flaws)
{
    which.flaws = std::move(flaws);
    return which;
}

net::awaitable<int> run_program(const program& which, std::vector<std::string> arguments,
                                net::network& network)
{
    invocation run;
    try {
        run = which.parse(which, arguments);
    } catch (const usage& text) {
        if (text.exit_code == 0) network.console().write_line(text.what());
        else network.console().write_error_line(text.what());
        co_return text.exit_code;
    } catch (...) {
        co_return exit_code_of(which, std::current_exception(), network);
    }

    int exit_code = 0;
    const net::time_point begin = network.now();
    try {
        co_await run.main(network);
    } catch (...) {
        exit_code = exit_code_of(which, std::current_exception(), network);
    }
    network.metrics().set("elapsed_ms", network.now() - begin);

    if (run.metrics_file.empty()) co_return exit_code;
    try {
        network.files().write(run.metrics_file, network.metrics().json() + "\n");
    } catch (const std::exception& error) {
        network.console().complain("badwire {}: --metrics: {}", which.name, error.what());
        exit_code = 1;
    }
    co_return exit_code;
}

} // namespace badwire::apps
