#include "harness/grade/grading.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <list>
#include <optional>
#include <tuple>

#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

#include "harness/grade/rule_runs.hpp"
#include "harness/run/run_folder.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

// A worker at work: what it has told so far. What it has not told when it ends has failed.
struct activity {
    activity(const rubric& by, assignment given, std::size_t number)
        : work(std::move(given)), place(number), outcomes(by.rules.size())
    {
        for (std::size_t i = 0; i < by.rules.size(); ++i) {
            outcomes[i].runs = runs_of(by.rules[i], work.meets());
            outcomes[i].reasons = {"it was ended before this rule was done"};
        }
    }

    assignment work;
    std::size_t place; // among all there are
    bool over = false;
    temporary_folder folder;
    worker at{};
    steady_clock::time_point deadline{};
    std::string unread;
    std::size_t bytes = 0;
    std::string build_failure;
    std::vector<rule_outcome> outcomes;
};

// Its own limits end a worker's rules; this is for one that does not heed them.
duration patience(const rubric& by, const assignment& work)
{
    const auto rules = static_cast<std::int64_t>(work.rules.size());
    return by.submission.build_time_limit * static_cast<std::int64_t>(work.folders.size()) +
           by.reference.build_time_limit + by.limits.rule_time * rules + std::chrono::seconds(30);
}

void take_line(activity& of, std::string_view line, const rubric& by)
{
    try {
        worker_line told = read_line(line, by, of.work);
        if (told.build_failure) of.build_failure = std::move(*told.build_failure);
        else of.outcomes.at(told.rule) = std::move(told.outcome);
    } catch (const std::exception& error) {
        for (rule_outcome& one : of.outcomes)
            if (one.entries.empty()) {
                one.error = error.what();
                one.reasons.clear();
            }
    }
}

// Takes what has come. False: that was all.
bool take_output(activity& of, const rubric& by)
{
    constexpr std::size_t bytes_max = std::size_t{256} << 20;
    std::array<char, 65536> block{};
    const ssize_t length = ::read(of.at.output, block.data(), block.size());
    if (length < 0) return errno == EINTR;
    of.unread.append(block.data(), static_cast<std::size_t>(length));
    of.bytes += static_cast<std::size_t>(length);
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = of.unread.find('\n', begin)) != std::string::npos;
         begin = end + 1)
        take_line(of, std::string_view(of.unread).substr(begin, end - begin), by);
    of.unread.erase(0, begin);
    return length > 0 && of.bytes < bytes_max;
}

// Workers that go on beside each other; each that is done is told of.
class worker_crew {
public:
    worker_crew(const rubric& by, const grading_options& options, bool confined)
        : rubric_(by), options_(options), confined_(confined)
    {
    }
    ~worker_crew()
    {
        for (activity& one : active_) end_worker(one.at);
    }
    worker_crew(const worker_crew&) = delete;
    worker_crew& operator=(const worker_crew&) = delete;

    template <typename Done>
    void work(std::vector<assignment> all, Done done)
    {
        for (std::size_t next = 0; !cancelled() && (next < all.size() || !active_.empty());) {
            for (; next < all.size() && active_.size() < options_.jobs; ++next)
                begin(std::move(all[next]), next);
            wait();
            for (activity& one : active_)
                if (one.over) {
                    end_worker(one.at);
                    done(one);
                }
            std::erase_if(active_, [](const activity& one) { return one.over; });
        }
    }

private:
    bool cancelled() const { return options_.cancelled != nullptr && *options_.cancelled; }

    void begin(assignment work, std::size_t place)
    {
        activity& one = active_.emplace_back(rubric_, std::move(work), place);
        const confinement how{.folder = one.folder.path(),
                              .hidden = options_.hidden,
                              .memory_bytes = rubric_.limits.memory_bytes,
                              .disk_bytes = rubric_.limits.disk_bytes,
                              .processes = rubric_.limits.processes,
                              .number = place};
        one.at = start_worker(how, confined_, task_of(rubric_, one.work));
        one.deadline = steady_clock::now() + patience(rubric_, one.work);
    }

    void wait()
    {
        std::vector<pollfd> all;
        auto until = steady_clock::time_point::max();
        for (const activity& one : active_) {
            all.push_back({one.at.output, POLLIN, 0});
            until = std::min(until, one.deadline);
        }
        constexpr std::int64_t longest = 1000; // ms: a signal may come just before
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now()).count();
        const int ready = ::poll(all.data(), all.size(),
                                 static_cast<int>(std::clamp<std::int64_t>(left, 0, longest)));
        auto seen = all.begin();
        for (activity& one : active_) {
            if (ready > 0 && seen->revents != 0) one.over = !take_output(one, rubric_);
            one.over |= steady_clock::now() >= one.deadline;
            ++seen;
        }
    }

    const rubric& rubric_;
    const grading_options& options_;
    bool confined_;
    std::list<activity> active_;
};

confinement confinement_of_nothing(const rubric& by, const temporary_folder& folder)
{
    return {.folder = folder.path(),
            .memory_bytes = by.limits.memory_bytes,
            .disk_bytes = by.limits.disk_bytes,
            .processes = by.limits.processes};
}

} // namespace

std::vector<submission> find_submissions(const fs::path& all)
{
    std::error_code failed;
    std::vector<submission> found;
    for (auto it = fs::directory_iterator(all, failed); !failed && it != fs::directory_iterator();
         it.increment(failed)) {
        const std::string name = it->path().filename();
        if (!name.starts_with('.') && it->is_directory() && !it->is_symlink())
            found.push_back({name, it->path()});
    }
    if (failed)
        throw net::failure(fmt::format("cannot read {}: {}; expected a folder with a folder for "
                                       "each submission",
                                       all.string(), failed.message()));
    std::ranges::sort(found, {}, &submission::name);
    return found;
}

grader::grader(const rubric& by, const grading_options& options) : rubric_(by), options_(options)
{
    const temporary_folder folder;
    why_not_confined_ = harness::why_not_confined(confinement_of_nothing(by, folder));
}

std::vector<submission_grade> grader::grade(const std::vector<submission>& all, const watcher& tell)
{
    assignment every;
    for (std::size_t i = 0; i < rubric_.rules.size(); ++i) every.rules.push_back(i);
    std::vector<assignment> work;
    for (const submission& one : all) {
        work.push_back(every);
        work.back().folders = {one.folder};
    }
    std::vector<std::optional<submission_grade>> made(all.size());
    worker_crew(rubric_, options_, why_not_confined_.empty())
        .work(std::move(work), [&](activity& one) {
            made[one.place] =
                graded(rubric_, all[one.place].name, one.build_failure, std::move(one.outcomes));
            tell(*made[one.place]);
        });
    std::vector<submission_grade> grades;
    for (auto& one : made)
        if (one) grades.push_back(std::move(*one));
    return grades;
}

std::vector<meeting> grader::meet(const std::vector<submission>& all,
                                  const std::function<void(const meeting&)>& tell)
{
    std::vector<std::size_t> rules;
    for (std::size_t i = 0; i < rubric_.rules.size(); ++i) {
        const auto& scenarios = rubric_.rules[i].scenarios;
        if (std::ranges::all_of(scenarios,
                                [](const scenario& what) { return has_two_sides(what); }))
            rules.push_back(i);
    }
    std::vector<assignment> work;
    for (const submission& client : all)
        for (const submission& server : all)
            work.push_back({.folders = {client.folder, server.folder}, .rules = rules});
    std::vector<meeting> made;
    worker_crew(rubric_, options_, why_not_confined_.empty())
        .work(std::move(work), [&](activity& one) {
            for (const std::size_t rule : rules) {
                made.push_back({one.place / all.size(), one.place % all.size(), rule,
                                std::move(one.outcomes[rule])});
                tell(made.back());
            }
        });
    std::ranges::sort(
        made, {}, [](const meeting& one) { return std::tuple(one.client, one.server, one.rule); });
    return made;
}

} // namespace badwire::harness
