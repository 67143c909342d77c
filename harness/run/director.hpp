// director.hpp: plays a scenario on a stage: starts processes in their order, types into them,
// waits for their ends, stops the rest. One coroutine code for real and virtual time.
#pragma once

#include <filesystem>
#include <list>

#include "harness/run/stage.hpp"
#include "harness/run/supervised.hpp"

namespace badwire::harness {

class director {
public:
    /// `record` must have its scenario; it is filled in as the run goes.
    director(stage& where, run_record& record, std::filesystem::path folder);
    ~director();

    /// Plays the run to its end; throws nothing that a process could cause.
    void perform();

private:
    net::awaitable<void> direct_all();
    net::awaitable<void> direct(supervised& one);
    net::awaitable<void> type(supervised& one);
    net::awaitable<void> wait_until_ready(supervised& one);
    net::awaitable<bool> until(std::function<bool()> condition, net::time_point deadline);
    net::awaitable<void> end_everybody();

    std::string what_is_awaited() const;
    void seat_group();
    void begin(supervised& one);
    void found_at(supervised& one, const net::asio::ip::address& where);
    void note_who_stays();
    void heard(supervised& one, std::string_view text, bool error);
    void forget_old_lines();
    void ended(supervised& one, int exit);
    void fail(const std::string& why);    // of the programs
    void give_up(const std::string& why); // of the harness
    void changed();
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
    net::time_point start_;
    net::time_point limit_;
    std::vector<std::unique_ptr<supervised>> processes_;
    std::list<net::timer*> waiters_;
    std::size_t directed_ = 0;  // processes whose direct() has not returned
    bool ending_ = false;       // nothing new starts
    std::size_t log_bytes_ = 0; // of the printed lines in the log
};

} // namespace badwire::harness
