#include <cerrno>
#include <csignal>
#include <string>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/guest/process_tree.hpp"

namespace badwire::guest {

// Tried once, with a process of nothing: what is forbidden shows only then.
std::string why_no_guests()
{
    static const std::string told = [] {
        const pid_t child = fork();
        if (child < 0) return std::string("no process can be started");
        if (child == 0) {
            sock_filter allow BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
            const sock_fprog program{1, &allow};
            raise(SIGSTOP);
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            const long listener =
                syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                        SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                        &program);
            _exit(listener < 0 ? errno : 0);
        }
        int status = 0;
        while (waitpid(child, &status, WUNTRACED) < 0 && errno == EINTR) {}
        const bool traced = ptrace(PTRACE_SEIZE, child, nullptr, nullptr) == 0;
        const owned_descriptor copied = process_tree::copy_descriptor(child, 0);
        if (traced) ptrace(PTRACE_DETACH, child, nullptr, nullptr);
        kill(child, SIGCONT);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {}
        if (!traced)
            return std::string("this system forbids ptrace; in Docker, add --cap-add SYS_PTRACE "
                               "--security-opt seccomp=unconfined, or use the network relay");
        if (!copied)
            return std::string("this system forbids pidfd_getfd; in Docker, add --security-opt "
                               "seccomp=unconfined, or use the network relay");
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            return std::string(
                "this system has no seccomp notifications as Linux 5.19 has them, or "
                "forbids them; use the network relay");
        return std::string();
    }();
    return told;
}

} // namespace badwire::guest
