// The stage of virtual time: badwire's programs are coroutines of one world, commands its guests.
#include <algorithm>
#include <iterator>

#include <boost/asio/co_spawn.hpp>

#include "harness/run/guest_actor.hpp"
#include "harness/run/link_observers.hpp"
#include "harness/run/run_folder.hpp"
#include "harness/run/stage.hpp"
#include "harness/run/transparent_links.hpp"
#include "impl/apps/shared/program.hpp"
#include "impl/real/disk_files.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/virtual/multicast_hub.hpp"
#include "sim/virtual/virtual_link.hpp"
#include "sim/virtual/virtual_network.hpp"

namespace badwire::harness {
namespace {

class virtual_actor final : public actor {
public:
    virtual_actor(sim::world& in, const launch& what, actor_watcher watcher)
        : program_(*apps::find_program(what.spec->program)),
          words_(what.words),
          files_(what.folder),
          network_(in, files_, what.seed, unless_killed(watcher.output),
                   unless_killed(watcher.errors))
    {
        network_.side().set_clock({what.spec->clock_skew, what.spec->clock_drift});
        if (what.spec->input.empty()) network_.console().end_input(); // as /dev/null is
        net::asio::co_spawn(network_.get_executor(), apps::run_program(program_, words_, network_),
                            [this, watcher](std::exception_ptr problem, int exit) {
                                constexpr int aborted = 134; // as after SIGABRT
                                constexpr int killed = 137;  // as after SIGKILL
                                watcher.ended(killed_ ? killed : problem ? aborted : exit);
                            });
    }

    void type_line(const std::string& line) override { network_.console().type_line(line); }
    void end_input() override { network_.console().end_input(); }
    void stop() override
    {
        if (!network_.request_end()) network_.stop();
    }
    // It unwinds at once, and unseen.
    void kill() override
    {
        killed_ = true;
        network_.side().resume();
        network_.stop();
    }
    void pause() override
    {
        paused_since_ = network_.now();
        network_.side().pause();
    }
    void resume() override { network_.side().resume(); }

    const sim::host& side() const { return network_.side(); }

    measures measured() const override
    {
        const net::metrics& of = network_.metrics();
        measures all{.numbers = json::parse(of.numbers_json())};
        const auto seen = [](const std::vector<net::request>& requests) {
            std::vector<seen_request> list;
            list.reserve(requests.size());
            for (const net::request& one : requests)
                list.push_back({one.client, one.begin.time_since_epoch().count(),
                                one.end.time_since_epoch().count()});
            return list;
        };
        all.made = seen(of.made());
        all.served = seen(of.served());
        return all;
    }
    duration waited() const override { return duration(0); }
    void is_ready() override {}
    std::vector<std::pair<std::string, net::time_point>> waits_for() const override
    {
        std::vector<std::pair<std::string, net::time_point>> told;
        if (network_.side().paused()) told.emplace_back("being continued", paused_since_);
        for (const sim::waiting& one : network_.waits_for()) told.emplace_back(one.what, one.since);
        return told;
    }
    std::string lost_output() const override { return {}; }

private:
    sim::virtual_console::watcher unless_killed(sim::virtual_console::watcher tell)
    {
        return [this, tell = std::move(tell)](std::string_view text) {
            if (!killed_) tell(text);
        };
    }

    bool killed_ = false;
    net::time_point paused_since_{};
    const apps::program& program_;
    std::vector<std::string> words_;
    net::disk_files files_;
    sim::virtual_network network_;
};

class virtual_stage final : public stage {
public:
    explicit virtual_stage(const stage_options& options)
        : options_(options),
          files_(options.folder),
          observers_(options_, {.epoch = {}, .file = {.own_thread = false}}),
          network_(world_, files_, options.seed, {}, {}),
          between_(world_, *options.what, links_)
    {
        const auto is_command = [](const process_spec& one) { return one.program.empty(); };
        if (std::ranges::any_of(options.what->processes, is_command))
            world_.set_neighbourhood(&between_);
        for (const process_spec& one : options.what->processes) names_.push_back(one.name);
        if (options.interleaving > 0) {
            constexpr unsigned swaps = 3;
            world_.reorder(process_seed(options.seed, std::to_string(options.interleaving)), swaps);
            network_.side().set_watched(false); // the harness' own order is no matter
        }
        for (const auto& [name, asked] : options.what->links)
            links_.emplace(name, std::make_unique<sim::virtual_link>(world_, name, options.seed,
                                                                     asked, observers_.of(name),
                                                                     bottlenecks_.of(asked)));
    }

    net::network& network() override { return network_; }
    net::timer make_idle_timer() override { return network_.make_idle_timer(); }
    void on_deadlock(std::function<void()> tell) override { world_.on_deadlock(std::move(tell)); }

    void on_packet(packet_trigger trigger) override { observers_.add(trigger); }

    std::vector<flow_losses> losses() const override { return observers_.losses(); }

    std::unique_ptr<actor> start(const launch& what, actor_watcher watcher) override
    {
        if (what.spec->program.empty()) {
            sim::host& side = world_.make_host();
            side.set_clock({what.spec->clock_skew, what.spec->clock_drift});
            between_.add(side, *what.spec);
            return start_guest(side, what,
                               {options_.folder, names_, commands_++, options_.what->date},
                               std::move(watcher));
        }
        auto started = std::make_unique<virtual_actor>(world_, what, std::move(watcher));
        between_.add(started->side(), *what.spec);
        return started;
    }

    std::uint16_t lease_port() override { return next_lease_++; }

    bool has_entrances() const override { return true; }

    std::optional<net::asio::ip::address> bound_at(const process_spec&, std::uint16_t port) override
    {
        if (!world_.bound(port)) return {};
        return net::asio::ip::address_v4::loopback();
    }

    net::udp::endpoint open_link(const std::string& link, const net::udp::endpoint& upstream,
                                 const std::string& flow) override
    {
        return links_.at(link)->open(upstream, flow);
    }

    void join_entrances(const std::string& link, const net::udp::endpoint& there,
                        const net::udp::endpoint& back) override
    {
        links_.at(link)->join(there, back);
    }

    void link_groups(const std::vector<group_seat>& seats) override
    {
        hub_.emplace(world_);
        for (const auto& seat : seats)
            hub_->add(seat.process, seat.group,
                      seat.link.empty() ? nullptr : links_.at(seat.link).get());
    }

    json link_results() override
    {
        json results = json::object();
        for (const auto& [name, link] : links_) {
            const sim::virtual_lane& up = link->along(link::direction::up);
            const sim::virtual_lane& down = link->along(link::direction::down);
            json entry = link_result(options_.what->links.at(name), up.decisions(), up.delays(),
                                     down.decisions(), down.delays());
            entry["flows"] = link::flows_json(up.decisions(), down.decisions());
            results[name] = std::move(entry);
        }
        return results;
    }

    duration waited() const override { return duration(0); }

    void perform(std::function<net::awaitable<void>()> play,
                 std::function<void(const std::string&)> cancel) override
    {
        std::exception_ptr problem, failed;
        net::asio::co_spawn(world_.get_executor(), play(),
                            [&](std::exception_ptr thrown) { problem = thrown; });
        constexpr std::uint64_t events_between_looks = 10'000;
        constexpr std::uint64_t with_guests = 100; // each may compute for long
        bool cancel_told = false;
        const auto tell = [&](const std::string& why) {
            if (!std::exchange(cancel_told, true)) cancel(why);
        };
        for (bool more = true; more;) {
            try {
                more = world_.run(commands_ > 0 ? with_guests : events_between_looks);
            } catch (const sim::stuck& error) {
                if (cancel_told) throw;
                tell(error.what());
            } catch (const std::exception& error) { // what has begun still comes to its end
                if (std::exchange(failed, std::current_exception())) throw;
                tell(error.what());
            }
            if (options_.cancelled && *options_.cancelled) tell("cancelled");
        }
        if (failed) problem = failed;
        if (problem) std::rethrow_exception(problem);
        observers_.close();
    }

private:
    stage_options options_;
    sim::world world_;
    net::disk_files files_;
    link_observers observers_;
    sim::virtual_network network_;
    link::shared_bottlenecks bottlenecks_;
    std::map<std::string, std::unique_ptr<sim::virtual_link>> links_;
    transparent_links between_;
    std::vector<std::string> names_; // of processes
    std::optional<sim::multicast_hub> hub_;
    unsigned commands_ = 0; // that have started
    std::uint16_t next_lease_ = 20000;
};

} // namespace

std::unique_ptr<stage> make_virtual_stage(const stage_options& options)
{
    return std::make_unique<virtual_stage>(options);
}

} // namespace badwire::harness
