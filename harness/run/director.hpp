// director.hpp: plays a scenario on a stage: starts processes in their order, types into them,
// waits for their ends, stops the rest. One coroutine code for real and virtual time.
#pragma once

#include <filesystem>
#include <list>
#include <map>
#include <set>

#include "harness/run/stage.hpp"
#include "harness/run/supervised.hpp"

namespace badwire::harness {

class director {
public:
    /// `record` must have its scenario; it is filled in as the run goes, and `onlooker`, which may be
    /// null, is told.
    director(stage& where, run_record& record, std::filesystem::path folder,
             run_watcher* onlooker = nullptr);
    ~director();

    /// Plays the run to its end; throws nothing that a process could cause.
    void perform();

private:
    net::awaitable<void> direct_all();
    net::awaitable<void> direct(supervised& one);
    void spawn(net::awaitable<void> part);
    net::awaitable<void> play(supervised& one);
    net::awaitable<void> wait_for_turn(supervised& one);
    net::time_point turn_in_family(const supervised& one);
    net::awaitable<void> lose_patience(supervised& one);
    net::awaitable<void> type(supervised& one);
    net::awaitable<void> wait_until_ready(supervised& one);
    /// False: the deadline came first. `about`: the condition is about that process and the run's
    /// end only; null: about any. `acts`: at the deadline something happens that may let a process
    /// go on.
    net::awaitable<bool> until(supervised* about, std::function<bool()> condition,
                               net::time_point deadline, bool acts = false);
    void look_for_deadlock();
    std::string explain_deadlock();
    void note_who_waits();
    net::awaitable<void> end_everybody();
    void begin_faults();
    void trigger(const process_fault& fault);
    void trigger_by(const supervised& one, const std::string& line);
    net::awaitable<void> wait_for(const process_fault& one);
    net::awaitable<void> carry_out(const process_fault& one);
    net::awaitable<void> restart(supervised& one);
    void note_partitions();
    bool may_restart(const supervised& one) const;

    std::string what_is_awaited() const;
    void seat_group();
    void begin(supervised& one);
    void found_at(supervised& one, const net::asio::ip::address& where);
    void note_who_stays();
    void heard(supervised& one, std::string_view text, bool error);
    void note(process_event what, const supervised& of, const std::string& line = "");
    void forget_old_lines();
    void ended(supervised& one, int exit);
    void is_beyond(supervised& one, const std::string& why);
    void fail(const std::string& why);    // of the programs
    void give_up(const std::string& why); // of the harness
    static void wake(const std::list<net::timer*>& waiters);
    void changed();                // the run ends, which everything waits for
    void changed(supervised& one); // it is ready, or has ended
    bool may_start(const supervised& one) const;
    bool all_called(const std::vector<std::string>& names,
                    const std::function<bool(const supervised&)>& condition) const;
    bool all_ready(const std::vector<std::string>& names) const;
    std::string resolve(supervised& one, const std::string& text);
    std::vector<std::string> arguments(supervised& one);
    net::udp::endpoint destination(supervised& from);
    net::udp::endpoint peer_address(supervised& from, const std::string& link_and_name);
    std::string all_peers(supervised& from, const std::string& link);
    std::optional<net::udp::endpoint> only_peer(supervised& one);
    supervised& find(const std::string& name);
    duration now() const;

    stage& stage_;
    run_record& record_;
    const scenario& scenario_;
    std::filesystem::path folder_;
    run_watcher* onlooker_;
    net::time_point start_;
    net::time_point limit_;
    std::vector<std::unique_ptr<supervised>> processes_;
    std::map<std::string, std::vector<supervised*>> called_; // by name, and by family
    std::list<net::timer*> waiters_;           // for something that is not of one process
    std::size_t directed_ = 0;                 // parts of the play that have not returned
    std::set<const process_fault*> triggered_; // by a packet or a line
    bool playing_ = true;                      // until all have ended that end by themselves
    bool ending_ = false;                      // nothing new starts
    struct family_turns {
        net::time_point begin; // when the first of them could have come
        std::vector<duration> times;
    };
    std::map<std::string, family_turns> turns_; // of clients with arrivals, by family
    std::size_t log_bytes_ = 0;                 // of the printed lines in the log
};

} // namespace badwire::harness
