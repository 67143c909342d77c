// Guests that wait for several things at once: poll, select, epoll.
#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include "sim/guest/epoll_description.hpp"
#include "sim/guest/guest_threads.hpp"
#include "sim/guest/times.hpp"

namespace badwire::guest {
namespace {

// A time in milliseconds; negative: for ever.
net::time_point after_milliseconds(const sim::world& in, int most)
{
    return most < 0 ? net::never : in.now() + std::chrono::milliseconds(most);
}

net::time_point after_timespec(const sim::world& in, const memory& its, std::uint64_t at)
{
    return at == 0 ? net::never : in.now() + duration_of(its.get<timespec>(at));
}

} // namespace

// One descriptor that is waited for, as it was when the wait began.
struct guest::polled {
    int descriptor = -1;
    short events = 0;
    target at{};

    short ready(pid_t process) const
    {
        constexpr short always = POLLERR | POLLHUP | POLLNVAL;
        const auto wanted = static_cast<short>(events | always);
        if (descriptor < 0) return 0;
        if (at.ours) return static_cast<short>(at.ours->ready() & wanted);
        if (!at.kernel) return POLLNVAL;
        if ((at.output || at.errors) &&
            !S_ISCHR(at.kernel->st_mode)) // of a terminal it is typed, too
            return static_cast<short>(POLLOUT & events);
        if (!may_wait(*at.kernel)) return static_cast<short>((POLLIN | POLLOUT) & events);
        const kernel_object object(process, descriptor);
        return object ? object.ready(events) : static_cast<short>(POLLNVAL);
    }
};

answer guest::wait_for_any(thread& by, std::vector<polled> all, net::time_point until,
                           std::function<void(const std::vector<short>&)> tell)
{
    wait_plan plan{.attempt = {}, .until = until};
    for (const polled& one : all) {
        if (one.at.ours) plan.on.push_back({one.at.ours, one.events});
        else if (one.at.kernel && may_wait(*one.at.kernel) && one.descriptor >= 0)
            plan.on_kernel.push_back({kernel_object(by.of->id, one.descriptor), one.events});
    }
    plan.is_sleep = true;
    plan.what = [all] {
        std::vector<std::string> each;
        for (const polled& one : all)
            if (one.at.ours) each.push_back(one.at.ours->awaited(one.events));
            else if (one.descriptor == 0) each.emplace_back("typed input");
        return each.empty() ? std::string("time to pass")
                            : fmt::format("{}", fmt::join(each, " or "));
    };
    plan.attempt = [all = std::move(all), tell = std::move(tell),
                    process = by.of->id](bool timed_out) -> answer {
        std::vector<short> found;
        int count = 0;
        for (const polled& one : all) {
            found.push_back(one.ready(process));
            count += found.back() != 0;
        }
        if (count == 0 && !timed_out) return {};
        tell(found);
        return reply::of(count);
    };
    return wait(by, std::move(plan));
}

answer guest::do_poll(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    constexpr std::uint64_t most = 65536;
    if (with[1] > most) return reply::failed(EINVAL);
    std::vector<pollfd> asked(with[1]);
    if (!asked.empty()) its.read(with[0], std::as_writable_bytes(std::span(asked)));
    std::vector<polled> all;
    for (const pollfd& one : asked)
        all.push_back({one.fd, one.events, one.fd < 0 ? target{} : look_up(by, one.fd)});
    const auto until = by.call.number == SYS_poll ? after_milliseconds(world_, integer(by, 2))
                                                  : after_timespec(world_, its, with[2]);
    const auto put = [its, at = with[0]](const std::vector<pollfd>& each) {
        if (!each.empty()) its.write(at, std::as_bytes(std::span(each)));
    };
    const auto tell = [put, asked](const std::vector<short>& found) mutable {
        for (std::size_t i = 0; i < asked.size(); ++i) asked[i].revents = found[i];
        put(asked);
    };
    return with_mask(by, by.call.number == SYS_ppoll ? with[3] : 0,
                     wait_for_any(by, std::move(all), until, tell), [put, asked] {
                         auto hidden = asked;
                         for (pollfd& one : hidden) one.fd = -1;
                         put(hidden);
                         return [put, asked] { put(asked); };
                     });
}

namespace {

// A struct fd_set of a program: as many words as the number of descriptors needs, and no more.
class descriptor_set {
public:
    descriptor_set() = default;
    descriptor_set(const memory& its, std::uint64_t at, int count)
        : at_(at), words_(at == 0 ? 0 : (static_cast<std::size_t>(count) + 63) / 64)
    {
        if (!words_.empty()) its.read(at_, std::as_writable_bytes(std::span(words_)));
    }
    bool has(int descriptor) const
    {
        const auto word = static_cast<std::size_t>(descriptor) / 64;
        return word < words_.size() && (words_[word] >> (descriptor % 64) & 1) != 0;
    }
    void add(int descriptor)
    {
        words_[static_cast<std::size_t>(descriptor) / 64] |= std::uint64_t{1} << (descriptor % 64);
    }
    void clear() { std::ranges::fill(words_, 0); }
    void put(const memory& its) const
    {
        if (!words_.empty()) its.write(at_, std::as_bytes(std::span(words_)));
    }

private:
    std::uint64_t at_ = 0;
    std::vector<std::uint64_t> words_;
};

} // namespace

// select(2) and pselect6(2): three sets, of what can be read, written, or is exceptional.
answer guest::do_select(thread& by)
{
    const auto& with = by.call.with;
    const auto& its = by.of->its;
    constexpr int most = 65536;
    const int count = std::min(integer(by, 0), most);
    if (count < 0) return reply::failed(EINVAL);
    static constexpr std::array wanted{short{POLLIN}, short{POLLOUT}, short{POLLPRI}};
    std::array<descriptor_set, 3> asked;
    for (std::size_t set = 0; set < asked.size(); ++set)
        asked[set] = descriptor_set(its, with[set + 1], count);
    std::vector<polled> all;
    for (int descriptor = 0; descriptor < count; ++descriptor) {
        short events = 0;
        for (std::size_t set = 0; set < asked.size(); ++set)
            if (asked[set].has(descriptor)) events = static_cast<short>(events | wanted[set]);
        if (events == 0) continue;
        all.push_back({descriptor, events, look_up(by, descriptor)});
        if (!all.back().at.ours && !all.back().at.kernel) return reply::failed(EBADF);
    }
    const bool exact = by.call.number == SYS_pselect6;
    const std::uint64_t time_at = with[4];
    net::time_point until = net::never;
    if (time_at != 0)
        until = exact ? after_timespec(world_, its, time_at)
                      : world_.now() + duration_of(its.get<timeval>(time_at));
    until = deadline_of(by, until);
    const auto tell = [this, its, asked, all, exact, time_at,
                       until](const std::vector<short>& found) mutable {
        constexpr std::array means{short{POLLIN | POLLHUP | POLLERR}, short{POLLOUT | POLLERR},
                                   short{POLLPRI}};
        for (std::size_t set = 0; set < means.size(); ++set) {
            asked[set].clear();
            for (std::size_t i = 0; i < all.size(); ++i)
                if ((all[i].events & wanted[set]) != 0 && (found[i] & means[set]) != 0)
                    asked[set].add(all[i].descriptor);
            asked[set].put(its);
        }
        if (time_at == 0) return; // what is left of it, as Linux tells
        const auto left = std::max(until - world_.now(), net::duration(0));
        if (exact) its.put(time_at, timespec_of(left));
        else its.put(time_at, timeval_of(left));
    };
    // struct { const sigset_t*; size_t; }
    const std::uint64_t mask_at = exact && with[5] != 0 ? its.get<std::uint64_t>(with[5]) : 0;
    return with_mask(by, mask_at, wait_for_any(by, std::move(all), until, tell),
                     [asked, its]() mutable {
                         const auto before = asked;
                         for (descriptor_set& one : asked) {
                             one.clear();
                             one.put(its);
                         }
                         return [before, its] {
                             for (const descriptor_set& one : before) one.put(its);
                         };
                     });
}

// For as long as it waits, other signals are blocked than usual: ppoll(2), pselect(2). One that comes then
// is for the kernel to deliver, which knows how, and so is the call: `hide` puts its descriptors
// out of the kernel's sight, and returns what brings them back.
answer guest::with_mask(thread& by, std::uint64_t mask_at, answer begun,
                        std::function<std::function<void()>()> hide)
{
    if (begun || mask_at == 0) return begun;
    by.plan.blocked = by.of->its.get<std::uint64_t>(mask_at);
    by.plan.interrupted = [&by, hide = std::move(hide)]() mutable { by.bring_back = hide(); };
    look_at_signals(*by.of);
    return {};
}

// ---- epoll

answer guest::do_epoll_create(thread& by)
{
    const bool close_on_exec =
        by.call.number == SYS_epoll_create1 && (by.call.with[0] & EPOLL_CLOEXEC) != 0;
    auto made = std::make_shared<epoll_description>();
    std::erase_if(epolls_, [](const auto& one) { return one.expired(); });
    epolls_.push_back(made);
    return new_descriptor(std::move(made), close_on_exec, false);
}

answer guest::do_epoll_ctl(thread& by)
{
    const auto set = std::dynamic_pointer_cast<epoll_description>(look_up(by, integer(by, 0)).ours);
    if (!set) return reply::failed(EBADF);
    const int descriptor = integer(by, 2);
    const target at = look_up(by, descriptor);
    if (!at.ours && !at.kernel) return reply::failed(EBADF);
    if (at.kernel && !may_wait(*at.kernel)) return reply::failed(EPERM);
    const epoll_description::member member{at.ours, by.of->id, descriptor};
    const int what = integer(by, 1);
    if (what == EPOLL_CTL_DEL) return reply::of_errno(set->remove(member));
    const auto wanted = by.of->its.get<epoll_event>(by.call.with[3]);
    if (what == EPOLL_CTL_ADD) return reply::of_errno(set->add(member, wanted));
    if (what == EPOLL_CTL_MOD) return reply::of_errno(set->modify(member, wanted));
    return reply::failed(EINVAL);
}

answer guest::do_epoll_wait(thread& by)
{
    const auto& with = by.call.with;
    const auto set = std::dynamic_pointer_cast<epoll_description>(look_up(by, integer(by, 0)).ours);
    if (!set) return reply::failed(EBADF);
    const int most = integer(by, 2);
    if (most <= 0) return reply::failed(EINVAL);
    const auto until = by.call.number == SYS_epoll_pwait2
                           ? after_timespec(world_, by.of->its, with[3])
                           : after_milliseconds(world_, integer(by, 3));
    const auto attempt = [set, its = by.of->its, at = with[1], most](bool timed_out) -> answer {
        const auto told = set->take(static_cast<std::size_t>(most));
        if (told.empty() && !timed_out) return {};
        if (!told.empty()) its.write(at, std::as_bytes(std::span(told)));
        return reply::of(static_cast<std::int64_t>(told.size()));
    };
    return wait(by, {.attempt = attempt,
                     .on = {{set, POLLIN}},
                     .until = until,
                     .what = [set] { return set->awaited(POLLIN); },
                     .is_sleep = true});
}

} // namespace badwire::guest
