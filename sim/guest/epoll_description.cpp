#include "sim/guest/epoll_description.hpp"

#include "sim/guest/kernel_object.hpp"

namespace badwire::guest {

struct epoll_description::entry final : observer {
    entry(epoll_description& in, const member& stands_for, const epoll_event& asked)
        : owner(in),
          ours(stands_for.ours),
          process(stands_for.process),
          descriptor(stands_for.descriptor),
          of_kernel(!stands_for.ours),
          wanted(asked)
    {
        if (stands_for.ours) stands_for.ours->observe(*this);
    }
    ~entry()
    {
        if (const auto still = ours.lock()) still->forget(*this);
    }

    void changed() override
    {
        fresh = true;
        owner.tell_change();
    }

    short events() const
    {
        constexpr unsigned always = EPOLLERR | EPOLLHUP;
        return static_cast<short>((wanted.events & 0x7fffU) | always);
    }

    // What is ready of that which is wanted.
    short ready() const
    {
        if (disabled) return 0;
        if (!of_kernel) {
            const auto still = ours.lock();
            return static_cast<short>(still ? still->ready() & events() : 0);
        }
        const kernel_object object(process, descriptor);
        return static_cast<short>(object ? object.ready(events()) & events() : 0);
    }
    bool edge() const { return (wanted.events & EPOLLET) != 0; }

    epoll_description& owner;
    std::weak_ptr<description> ours;
    pid_t process;
    int descriptor;
    bool of_kernel;
    epoll_event wanted;
    bool fresh = true;     // has changed since it was told
    bool disabled = false; // EPOLLONESHOT, after it was told
};

epoll_description::epoll_description() = default;
epoll_description::~epoll_description() = default;

short epoll_description::ready() const
{
    for (const auto& [where, one] : entries_)
        if ((!one->edge() || one->fresh) && one->ready() != 0) return POLLIN;
    return 0;
}

std::string epoll_description::awaited(short) const
{
    std::string all;
    for (const auto& [where, one] : entries_)
        if (const auto still = one->ours.lock())
            all += (all.empty() ? "" : ", ") + still->awaited(one->events());
    return all.empty() ? "events (epoll)" : all;
}

int epoll_description::add(const member& what, const epoll_event& wanted)
{
    const key at{what.process, what.descriptor};
    if (const auto known = entries_.find(at); known != entries_.end()) {
        const bool stale = !known->second->of_kernel && known->second->ours.expired();
        if (!stale && known->second->ours.lock() == what.ours) return EEXIST;
        entries_.erase(known);
    }
    entries_.emplace(at, std::make_unique<entry>(*this, what, wanted));
    tell_change();
    return 0;
}

int epoll_description::modify(const member& what, const epoll_event& wanted)
{
    const auto known = entries_.find({what.process, what.descriptor});
    if (known == entries_.end()) return ENOENT;
    known->second->wanted = wanted;
    known->second->fresh = true;
    known->second->disabled = false;
    tell_change();
    return 0;
}

int epoll_description::remove(const member& what)
{
    return entries_.erase({what.process, what.descriptor}) > 0 ? 0 : ENOENT;
}

void epoll_description::closed(pid_t process, int descriptor)
{
    const auto known = entries_.find({process, descriptor});
    if (known != entries_.end() && known->second->of_kernel) entries_.erase(known);
}

std::vector<epoll_event> epoll_description::take(std::size_t most)
{
    std::erase_if(entries_, [](const auto& each) {
        return !each.second->of_kernel && each.second->ours.expired();
    });
    std::vector<epoll_event> told;
    // Those that had no room last time are told first now.
    auto next = entries_.upper_bound(std::exchange(told_last_, key{}));
    for (std::size_t looked = 0; looked < entries_.size(); ++looked, ++next) {
        if (next == entries_.end()) next = entries_.begin();
        const auto& [where, one] = *next;
        if (told.size() == most) break;
        const short found = one->ready();
        if (found == 0) {
            if (one->of_kernel) one->fresh = true; // becoming ready will be a change
            continue;
        }
        if (one->edge() && !std::exchange(one->fresh, false)) continue;
        if ((one->wanted.events & EPOLLONESHOT) != 0) one->disabled = true;
        epoll_event event = one->wanted;
        event.events = static_cast<std::uint16_t>(found);
        told.push_back(event);
        if (told.size() == most) told_last_ = where;
    }
    return told;
}

void epoll_description::look()
{
    for (const auto& [where, one] : entries_) {
        if (!one->of_kernel) continue;
        if (one->ready() == 0) one->fresh = true;
        else if (!one->edge() || one->fresh) return tell_change();
    }
}

} // namespace badwire::guest
