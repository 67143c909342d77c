#include "harness/run/real_stage.hpp"

#include <algorithm>
#include <csignal>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "harness/run/command_process.hpp"
#include "harness/run/guard.hpp"
#include "harness/run/run_folder.hpp"
#include "sim/link/counters_json.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::harness {
namespace {

constexpr auto cancel_poll_interval = std::chrono::milliseconds(50);

} // namespace

real_actor::real_actor(boost::asio::io_context& context, const child_options& options,
                       std::filesystem::path metrics_file, actor_watcher watcher)
    : metrics_file_(std::move(metrics_file)), child_(context, options, std::move(watcher))
{
}

void real_actor::stop() { child_.signal(SIGTERM); }
void real_actor::kill() { child_.signal(SIGKILL); }
void real_actor::pause() { child_.signal(SIGSTOP); }
void real_actor::resume() { child_.signal(SIGCONT); }

measures real_actor::measured() const { return measures_of(read_metrics(metrics_file_)); }

real_stage::real_stage(const stage_options& options)
    : options_(options), observers_(options_, {}), network_(context_, options.folder, options.seed)
{
}

real_stage::~real_stage()
{
    if (!mark_.empty()) kill_marked(mark_, std::chrono::seconds(2));
}

std::unique_ptr<actor> real_stage::start(const launch& what, actor_watcher watcher)
{
    std::vector<std::string> command;
    if (!what.spec->program.empty())
        command = {badwire_executable().string(), "exec", what.spec->program};
    command.insert(command.end(), what.words.begin(), what.words.end());
    if (!what.spec->program.empty() &&
        std::find(what.words.begin(), what.words.end(), "--metrics") == what.words.end())
        command.insert(command.end(), {"--metrics", what.metrics_file.string()});
    mark_ = options_.mark;
    child_options child;
    child.command = to_run(what, std::move(command));
    child.env = environment_of(what, mark_);
    child.folder = what.folder;
    child.append_logs = what.again;
    child.output_log = options_.folder / (what.spec->name + ".stdout");
    child.error_log = options_.folder / (what.spec->name + ".stderr");
    child.takes_input = !what.spec->input.empty();
    child.terminal = what.spec->terminal;
    auto made =
        std::make_unique<real_actor>(context_, child, what.metrics_file, std::move(watcher));
    actors_.push_back(made.get());
    started(what, *made);
    return made;
}

void real_stage::perform(std::function<net::awaitable<void>()> play,
                         std::function<void(const std::string&)> cancel)
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
    close_links();
    observers_.close();
    waited_ = waited_by_this_thread() - waited_before;
    if (problem) std::rethrow_exception(problem);
}

// Threads and descendants that have ended can no longer be asked how long they waited. Takes at
// most a fiftieth of the time, however many there are.
void real_stage::look_at_actors()
{
    constexpr int rarely = 50;
    const auto now = std::chrono::steady_clock::now();
    if (now < next_look_) return;
    for (real_actor* one : actors_) one->look();
    const auto done = std::chrono::steady_clock::now();
    next_look_ = done + rarely * (done - now);
}

json link_result(const link::link_options& asked, const link::lane& up,
                 const link::delay_statistics& up_delays, const link::lane& down,
                 const link::delay_statistics& down_delays)
{
    const auto told = [](const link::impairments& first, const std::vector<link::change>& changes,
                         const link::lane& along, const link::delay_statistics& delays) {
        auto made = link::direction_json(first, !changes.empty(), along.count(), delays);
        const link::strikes struck = along.struck();
        made.update(link::strikes_json(struck, first, changes));
        if (struck.connections > 0) made["tcp"] = link::to_json(along.streams());
        if (along.partitions().known())
            made["partitions"] = link::partitions_json(along.partitions());
        return made;
    };
    return {{"asked", link::to_json(asked)},
            {"up", told(asked.up, asked.up_changes, up, up_delays)},
            {"down", told(asked.down, asked.down_changes, down, down_delays)}};
}

} // namespace badwire::harness
