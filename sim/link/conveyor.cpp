#include "sim/link/conveyor.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <xxhash.h>

namespace badwire::link {

conveyor_base::conveyor_base(lane& by, witnesses seen_by, coordinates wanted, bool time_all)
    : lane_(by),
      wanted_(wanted),
      time_all_(time_all),
      trace_(std::move(seen_by.trace)),
      watcher_(seen_by.watcher)
{
}

std::uint64_t conveyor_base::connection_of(const addresses& seen)
{
    std::uint64_t both = 0;
    for (const sockaddr* const one : {seen.from, seen.to}) {
        if (one == nullptr) continue;
        // Family, port and address; what follows may be anything.
        const std::size_t bytes = one->sa_family == AF_INET6 ? offsetof(sockaddr_in6, sin6_scope_id)
                                                             : offsetof(sockaddr_in, sin_zero);
        both = XXH3_64bits_withSeed(one, bytes, both);
    }
    return both;
}

packet_watcher::note conveyor_base::show(const offered_packet& what, const addresses& seen,
                                         const fate& met)
{
    if (trace_)
        trace_(trace_line(what.time, lane_.link_name(), lane_.which(), lane_.name_of(what.of),
                          what.payload.size(), met, what.tcp));
    if (watcher_ == nullptr) return {};
    return watcher_->offered({.which = lane_.which(),
                              .seen = seen,
                              .payload = what.payload,
                              .time = what.time,
                              .flow = lane_.name_of(what.of),
                              .tcp = what.tcp,
                              .frame = what.frame,
                              .ecn = what.ecn},
                             lane_, met);
}

watched_packet conveyor_base::watched(const leaving_packet& what) const
{
    return {.which = lane_.which(),
            .seen = what.seen,
            .payload = what.payload,
            .time = what.time,
            .flow = lane_.name_of(what.of),
            .frame = what.frame,
            .ecn = what.facts != nullptr ? what.facts->ecn : ecn::not_capable};
}

void conveyor_base::show_left(const leaving_packet& what)
{
    const watched_packet shown = watched(what);
    if (what.facts != nullptr) watcher_->left(shown, what.facts->copy, what.facts->said);
    else watcher_->left(shown, 0, {});
}

void conveyor_base::undeliverable(const leaving_packet& what, std::string_view reason)
{
    lane_.undeliverable(what.of);
    if (trace_)
        trace_(undeliverable_line(what.time, lane_.link_name(), lane_.which(),
                                  lane_.name_of(what.of), what.payload.size(), what.index, reason));
    if (watcher_ == nullptr) return;
    const watched_packet shown = watched(what);
    if (what.facts != nullptr)
        watcher_->undeliverable(shown, what.facts->copy, what.facts->said, reason);
    else watcher_->undeliverable(shown, 0, {}, reason);
}

} // namespace badwire::link
