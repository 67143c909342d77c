#include "sim/control/event_feed.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace badwire::control {
namespace {

std::string event_text(std::string_view kind, std::string_view data)
{
    return fmt::format("event: {}\ndata: {}\n\n", kind, data);
}

std::string left_out_text(std::uint64_t events)
{
    return event_text("left_out", fmt::format("{{\"events\":{}}}", events));
}

} // namespace

void event_feed::push(const char* kind, words data) { tell(kind, sort::event, std::move(data)); }

void event_feed::prepare(std::function<void()> work)
{
    tell("", sort::work, [work = std::move(work)] {
        work();
        return std::string();
    });
}

void event_feed::state(words data, bool afresh)
{
    tell("state", afresh ? sort::fresh_state : sort::state, std::move(data));
}

void event_feed::end(words data) { tell("end", sort::end, std::move(data)); }

void event_feed::on_more(std::function<void()> tell)
{
    const std::lock_guard lock(telling_);
    tell_ = std::move(tell);
}

void event_feed::tell(const char* kind, sort what, words data)
{
    std::function<void()> wake;
    {
        const std::lock_guard lock(telling_);
        const bool may_miss = what == sort::event || what == sort::work;
        if (may_miss && waiting_.size() >= most_.waiting_max) {
            if (what == sort::event) ++left_out_;
            return;
        }
        waiting_.push_back({kind, what, std::move(data), std::exchange(left_out_, 0)});
        if (waiting_.size() == 1) wake = tell_; // else that is known
    }
    if (wake) wake();
}

void event_feed::gather()
{
    std::vector<told> all;
    std::uint64_t left_out_behind = 0;
    {
        const std::lock_guard lock(telling_);
        all.swap(waiting_);
        left_out_behind = std::exchange(left_out_, 0);
    }
    for (told& one : all) {
        if (one.left_out_before > 0) keep(left_out_text(one.left_out_before));
        if (one.what == sort::fresh_state) fresh_ = end_of_kept();
        std::string data = one.data();
        if (one.what == sort::work) continue;
        if (one.what == sort::state || one.what == sort::fresh_state) state_ = data;
        keep(fmt::format("id: {}\n{}", end_of_kept(), event_text(one.kind, data)));
        if (one.what == sort::end) ended_ = true;
    }
    if (left_out_behind > 0) keep(left_out_text(left_out_behind));
}

void event_feed::keep(std::string text)
{
    kept_bytes_ += text.size();
    kept_.push_back(std::move(text));
    while (kept_bytes_ > most_.kept_bytes_max && kept_.size() > 1) {
        kept_bytes_ -= kept_.front().size();
        kept_.pop_front();
        ++first_;
    }
}

std::string event_feed::read(place& viewer) const
{
    constexpr std::size_t at_once = std::size_t{64} << 10;
    std::string text;
    if (!viewer.greeted) {
        if (state_.empty()) return text; // nothing has begun
        viewer = {std::max(viewer.next, fresh_), true};
        text = event_text("state", state_);
    }
    // Numbers beyond all that there are belong to another server.
    if (viewer.next > end_of_kept()) viewer.next = std::max(first_, fresh_);
    if (viewer.next < first_) {
        text += left_out_text(first_ - viewer.next);
        viewer.next = first_;
    }
    while (viewer.next < end_of_kept() && text.size() < at_once)
        text += kept_[viewer.next++ - first_];
    return text;
}

} // namespace badwire::control
