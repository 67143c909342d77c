// hosts_for_tests.hpp: hosts, a switch between them, and functions that run on a host.
#pragma once

#include <arpa/inet.h>
#include <functional>
#include <future>
#include <memory>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <thread>

#include "sim/hosts/ethernet_switch.hpp"

namespace badwire::hosts {

inline std::filesystem::path this_test() { return "/proc/self/exe"; }

/// A topology in which all is said by fields.
struct plain_topology : topology {
    std::vector<step> between(std::size_t from, std::size_t to) const override
    {
        if (from == 0) return up;
        return to == 0 ? down : std::vector<step>{};
    }
    std::vector<step> to_group(std::size_t) const override { return {}; }
    std::vector<step> from_group(std::size_t from, std::size_t to) const override
    {
        return between(from, to);
    }
    bool is_member(std::size_t host, const boost::asio::ip::address&) const override
    {
        return host != not_member;
    }
    bool is_on_loopback_only(std::size_t, port_kind, std::uint16_t port) const override
    {
        return port == loopback_port;
    }
    std::optional<std::size_t> loopback_means(std::size_t host) const override
    {
        return host == 0 ? first_loopback_means : std::nullopt;
    }

    std::vector<step> up, down; // from the first host, and to it
    std::size_t not_member = SIZE_MAX;
    std::uint16_t loopback_port = 0;
    std::optional<std::size_t> first_loopback_means{};
};

/// A process on that host; its exit code is what the function returns.
inline pid_t start_on(const made_hosts& hosts, std::size_t host, const std::function<int()>& does)
{
    const pid_t pid = ::fork();
    if (pid != 0) return pid;
    if (hosts.users) ::setns(hosts.users.get(), CLONE_NEWUSER);
    if (::setns(hosts.all[host].network.get(), CLONE_NEWNET) < 0) std::_Exit(99);
    std::_Exit(does());
}

/// Some hosts on a switch, whose thread runs until the end.
class hosts_under_test {
public:
    hosts_under_test(std::size_t count, plain_topology between, const switch_options& options)
        : topology_(std::move(between))
    {
        std::vector<host_plan> plan;
        for (std::size_t i = 0; i < count; ++i)
            plan.push_back({"h" + std::to_string(i + 1),
                            i == 0 ? topology_.first_loopback_means : std::nullopt});
        made_ = make_hosts(plan, {}, this_test());
        switch_ = std::make_unique<ethernet_switch>(context_, made_.all, topology_, options);
        thread_ = std::thread([this] {
            const auto work = boost::asio::make_work_guard(context_);
            context_.run();
        });
    }
    ~hosts_under_test() { stop(); }

    /// Nothing is carried any more; counters may be looked at.
    void stop()
    {
        if (!thread_.joinable()) return;
        boost::asio::post(context_, [this] {
            switch_->close();
            context_.stop();
        });
        thread_.join();
    }
    ethernet_switch& between() { return *switch_; }
    /// Waits until what the switch's thread sees there is true, for 20 seconds at most.
    bool comes(const std::function<bool(const ethernet_switch&)>& wanted)
    {
        for (int tries = 0; tries < 2000; ++tries) {
            std::promise<bool> seen;
            boost::asio::post(context_, [&] { seen.set_value(wanted(*switch_)); });
            if (seen.get_future().get()) return true;
            ::usleep(10'000);
        }
        return false;
    }

    pid_t start(std::size_t host, const std::function<int()>& does)
    {
        return start_on(made_, host, does);
    }
    /// What the switch's thread has used of a processor, in seconds.
    double processor_time()
    {
        clockid_t of{};
        timespec used{};
        ::pthread_getcpuclockid(thread_.native_handle(), &of);
        ::clock_gettime(of, &used);
        return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
    }
    static int end_of(pid_t pid)
    {
        int status = 0;
        ::waitpid(pid, &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    plain_topology topology_;
    made_hosts made_;
    boost::asio::io_context context_{1};
    std::unique_ptr<ethernet_switch> switch_;
    std::thread thread_;
};

inline sockaddr_in at(const boost::asio::ip::address_v4& address, std::uint16_t port)
{
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    made.sin_addr.s_addr = htonl(address.to_uint());
    return made;
}
inline const sockaddr* raw(const sockaddr_in& of) { return reinterpret_cast<const sockaddr*>(&of); }

inline void limit_waiting(int socket, int seconds = 20)
{
    const timeval limit{seconds, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// A socket of that kind, bound to that address; it waits for 20 seconds at most.
inline int open_at(int kind, const boost::asio::ip::address_v4& address, std::uint16_t port)
{
    const int made = ::socket(AF_INET, kind, 0);
    const sockaddr_in here = at(address, port);
    if (::bind(made, raw(here), sizeof here) < 0) std::_Exit(98);
    limit_waiting(made);
    return made;
}

} // namespace badwire::hosts
