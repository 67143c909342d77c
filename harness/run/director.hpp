// director.hpp: plays a scenario on a stage: starts processes in their order, types into them,
// waits for their ends, stops the rest. One coroutine code for real and virtual time.
#pragma once

#include <filesystem>
#include <list>

#include "harness/run/stage.hpp"

namespace badwire::harness {

class director {
public:
    /// `record` must have its scenario; it is filled in as the run goes.
    director(stage& where, run_record& record, std::filesystem::path folder);
    ~director();

    /// Plays the run to its end; throws nothing that a process could cause.
    void perform();

private:
    struct player; // one process of the scenario

    net::awaitable<void> direct();
    net::awaitable<void> play(player& one);
    net::awaitable<void> type(player& one);
    net::awaitable<void> wait_until_ready(player& one);
    net::awaitable<bool> until(std::function<bool()> condition, net::time_point deadline);
    net::awaitable<void> end_everybody();

    void seat_group();
    void begin(player& one);
    void heard(player& one, std::string_view text, bool error);
    void ended(player& one, int exit);
    void fail(const std::string& why);
    void changed();
    bool may_start(const player& one) const;
    bool all_called(const std::vector<std::string>& names,
                    const std::function<bool(const player&)>& condition) const;
    bool all_ready(const std::vector<std::string>& names) const;
    std::string resolve(player& one, const std::string& text);
    std::vector<std::string> arguments(player& one);
    net::udp::endpoint destination(player& from);
    player& find(const std::string& name);
    duration now() const;

    stage& stage_;
    run_record& record_;
    const scenario& scenario_;
    std::filesystem::path folder_;
    net::time_point start_;
    net::time_point limit_;
    std::vector<std::unique_ptr<player>> players_;
    std::list<net::timer*> waiters_;
    std::size_t playing_ = 0; // play() coroutines that have not returned
    bool ending_ = false;     // nothing new starts
};

} // namespace badwire::harness
