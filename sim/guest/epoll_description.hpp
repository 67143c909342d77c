// epoll_description.hpp: what epoll_create(2) makes: a set of descriptions that are waited for.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include <sys/epoll.h>

#include "sim/guest/description.hpp"

namespace badwire::guest {

/// Edge-triggered entries are told once for each change of theirs; of what the kernel keeps, once
/// each time when it has become ready.
class epoll_description final : public description {
public:
    /// What an entry stands for: one of ours, or a descriptor of a process.
    struct member {
        std::shared_ptr<description> ours;
        pid_t process = 0;
        int descriptor = -1;
    };

    epoll_description();
    ~epoll_description() override;

    short ready() const override;
    std::string awaited(short) const override;

    // epoll_ctl(2); the errno.
    int add(const member& what, const epoll_event& wanted);
    int modify(const member& what, const epoll_event& wanted);
    int remove(const member& what);
    /// A process has closed that descriptor, which the kernel keeps.
    void closed(pid_t process, int descriptor);

    /// What is ready, `most` entries at most.
    std::vector<epoll_event> take(std::size_t most);
    /// Looks at what the kernel keeps.
    void look();

private:
    struct entry;
    using key = std::pair<pid_t, int>;

    std::map<key, std::unique_ptr<entry>> entries_;
    key told_last_{}; // where there was no room for more
};

} // namespace badwire::guest
