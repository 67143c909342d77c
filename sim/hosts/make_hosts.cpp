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

extern char** environ;

namespace badwire::hosts {

namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string& what, int why)
{
    throw net::failure(fmt::format("cannot {}: {}", what, std::generic_category().message(why)));
}

// The process that makes hosts. It ends by itself; here it is waited for.
class maker {
public:
    explicit maker(const std::filesystem::path& badwire)
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
    ~maker()
    {
        ours_.close();
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
    }
    maker(const maker&) = delete;
    maker& operator=(const maker&) = delete;

    int line() const { return ours_.get(); }

private:
    owned_descriptor ours_;
    pid_t pid_ = -1;
};

// What it answers, or why it could not.
host_message next_answer(const maker& from)
{
    auto answer = receive_message(from.line());
    if (!answer) throw net::failure("the process that makes hosts ended without a word");
    const bool failed = answer->text.starts_with('!');
    answer->text.erase(0, 1);
    if (failed) throw net::failure(answer->text);
    return std::move(*answer);
}

std::string word_of(const owned_descriptor& of)
{
    return of ? fmt::format("/proc/{}/fd/{}", ::getpid(), of.get()) : "-";
}

} // namespace

made_hosts make_hosts(const std::vector<host_plan>& plan, const std::filesystem::path& folder,
                      const std::filesystem::path& badwire)
{
    if (plan.size() > hosts_max)
        throw net::failure(fmt::format("there are at most {} hosts", hosts_max));
    const maker by(badwire);
    // Each plan is answered before the next is sent, so that no message ever waits for room.
    made_hosts made;
    send_message(by.line(), {json{{"folder", folder.string()}}.dump(), {}});
    host_message first = next_answer(by);
    if (!first.descriptors.empty()) made.users = std::move(first.descriptors.front());
    for (const host_plan& one : plan) {
        json asked{{"name", one.name}};
        if (one.loopback_means) asked["loopback_means"] = *one.loopback_means;
        send_message(by.line(), {asked.dump(), {}});
        host_message answer = next_answer(by);
        made.all.push_back(
            {std::move(answer.descriptors.at(0)), std::move(answer.descriptors.at(1))});
    }
    send_message(by.line(), {"names", {}});
    host_message last = next_answer(by);
    made.why_no_names = last.text;
    if (!last.descriptors.empty()) made.mounts = std::move(last.descriptors.front());
    return made;
}

std::vector<std::string> on_host(const made_hosts& hosts, std::size_t place, const host_plan& plan,
                                 const std::filesystem::path& badwire,
                                 const std::vector<std::string>& command)
{
    std::vector<std::string> words{badwire.string(),
                                   "enter-host",
                                   word_of(hosts.users),
                                   word_of(hosts.all.at(place).network),
                                   word_of(hosts.mounts),
                                   plan.name};
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
