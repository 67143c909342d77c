#include "harness/grade/confinement.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <net/if.h>
#include <net/route.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/run/guard.hpp"
#include "impl/net/network.hpp"
#include "impl/real/pipe_ends.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

constexpr unsigned user_inside = 1000; // where a user namespace gives it
constexpr unsigned first_user =
    62'000; // of workers of root: one for each, below 65536 for containers
constexpr unsigned worker_users = 3'000;

[[noreturn]] void fail(const std::string& what)
{
    throw net::failure(fmt::format("cannot {}: {}", what, std::generic_category().message(errno)));
}

void check(long result, const std::string& what)
{
    if (result < 0) fail(what);
}

void write_text(const char* file, const std::string& text)
{
    const int opened = ::open(file, O_WRONLY | O_CLOEXEC);
    const bool written = opened >= 0 && ::write(opened, text.data(), text.size()) > 0;
    if (opened >= 0) ::close(opened);
    if (!written) fail(fmt::format("write {}", file));
}

// In a container root may have few users, or itself alone.
bool has_user(std::uint64_t user)
{
    std::ifstream map("/proc/self/uid_map");
    for (std::uint64_t inside = 0, outside = 0, count = 0; map >> inside >> outside >> count;)
        if (user >= inside && user - inside < count) return true;
    return false;
}

// All namespaces; as root directly, so that the worker can become another user than root.
bool leave_namespaces()
{
    constexpr int all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC;
    const uid_t user = geteuid();
    const gid_t group = getegid();
    if (user == 0 && has_user(first_user + worker_users) && ::unshare(all) == 0) return true;
    check(::unshare(all | CLONE_NEWUSER),
          "make namespaces (allow user namespaces, or be root; in Docker, add --cap-add SYS_ADMIN "
          "--security-opt seccomp=unconfined)");
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", fmt::format("{} {} 1", user_inside, user));
    write_text("/proc/self/gid_map", fmt::format("{} {} 1", user_inside, group));
    return false;
}

// Another user, who keeps what root may do until the next exec.
void become_user(unsigned user)
{
    check(::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keep capabilities");
    check(::setgroups(0, nullptr), "leave the groups");
    check(::setresgid(user, user, user), "become another group");
    check(::setresuid(user, user, user), "become another user");
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> sets{};
    check(::syscall(SYS_capget, &header, sets.data()), "read capabilities");
    for (auto& set : sets) set.effective = set.permitted;
    check(::syscall(SYS_capset, &header, sets.data()), "use capabilities");
    check(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "stay open to the harness itself");
}

unsigned user_of(const confinement& how)
{
    return first_user + static_cast<unsigned>(how.number % worker_users);
}

// Where root is not confined: limits of processes do not hold for it, and it may do anything.
void become_nobody(const confinement& how)
{
    if (geteuid() != 0 || !has_user(first_user + worker_users)) return;
    const unsigned user = user_of(how);
    check(::lchown(how.folder.c_str(), user, user), "give the folder away");
    for (const auto& one : fs::recursive_directory_iterator(how.folder))
        check(::lchown(one.path().c_str(), user, user), "give the folder away");
    become_user(user);
    check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "give up privileges");
}

void set_limit(__rlimit_resource which, std::uint64_t most)
{
    if (most == 0) return;
    const rlimit limit{most, most};
    check(::setrlimit(which, &limit), "set a limit");
}

void set_limits(const confinement& how)
{
    set_limit(RLIMIT_DATA, how.memory_bytes);
    set_limit(RLIMIT_FSIZE, how.disk_bytes);
    set_limit(RLIMIT_NPROC, how.processes);
    const rlimit none{0, 0};
    check(::setrlimit(RLIMIT_CORE, &none), "set a limit");
    // Logs that grow beyond the limit are an error of writing, not the worker's end.
    std::signal(SIGXFSZ, SIG_IGN);
}

void set_mount(const char* path, unsigned flags, std::uint64_t set, std::uint64_t clear)
{
    mount_attr what{};
    what.attr_set = set;
    what.attr_clr = clear;
    check(::syscall(SYS_mount_setattr, -1, path, flags, &what, sizeof what),
          fmt::format("change the mount {}", path));
}

void mount_memory(const fs::path& at, const std::string& options)
{
    check(::mount("badwire", at.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()),
          fmt::format("mount a file system in memory at {}", at.string()));
}

bool is_below(const fs::path& one, const fs::path& other)
{
    const fs::path inside = one.lexically_relative(other);
    return !inside.empty() && *inside.begin() != "..";
}

// Without these nothing can be started.
bool is_needed(const fs::path& folder)
{
    constexpr std::array needed{"/usr", "/bin", "/lib", "/lib64", "/etc", "/proc", "/dev", "/tmp"};
    return std::ranges::any_of(needed, [&](const char* one) { return is_below(one, folder); });
}

void hide(const fs::path& given)
{
    std::error_code failed;
    const fs::path folder = fs::canonical(given, failed);
    // What is in /tmp is hidden by its own /tmp.
    if (failed || !fs::is_directory(folder, failed) || is_needed(folder) ||
        is_below(folder, "/tmp"))
        return;
    mount_memory(folder, "size=4k,mode=0555");
    set_mount(folder.c_str(), 0, MOUNT_ATTR_RDONLY, 0);
}

// The badwire command may stand in a folder that is hidden.
void keep_badwire(const fs::path& folder)
{
    const fs::path place = folder / ".badwire";
    const int made = ::open(place.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0755);
    if (made < 0) fail("make a place for badwire");
    ::close(made);
    check(::mount(badwire_executable().c_str(), place.c_str(), nullptr, MS_BIND, nullptr),
          "keep badwire in sight");
    set_mount(place.c_str(), 0, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0);
}

// What is mounted, from the worker's own point of view; `prepare` copies what is needed before.
void change_mounts(const confinement& how, const std::function<void(const fs::path&)>& prepare)
{
    check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "keep mounts to itself");
    const std::string size = fmt::format("size={},mode=0755", how.disk_bytes);
    mount_memory(how.folder, size);
    prepare(how.folder);
    keep_badwire(how.folder);
    set_mount("/", AT_RECURSIVE, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID, 0);
    set_mount(how.folder.c_str(), 0, 0, MOUNT_ATTR_RDONLY);
    check(::mount(how.folder.c_str(), "/tmp", nullptr, MS_MOVE, nullptr), "have a /tmp of its own");
    for (const fs::path& one : how.hidden) hide(one);
    for (const char* place : {"/dev/shm", "/var/tmp", "/run/user"})
        if (fs::is_directory(place)) mount_memory(place, size);
    check(::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr),
          "see its own processes alone");
    set_badwire_executable("/tmp/.badwire");
}

// Loopback works, for multicast, too.
void start_loopback()
{
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq loopback{};
    std::strncpy(loopback.ifr_name, "lo", sizeof loopback.ifr_name - 1);
    loopback.ifr_flags = IFF_UP | IFF_LOOPBACK | IFF_RUNNING | IFF_MULTICAST;
    check(::ioctl(socket, SIOCSIFFLAGS, &loopback), "start loopback");
    const auto address = [](const char* text) {
        sockaddr_in made{};
        made.sin_family = AF_INET;
        ::inet_pton(AF_INET, text, &made.sin_addr);
        sockaddr any{};
        std::memcpy(&any, &made, sizeof any);
        return any;
    };
    std::string device = "lo";
    rtentry route{};
    route.rt_dst = address("224.0.0.0");
    route.rt_genmask = address("240.0.0.0");
    route.rt_flags = RTF_UP;
    route.rt_dev = device.data();
    check(::ioctl(socket, SIOCADDRT, &route), "route multicast to loopback");
    ::close(socket);
}

void set_environment()
{
    const char* const path = std::getenv("PATH");
    const std::string kept = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
    ::clearenv();
    ::setenv("PATH", kept.c_str(), 1);
    ::setenv("LANG", "C.UTF-8", 1);
    ::setenv("HOME", "/tmp", 1);
}

void become_confined(const confinement& how, bool as_root,
                     const std::function<void(const fs::path&)>& prepare)
{
    if (as_root) become_user(user_of(how));
    change_mounts(how, prepare);
    start_loopback();
    set_environment();
    check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "give up privileges");
    check(::chdir("/tmp"), "enter /tmp");
}

void tell(int output, const std::string& why)
{
    const std::string line = "!" + why + "\n";
    [[maybe_unused]] const auto written = ::write(output, line.data(), line.size());
}

// The worker itself. Confined, it is the first process of its own.
[[noreturn]] void be_worker(const confinement& how, bool confined, bool as_root,
                            const worker_task& task, int output)
{
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, SIG_DFL);
    try {
        fs::path folder = how.folder;
        if (confined) {
            become_confined(how, as_root, task.prepare);
            folder = "/tmp";
        } else {
            ::setenv("TMPDIR", how.folder.c_str(), 1);
            task.prepare(folder);
            become_nobody(how);
        }
        set_limits(how);
        task.work(folder, output);
    } catch (const std::exception& error) {
        tell(output, error.what());
    }
    std::_Exit(0);
}

// Between this process and a confined worker: it ends with either of them.
[[noreturn]] void be_keeper(const confinement& how, const worker_task& task, int output)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    bool as_root = false;
    try {
        as_root = leave_namespaces();
    } catch (const std::exception& error) {
        tell(output, error.what());
        std::_Exit(1);
    }
    const pid_t worker = ::fork();
    if (worker < 0) {
        tell(output, "cannot start a process");
        std::_Exit(1);
    }
    if (worker == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        be_worker(how, true, as_root, task, output);
    }
    ::close(output);
    while (::waitpid(worker, nullptr, 0) < 0 && errno == EINTR) {}
    std::_Exit(0);
}

} // namespace

worker start_worker(const confinement& how, bool confined, const worker_task& task)
{
    net::pipe_ends output("start a worker");
    const pid_t pid = ::fork();
    if (pid < 0) fail("start a worker");
    if (pid == 0) {
        const int end = output.take_write_end();
        ::close(output.take_read_end());
        if (confined) be_keeper(how, task, end);
        ::setpgid(0, 0);
        ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        be_worker(how, false, false, task, end);
    }
    return {pid, output.take_read_end()};
}

void end_worker(worker& one)
{
    if (one.pid < 0) return;
    ::kill(-one.pid, SIGKILL); // its group, where it is not the first process of its own
    ::kill(one.pid, SIGKILL);
    while (::waitpid(one.pid, nullptr, 0) < 0 && errno == EINTR) {}
    ::close(one.output);
    one = {};
}

std::string why_not_confined(const confinement& how)
{
    worker tried = start_worker(how, true,
                                {[](const fs::path&) {},
                                 [](const fs::path&, int output) {
                                     [[maybe_unused]] const auto written = ::write(output, "y", 1);
                                 }});
    std::string said;
    std::array<char, 512> block{};
    for (ssize_t length = 0; (length = ::read(tried.output, block.data(), block.size())) != 0;)
        if (length > 0) said.append(block.data(), static_cast<std::size_t>(length));
        else if (errno != EINTR) break;
    end_worker(tried);
    if (said == "y") return {};
    return said.empty() ? "a worker ended at once" : said.substr(1, said.find('\n') - 1);
}

void copy_folder(const fs::path& from, const fs::path& to)
{
    try {
        fs::create_directories(to);
        for (auto it = fs::recursive_directory_iterator(from);
             it != fs::recursive_directory_iterator(); ++it) {
            const fs::path inside = it->path().lexically_relative(from);
            const fs::file_status what = it->symlink_status();
            if (fs::is_directory(what)) fs::create_directory(to / inside);
            else if (fs::is_regular_file(what)) fs::copy_file(it->path(), to / inside);
            else if (fs::is_symlink(what)) {
                const fs::path target = fs::read_symlink(it->path());
                const fs::path leads = (inside.parent_path() / target).lexically_normal();
                if (target.is_relative() && *leads.begin() != "..")
                    fs::create_symlink(target, to / inside);
            }
        }
    } catch (const fs::filesystem_error& error) {
        throw net::failure(
            fmt::format("cannot copy {}: {}", from.string(), error.code().message()));
    }
}

} // namespace badwire::harness
