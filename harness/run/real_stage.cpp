// The stage of real processes: direct over loopback, or through relays.
#include <algorithm>
#include <csignal>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/ranges.h>
#include <unistd.h>

#include "harness/run/child.hpp"
#include "harness/run/command_process.hpp"
#include "harness/run/guard.hpp"
#include "harness/run/link_observers.hpp"
#include "harness/run/ports.hpp"
#include "harness/run/run_folder.hpp"
#include "harness/run/stage.hpp"
#include "impl/real/real_network.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/link/options_json.hpp"
#include "sim/relay/multicast_hub.hpp"
#include "sim/relay/state_json.hpp"

namespace badwire::harness {
namespace {

constexpr auto cancel_poll_interval = std::chrono::milliseconds(50);

class real_actor final : public actor {
public:
    real_actor(boost::asio::io_context& context, child_options options,
               std::filesystem::path metrics_file, actor_watcher watcher)
        : metrics_file_(std::move(metrics_file)), child_(context, options, std::move(watcher))
    {
    }

    void type_line(const std::string& line) override { child_.write(line + '\n'); }
    void end_input() override { child_.close_input(); }
    void stop() override { child_.signal(SIGTERM); }
    void kill() override { child_.signal(SIGKILL); }
    void pause() override { child_.signal(SIGSTOP); }
    void resume() override { child_.signal(SIGCONT); }

    measures measured() const override { return measures_of(read_metrics(metrics_file_)); }

    duration waited() const override { return child_.waited(); }
    void is_ready() override { child_.start_waiting_over(); }
    void look() { child_.look(); }
    std::string lost_output() const override { return child_.lost_output(); }

private:
    std::filesystem::path metrics_file_;
    child child_;
};

class real_stage final : public stage {
public:
    explicit real_stage(const stage_options& options)
        : options_(options),
          observers_(options_, {}),
          network_(context_, options.folder, options.seed)
    {
        // All at once: their schedules count from the run's start.
        if (options.network == network_kind::relay)
            for (const auto& [name, asked] : options.what->links) make_relay(name);
    }

    ~real_stage() override
    {
        if (!mark_.empty()) kill_marked(mark_, std::chrono::seconds(2));
    }

    net::network& network() override { return network_; }
    void on_packet(packet_trigger trigger) override { observers_.add(trigger); }
    std::vector<flow_losses> losses() const override { return observers_.losses(); }

    std::unique_ptr<actor> start(const launch& what, actor_watcher watcher) override
    {
        child_options child;
        if (what.spec->program.empty()) child.command = what.words;
        else {
            child.command = {badwire_executable().string(), "exec", what.spec->program};
            child.command.insert(child.command.end(), what.words.begin(), what.words.end());
            if (std::find(what.words.begin(), what.words.end(), "--metrics") == what.words.end())
                child.command.insert(child.command.end(),
                                     {"--metrics", what.metrics_file.string()});
        }
        mark_ = options_.mark;
        child.env = environment_of(what, mark_);
        child.folder = what.folder;
        child.append_logs = what.again;
        child.output_log = options_.folder / (what.spec->name + ".stdout");
        child.error_log = options_.folder / (what.spec->name + ".stderr");
        child.takes_input = !what.spec->input.empty();
        child.terminal = what.spec->terminal;
        auto started = std::make_unique<real_actor>(context_, std::move(child), what.metrics_file,
                                                    std::move(watcher));
        actors_.push_back(started.get());
        return started;
    }

    std::uint16_t lease_port() override { return leases_.take(); }
    std::optional<net::asio::ip::address> bound_at(std::uint16_t port) override
    {
        return harness::bound_at(port);
    }

    net::udp::endpoint open_link(const std::string& name, const net::udp::endpoint& upstream,
                                 const std::string& flow) override
    {
        return relay_of(name).open(
            {upstream.address().is_v6()
                 ? net::asio::ip::address(net::asio::ip::address_v6::loopback())
                 : net::asio::ip::address_v4::loopback(),
             0},
            upstream, flow);
    }

    void join_entrances(const std::string& name, const net::udp::endpoint& there,
                        const net::udp::endpoint& back) override
    {
        relay_of(name).join(there, back);
    }

    void link_groups(const std::vector<group_seat>& seats) override
    {
        hub_ = std::make_unique<relay::multicast_hub>(context_);
        for (const auto& seat : seats)
            hub_->add(seat.process, seat.group, seat.link.empty() ? nullptr : &relay_of(seat.link));
    }

    relay::relay& relay_of(const std::string& name) { return *relays_.at(name); }

    json link_results() override
    {
        json results = json::object();
        for (const auto& [name, relay] : relays_) {
            using link::direction;
            json entry =
                link_result(options_.what->links.at(name), relay->decisions(direction::up),
                            relay->delays(direction::up), relay->decisions(direction::down),
                            relay->delays(direction::down));
            entry["flows"] = link::flows_json(relay->decisions(direction::up),
                                              relay->decisions(direction::down));
            entry["lateness_ms"] = relay::to_json(relay->how_late());
            if (const auto lost = relay->dropped_by_kernel()) entry["dropped_by_kernel"] = lost;
            results[name] = std::move(entry);
        }
        return results;
    }

    duration waited() const override { return waited_; }

    void perform(std::function<net::awaitable<void>()> play,
                 std::function<void(const std::string&)> cancel) override
    {
        const auto waited_before = waited_by_this_thread();
        std::exception_ptr problem;
        bool done = false;
        boost::asio::co_spawn(context_, play(), [&](std::exception_ptr thrown) {
            problem = thrown;
            done = true;
        });
        boost::asio::steady_timer watch(context_);
        bool cancel_told = false;
        std::function<void()> look = [&] {
            if (done) return;
            if (options_.cancelled && *options_.cancelled && !std::exchange(cancel_told, true))
                cancel("cancelled");
            look_at_actors();
            watch.expires_after(cancel_poll_interval);
            watch.async_wait([&](net::error_code failed) {
                if (!failed) look();
            });
        };
        look();
        while (!done) context_.run_one();
        watch.cancel();
        if (hub_) hub_->close();
        for (const auto& [name, relay] : relays_) relay->close();
        observers_.close();
        waited_ = waited_by_this_thread() - waited_before;
        if (problem) std::rethrow_exception(problem);
    }

private:
    void make_relay(const std::string& name)
    {
        relay::relay_options options;
        options.name = name;
        options.seed = options_.seed;
        options.link = options_.what->links.at(name);
        options.time_all = true;
        options.shared = bottlenecks_.of(options.link);
        options.start = start_;
        const link::witnesses seen_by = observers_.of(name);
        options.trace = seen_by.trace;
        options.watcher = seen_by.watcher;
        relays_.emplace(name, std::make_unique<relay::relay>(context_, std::move(options)));
    }

    // Threads and descendants that have ended can no longer be asked how long they waited. Takes at
    // most a fiftieth of the time, however many there are.
    void look_at_actors()
    {
        constexpr int rarely = 50;
        const auto now = std::chrono::steady_clock::now();
        if (now < next_look_) return;
        for (real_actor* one : actors_) one->look();
        const auto done = std::chrono::steady_clock::now();
        next_look_ = done + rarely * (done - now);
    }

    stage_options options_;
    boost::asio::io_context context_{1};
    link_observers observers_;
    net::real_network network_;
    port_leases leases_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    link::shared_bottlenecks bottlenecks_;
    std::map<std::string, std::unique_ptr<relay::relay>> relays_;
    std::unique_ptr<relay::multicast_hub> hub_;
    std::vector<real_actor*> actors_;
    std::chrono::steady_clock::time_point next_look_{};
    std::string mark_;   // of the processes started here
    duration waited_{0}; // for a core
};

} // namespace

std::unique_ptr<stage> make_real_stage(const stage_options& options)
{
    return std::make_unique<real_stage>(options);
}

json link_result(const link::link_options& asked, const link::lane& up,
                 const link::delay_statistics& up_delays, const link::lane& down,
                 const link::delay_statistics& down_delays)
{
    const auto told = [](const link::impairments& first, const std::vector<link::change>& changes,
                         const link::lane& along, const link::delay_statistics& delays) {
        auto made = link::direction_json(first, !changes.empty(), along.count(), delays);
        made.update(link::strikes_json(along.struck(), first, changes));
        return made;
    };
    return {{"asked", link::to_json(asked)},
            {"up", told(asked.up, asked.up_changes, up, up_delays)},
            {"down", told(asked.down, asked.down_changes, down, down_delays)}};
}

} // namespace badwire::harness
