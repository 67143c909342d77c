// The side of the process that wants hosts: it starts the one that makes them, and gets descriptors.
#include <array>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "impl/net/network.hpp"
#include "sim/hosts/host_messages.hpp"
#include "sim/hosts/namespaces.hpp"
#include "sim/hosts/system_refusal.hpp"

extern char** environ;

namespace badwire::hosts {

namespace {

using nlohmann::json;

std::string word_of(const owned_descriptor& of)
{
    return of ? fmt::format("/proc/{}/fd/{}", ::getpid(), of.get()) : "-";
}

} // namespace

// It ends when it is no longer listened to.
class host_maker {
public:
    explicit host_maker(const std::filesystem::path& badwire)
    {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0)
            refuse("make hosts", errno);
        ours_ = owned_descriptor(ends[0]);
        const owned_descriptor theirs(ends[1]);
        const std::string file = badwire;
        const std::array<char*, 3> command{const_cast<char*>(file.c_str()),
                                           const_cast<char*>("make-hosts"), nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        const int failed =
            posix_spawn(&pid_, file.c_str(), &actions, nullptr, command.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        if (failed) refuse("start " + file, failed);
    }
    ~host_maker()
    {
        ours_.close();
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
    }
    host_maker(const host_maker&) = delete;
    host_maker& operator=(const host_maker&) = delete;

    /// What it answers. Throws net::failure where it could not.
    host_message ask(const std::string& text) const
    {
        send_message(ours_.get(), {text, {}});
        auto answer = receive_message(ours_.get());
        if (!answer) throw net::failure("the process that makes hosts ended without a word");
        const bool failed = answer->text.starts_with('!');
        answer->text.erase(0, 1);
        if (failed) throw net::failure(answer->text);
        return std::move(*answer);
    }

private:
    owned_descriptor ours_;
    pid_t pid_ = -1;
};

made_hosts make_hosts(const std::vector<host_plan>& plan, const std::filesystem::path& folder,
                      const std::filesystem::path& badwire)
{
    if (plan.size() > hosts_max)
        throw net::failure(fmt::format("there are at most {} hosts", hosts_max));
    made_hosts made;
    made.by = std::make_shared<host_maker>(badwire);
    host_message first = made.by->ask(json{{"folder", folder.string()}}.dump());
    if (!first.descriptors.empty()) made.users = std::move(first.descriptors.front());
    for (const host_plan& one : plan) {
        json asked{{"name", one.name}, {"sysctls", one.sysctls}};
        if (one.loopback_means) asked["loopback_means"] = *one.loopback_means;
        host_message answer = made.by->ask(asked.dump());
        made.all.push_back(
            {std::move(answer.descriptors.at(0)), std::move(answer.descriptors.at(1))});
    }
    host_message last = made.by->ask(json{{"names", true}}.dump());
    made.why_no_names = last.text;
    if (!last.descriptors.empty()) made.mounts = std::move(last.descriptors.front());
    return made;
}

owned_descriptor open_port(const made_hosts& hosts, std::size_t place, port_kind kind,
                           std::uint16_t port)
{
    const json asked{{"place", place}, {"tcp", kind == port_kind::tcp}, {"port", port}};
    host_message answer = hosts.by->ask(asked.dump());
    return std::move(answer.descriptors.at(0));
}

std::vector<std::string> on_host(const made_hosts& hosts, std::size_t place, const host_plan& plan,
                                 const std::filesystem::path& badwire,
                                 const std::vector<std::string>& command)
{
    std::vector<std::string> words{badwire.string(),      "enter-host",
                                   word_of(hosts.users),  word_of(hosts.all.at(place).network),
                                   word_of(hosts.mounts), plan.name};
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

std::string why_no_hosts(const std::filesystem::path& badwire)
{
    try {
        make_hosts({{"tried"}}, {}, badwire);
        return {};
    } catch (const net::failure& error) {
        return error.what();
    }
}

} // namespace badwire::hosts
