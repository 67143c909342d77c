// real_stage.hpp: what the stages of real processes have in common: starting them, and waiting for
// them. What is between them, the derived class knows.
#pragma once

#include <boost/asio/io_context.hpp>

#include "harness/run/child.hpp"
#include "harness/run/link_observers.hpp"
#include "harness/run/stage.hpp"
#include "impl/real/real_network.hpp"

namespace badwire::harness {

class real_actor final : public actor {
public:
    real_actor(boost::asio::io_context& context, const child_options& options,
               std::filesystem::path metrics_file, actor_watcher watcher);

    void type_line(const std::string& line) override { child_.write(line + '\n'); }
    void end_input() override { child_.close_input(); }
    void stop() override;
    void kill() override;
    void pause() override;
    void resume() override;

    measures measured() const override;
    duration waited() const override { return child_.waited(); }
    void is_ready() override { child_.start_waiting_over(); }
    void look() { child_.look(); }
    std::string lost_output() const override { return child_.lost_output(); }
    int pid() const { return child_.pid(); }

private:
    std::filesystem::path metrics_file_;
    child child_;
};

class real_stage : public stage {
public:
    explicit real_stage(const stage_options& options);
    ~real_stage() override;

    net::network& network() override { return network_; }
    void on_packet(packet_trigger trigger) override { observers_.add(trigger); }
    std::vector<flow_losses> losses() const override { return observers_.losses(); }
    std::unique_ptr<actor> start(const launch& what, actor_watcher watcher) override;
    duration waited() const override { return waited_; }
    void perform(std::function<net::awaitable<void>()> play,
                 std::function<void(const std::string&)> cancel) override;

protected:
    /// The words of a command become those that run it here.
    virtual std::vector<std::string> to_run(const launch& what, std::vector<std::string> command)
    {
        static_cast<void>(what);
        return command;
    }
    virtual void started(const launch& what, const real_actor& as)
    {
        static_cast<void>(what), static_cast<void>(as);
    }
    /// The play is over: nothing is carried any more.
    virtual void close_links() = 0;

    stage_options options_;
    boost::asio::io_context context_{1};
    link_observers observers_;

private:
    void look_at_actors();

    net::real_network network_;
    std::vector<real_actor*> actors_;
    std::chrono::steady_clock::time_point next_look_{};
    std::string mark_;   // of the processes started here
    duration waited_{0}; // for a core
};

} // namespace badwire::harness
