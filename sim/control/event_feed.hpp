// event_feed.hpp: what happens, for any number of viewers who read it over HTTP at their own pace
// (server-sent events). Nobody who tells ever waits for one who reads: what comes faster than it can
// be put into words, and what a slow viewer has not read in time, is left out, and the viewer is told
// how much that was.
//
// Memory is bounded: `waiting_max` events that were told and not yet put into words, and
// `kept_bytes_max` of words for viewers who come later.
//
// push(), state() and end() may be called by any thread; the rest by that of the server.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace badwire::control {

class event_feed {
public:
    struct limits {
        std::size_t waiting_max = 50'000;
        std::size_t kept_bytes_max = std::size_t{16} << 20;
    };
    event_feed() : event_feed(limits{}) {}
    explicit event_feed(limits most) : most_(most) {}

    /// An event's data in one line, made on the server's thread, in the order of the calls.
    using words = std::function<std::string()>;
    /// `kind`: a literal.
    void push(const char* kind, words data);
    /// Work for the server's thread, in the order of the calls; no event. Left out where too much waits.
    void prepare(std::function<void()> work);
    /// What holds from now on: a viewer who comes later is told this first. `afresh`: nothing of what
    /// was before concerns those who come later.
    void state(words data, bool afresh);
    /// Nothing more comes.
    void end(words data);

    /// Called by any thread when there may be more to read.
    void on_more(std::function<void()> tell);

    /// Puts into words what was told since.
    void gather();

    /// Where a viewer who comes now begins; where it was cut off after the event `last_seen`, there.
    struct place {
        std::uint64_t next = 0;
        bool greeted = false; // has been told the state
    };
    static place resume_after(std::uint64_t last_seen) { return {last_seen + 1, true}; }
    /// What comes next for it, as text/event-stream: some 64 KiB at most; empty where there is
    /// nothing now.
    std::string read(place& viewer) const;
    bool over(const place& viewer) const { return ended_ && viewer.next >= end_of_kept(); }

private:
    enum class sort : std::uint8_t { event, work, state, fresh_state, end };
    struct told {
        const char* kind;
        sort what;
        words data;
        std::uint64_t left_out_before;
    };
    void tell(const char* kind, sort what, words data);
    void keep(std::string text);
    std::uint64_t end_of_kept() const { return first_ + kept_.size(); }

    const limits most_;
    std::function<void()> tell_;
    std::mutex telling_;
    std::vector<told> waiting_;
    std::uint64_t left_out_ = 0; // since the last event that was not

    std::deque<std::string> kept_; // the text of each event
    std::size_t kept_bytes_ = 0;
    std::uint64_t first_ = 1; // the number of the oldest that is kept
    std::uint64_t fresh_ = 1; // where newcomers begin
    std::string state_;       // as data
    bool ended_ = false;
};

} // namespace badwire::control
