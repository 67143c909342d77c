// `badwire enter-host USERS NETWORK MOUNTS NAME COMMAND…`: becomes a command on a host. Namespaces are
// given as files, or as "-".
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "impl/net/network.hpp"
#include "sim/hosts/namespaces.hpp"
#include "sim/hosts/system_refusal.hpp"

namespace badwire::hosts {

namespace {

void enter(const std::vector<std::string>& words)
{
    constexpr std::array kinds{CLONE_NEWUSER, CLONE_NEWNET, CLONE_NEWNS};
    std::array<owned_descriptor, kinds.size()> opened;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (words[i] == "-") continue;
        opened[i] = owned_descriptor(::open(words[i].c_str(), O_RDONLY | O_CLOEXEC));
        if (!opened[i]) refuse("open the namespace " + words[i]);
    }
    // Another mount namespace has its own root, in which the folder is looked up by name.
    const std::filesystem::path folder = std::filesystem::current_path();
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (opened[i] && ::setns(opened[i].get(), kinds[i]) < 0)
            refuse("enter the namespace " + words[i]);
    if (opened.back() && ::chdir(folder.c_str()) < 0) refuse("enter " + folder.string());
    const std::string& name = words[kinds.size()];
    if (::unshare(CLONE_NEWUTS) < 0 || ::sethostname(name.data(), name.size()) < 0)
        refuse("have a host name of its own");
}

} // namespace

int enter_host_main(const std::vector<std::string>& words)
{
    constexpr std::size_t before_command = 4;
    constexpr int not_started = 127;
    if (words.size() <= before_command) {
        fmt::print(stderr, "usage: badwire enter-host USERS NETWORK MOUNTS NAME COMMAND…\n");
        return 2;
    }
    try {
        enter(words);
    } catch (const std::exception& error) {
        fmt::print(stderr, "badwire: {}\n", error.what());
        return not_started;
    }
    std::vector<char*> command;
    for (std::size_t i = before_command; i < words.size(); ++i)
        command.push_back(const_cast<char*>(words[i].c_str()));
    command.push_back(nullptr);
    ::execvp(command.front(), command.data());
    fmt::print(stderr, "badwire: cannot start {}: {}\n", command.front(),
               std::generic_category().message(errno));
    return not_started;
}

} // namespace badwire::hosts
