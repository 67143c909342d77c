#include "harness/run/guest_actor.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "harness/run/command_process.hpp"
#include "impl/base/descriptor_limit.hpp"
#include "sim/guest/guest.hpp"

namespace badwire::harness {
namespace {

class guest_actor final : public actor {
public:
    guest_actor(sim::host& on, const launch& what, const guest_plan& plan, actor_watcher watcher)
        : host_(on), metrics_file_(what.metrics_file)
    {
        const auto how = std::ios::binary | (what.again ? std::ios::app : std::ios::trunc);
        const auto log = [&](std::ofstream& file, const char* ending,
                             std::function<void(std::string_view)> tell) {
            file.open(plan.logs / (what.spec->name + ending), how);
            return [this, &file, tell = std::move(tell)](std::string_view text) {
                file << text;
                if (!killed_ && tell) tell(text);
            };
        };
        guest::guest_options options;
        options.words = what.words;
        // The same mark in every run: guests end with their supervisor, and are not looked for.
        options.env = whole_environment(environment_of(what, "virtual"));
        // It looks for leaks by ptrace, which has been taken.
        if (std::ranges::none_of(options.env, [](const std::string& one) {
                return one.starts_with("LSAN_OPTIONS=");
            }))
            options.env.emplace_back("LSAN_OPTIONS=detect_leaks=0");
        options.folder = what.folder;
        options.seed = what.seed;
        options.names = plan.names;
        options.date = plan.date;
        // Numbers that no other guest of the run has: programs name files by them.
        constexpr unsigned numbers_each = 250, ranges = 120;
        options.first_number = static_cast<int>(numbers_each * (1 + plan.place % ranges));
        options.takes_input = !what.spec->input.empty();
        options.terminal = what.spec->terminal;
        options.output = log(output_, ".stdout", watcher.output);
        options.errors = log(errors_, ".stderr", watcher.errors);
        options.ended = [this, tell = watcher.ended](int status) {
            for (std::ofstream* one : {&output_, &errors_}) {
                one->close();
                if (!*one)
                    lost_output_ = "a log of what it prints could not be written: is the "
                                   "disk full?";
            }
            tell(exit_code(status));
        };
        options.gave_up = watcher.gave_up;
        const auto executable = find_executable(what.words.front());
        const auto told = [&](const std::string& why) {
            return fmt::format("cannot start {} in virtual time: {}", what.words.front(), why);
        };
        if (!executable) throw cannot_run(told("there is no such command"));
        options.executable = *executable;
        raise_descriptor_limit(); // each guest takes a few
        try {
            guest_ = std::make_unique<guest::guest>(host_, std::move(options));
        } catch (const std::system_error& failed) {
            if (const auto why = guest::why_no_guests(); !why.empty())
                throw net::failure(told(why));
            const auto lacks = {EMFILE, ENFILE, EAGAIN, ENOMEM}; // which is not its fault
            if (std::ranges::find(lacks, failed.code().value()) != lacks.end())
                throw net::failure(told(failed.what()));
            throw cannot_run(told(failed.what()));
        }
    }

    void type_line(const std::string& line) override { guest_->type(line + '\n'); }
    void end_input() override { guest_->end_input(); }
    void stop() override { guest_->signal(SIGTERM); }
    void kill() override
    {
        killed_ = true;
        host_.resume();
        guest_->kill();
    }
    void pause() override
    {
        paused_since_ = host_.in().now();
        host_.pause();
    }
    void resume() override { host_.resume(); }

    // Beside what it wrote: the requests that its connections were.
    measures measured() const override
    {
        json all = read_metrics(metrics_file_);
        const json seen = json::parse(guest_->requests());
        for (const auto& [name, value] : seen.items())
            if (!all.contains(name)) all[name] = value;
        return measures_of(std::move(all));
    }
    duration waited() const override { return duration(0); }
    void is_ready() override {}
    std::vector<std::pair<std::string, net::time_point>> waits_for() const override
    {
        std::vector<std::pair<std::string, net::time_point>> told;
        if (host_.paused()) told.emplace_back("being continued", paused_since_);
        for (const sim::waiting& one : guest_->waits_for()) told.emplace_back(one.what, one.since);
        return told;
    }
    std::string computes() const override { return guest_->computes(); }
    std::string depends_on_machine() const override { return guest_->depends_on_machine(); }
    std::string lost_output() const override { return lost_output_; }

private:
    sim::host& host_;
    std::filesystem::path metrics_file_;
    std::ofstream output_;
    std::ofstream errors_;
    std::string lost_output_;
    bool killed_ = false;
    net::time_point paused_since_{};
    std::unique_ptr<guest::guest> guest_;
};

} // namespace

std::unique_ptr<actor> start_guest(sim::host& on, const launch& what, const guest_plan& plan,
                                   actor_watcher watcher)
{
    return std::make_unique<guest_actor>(on, what, plan, std::move(watcher));
}

} // namespace badwire::harness
