// badwire hosts: one command behind a bad wire, on a host of its own. Behind the wire is another host,
// which stands for the machine.
#include <csignal>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/command/commands.hpp"
#include "harness/command/counters_table.hpp"
#include "harness/command/link_files.hpp"
#include "harness/command/relay_arguments.hpp"
#include "harness/command/terminal.hpp"
#include "harness/run/command_process.hpp"
#include "harness/run/guard.hpp"
#include "harness/run/ports.hpp"
#include "harness/run/run_folder.hpp"
#include "sim/hosts/ethernet_switch.hpp"
#include "sim/hosts/gateway.hpp"
#include "sim/link/fidelity.hpp"
#include "sim/relay/state_json.hpp"

extern char** environ;

namespace badwire::harness {
namespace {

constexpr std::size_t inner_host = 0, outer_host = 1;

struct hosts_arguments {
    relay_arguments link;
    std::vector<std::string> command;
    std::string other; // that runs behind the wire
    std::vector<std::string> sysctls;
    bool loopback = false;
    bool counters = false;
};

// Two hosts and one link between them; the second one is the machine.
class wire_to_machine final : public hosts::topology {
public:
    wire_to_machine(std::string link, bool loopback) : link_(std::move(link)), loopback_(loopback)
    {
    }
    void leads_to(hosts::gateway& machine) { machine_ = &machine; }

    std::vector<hosts::step> between(std::size_t from, std::size_t) const override
    {
        return {
            {link_, from == inner_host ? link::direction::up : link::direction::down, "client"}};
    }
    std::vector<hosts::step> to_group(std::size_t) const override { return {}; }
    std::vector<hosts::step> from_group(std::size_t from, std::size_t to) const override
    {
        return between(from, to);
    }
    bool is_member(std::size_t, const boost::asio::ip::address&) const override { return true; }
    bool is_on_loopback_only(std::size_t host, hosts::port_kind kind,
                             std::uint16_t port) const override
    {
        if (host == outer_host && machine_ != nullptr) machine_->wanted(kind, port);
        return false;
    }
    std::optional<std::size_t> loopback_means(std::size_t host) const override
    {
        return host == inner_host && loopback_ ? std::optional(outer_host) : std::nullopt;
    }

private:
    std::string link_;
    bool loopback_;
    hosts::gateway* machine_ = nullptr;
};

std::optional<boost::asio::ip::address> machine_listens(hosts::port_kind kind, std::uint16_t port)
{
    const auto all = kind == hosts::port_kind::udp ? udp_addresses(port) : tcp_addresses(port);
    for (const auto& one : all)
        if (one.is_v4()) return boost::asio::ip::address_v4::loopback();
    if (all.empty()) return {};
    return boost::asio::ip::address_v6::loopback();
}

pid_t start(const std::vector<std::string>& words)
{
    std::vector<char*> command;
    for (const std::string& word : words) command.push_back(const_cast<char*>(word.c_str()));
    command.push_back(nullptr);
    pid_t pid = -1;
    const int failed =
        posix_spawn(&pid, command.front(), nullptr, nullptr, command.data(), environ);
    if (failed)
        throw net::failure(fmt::format("cannot start {}: {}", words.front(),
                                       std::generic_category().message(failed)));
    return pid;
}

int end_of(pid_t pid)
{
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
    return exit_code(status);
}

nlohmann::json state_of(const hosts::frame_link& link, const link::link_options& asked,
                        std::uint64_t dropped_by_kernel)
{
    using link::direction;
    const auto told = [&](direction which, const link::impairments& first, bool changes) {
        return link::direction_json(first, changes, link.lane(which).count(), link.delays(which));
    };
    return {{"up", told(direction::up, asked.up, !asked.up_changes.empty())},
            {"down", told(direction::down, asked.down, !asked.down_changes.empty())},
            {"lateness_ms", relay::to_json(link.how_late())},
            {"refused", 0},
            {"dropped_by_kernel", dropped_by_kernel}};
}

// Carries until end(), or an exception.
class carrying_thread {
public:
    carrying_thread(boost::asio::io_context& context, std::function<void()> close)
        : context_(context),
          close_(std::move(close)),
          work_(context.get_executor()),
          thread_([this] { context_.run(); })
    {
    }
    ~carrying_thread() { end(); }
    carrying_thread(const carrying_thread&) = delete;
    carrying_thread& operator=(const carrying_thread&) = delete;

    void end()
    {
        if (!thread_.joinable()) return;
        boost::asio::post(context_, [this] {
            close_();
            work_.reset();
        });
        thread_.join();
    }

private:
    boost::asio::io_context& context_;
    std::function<void()> close_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::thread thread_;
};

// NAME=VALUE
std::map<std::string, std::string> parse_sysctls(const std::vector<std::string>& given)
{
    std::map<std::string, std::string> parsed;
    for (const std::string& one : given) {
        const auto middle = one.find('=');
        if (middle == std::string::npos)
            throw bad_value(fmt::format(
                "--sysctl: expected NAME=VALUE such as net.ipv4.tcp_ecn=1, found \"{}\"", one));
        parsed[one.substr(0, middle)] = one.substr(middle + 1);
    }
    return parsed;
}

int run_behind_wire(const hosts_arguments& given)
{
    const link::link_options asked = parse_link(given.link);
    const auto sysctls = parse_sysctls(given.sysctls);
    link_files files(given.link, link_files::contents::frames);
    const temporary_folder folder;
    wire_to_machine between(given.link.name, given.loopback);
    std::vector<hosts::host_plan> plan{{.name = "client", .sysctls = sysctls},
                                       {.name = "server", .sysctls = sysctls}};
    plan[inner_host].loopback_means = between.loopback_means(inner_host);
    hosts::made_hosts made = hosts::make_hosts(plan, folder.path(), badwire_executable());
    if (!made.why_no_names.empty())
        complain("badwire hosts: \"server\" is {} here, and no name: {}\n",
                 hosts::ipv4_of(outer_host).to_string(), made.why_no_names);
    boost::asio::io_context context(1);
    hosts::ethernet_switch wire(context, made.all, between,
                                {.seed = given.link.seed,
                                 .links = {{given.link.name, asked}},
                                 .witnesses_of = [&](const std::string& link) {
                                     return link::witnesses{files.trace(), files.watcher(link)};
                                 }});
    hosts::gateway machine(context, made, outer_host, machine_listens);
    between.leads_to(machine);
    carrying_thread carrying(context, [&] {
        machine.close();
        wire.close();
    });
    const auto run_on = [&](std::size_t host, const std::vector<std::string>& command) {
        return start(hosts::on_host(made, host, plan[host], badwire_executable(), command));
    };
    // A terminal's Ctrl+C is for the command.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGQUIT, SIG_IGN);
    pid_t other = -1;
    if (!given.other.empty()) other = run_on(outer_host, {"/bin/sh", "-c", given.other});
    const int code = end_of(run_on(inner_host, given.command));
    if (other > 0) {
        ::kill(other, SIGTERM);
        end_of(other);
    }
    carrying.end();
    files.close();
    if (given.counters)
        complain("{}\n", counters_table(state_of(wire.between(given.link.name), asked,
                                                 wire.dropped_by_kernel())));
    return code;
}

int run_hosts_command(const hosts_arguments& given)
{
    try {
        return run_behind_wire(given);
    } catch (const bad_value& error) {
        complain("badwire hosts: {}\n", error.what());
        return exit_usage;
    } catch (const std::exception& error) {
        complain("badwire hosts: {}\n", error.what());
        return exit_harness;
    }
}

} // namespace

void add_hosts_command(command_line& badwire)
{
    auto given = std::make_shared<hosts_arguments>();
    given->link.name = "wire";
    command_line& command = badwire.command(
        "hosts", "Run one command behind a bad wire, on a host of its own, with the kernel's TCP");
    command
        .texts("COMMAND", given->command,
               "What runs there, and its arguments, after --: a shell, a program")
        .required();
    describe_the_link(given->link, command);
    command
        .text("--server", given->other,
              "A shell's command that runs on the other host until COMMAND has ended")
        .takes("COMMAND");
    command
        .texts("--sysctl", given->sysctls,
               "A setting of both hosts' networks, such as net.ipv4.tcp_congestion_control=reno")
        .takes("NAME=VALUE");
    command.flag("--loopback", given->loopback,
                 "On the command's host 127.0.0.1 stands for the other host");
    command.flag("--counters", given->counters,
                 "Print at the end what the link did, on standard error");
    command.explain(
        "The other host's name is \"server\", and each of its ports leads to the same port of "
        "this\n"
        "machine's loopback. Nothing else is reached. No privileges are needed, but Linux with\n"
        "namespaces. --up is towards the server.");
    command.does([given] { return run_hosts_command(*given); });
}

} // namespace badwire::harness
