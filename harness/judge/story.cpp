#include "harness/judge/story.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <ranges>
#include <set>

#include <fmt/ranges.h>

#include "harness/scenario/packet_names.hpp"
#include "impl/base/bytes.hpp"
#include "impl/base/printable.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

constexpr std::size_t words_bytes_max = 300; // of what a process said
constexpr std::size_t lines_max = 12;

// A time for people: to the microsecond.
std::string at_time(duration time)
{
    return format_duration(std::chrono::round<std::chrono::microseconds>(time));
}

bool was_cut_short(const process_record& one) { return one.stopped || one.killed || one.gave_up; }

// Whether it ended of its own, in a way that programs do not choose.
bool crashed(const process_record& one)
{
    if (was_cut_short(one) || !one.exit || *one.exit == 0) return false;
    const std::string_view said = one.errors.text;
    return !signal_of(one).empty() || said.find("Traceback (most recent call last)") != said.npos ||
           said.find("\npanic: ") != said.npos || said.starts_with("panic: ") ||
           said.find("Exception in thread \"") != said.npos;
}

bool was_refused(const process_record& one)
{
    const std::string_view reason = telling_line(one.errors.text);
    return std::ranges::any_of(
        std::array{"onnection refused", "ConnectionRefused", "ECONNREFUSED",
                   "refused the connection"},
        [&](const char* words) { return reason.find(words) != reason.npos; });
}

std::string ending_of(const process_record& one)
{
    const std::string signal = signal_of(one);
    return signal.empty() ? fmt::format("exit code {}", *one.exit) : signal;
}

std::string own_reason(const process_record& one)
{
    return printable(telling_line(one.errors.text), words_bytes_max);
}

// What to say of a process that did not end as it should: "client: no answer (exit code 1 at 2s)".
std::string failure_of(const process_record& one)
{
    const std::string reason = own_reason(one);
    if (!one.exit) return one.name + " never started";
    return fmt::format("{}{}: {}{} at {}{}", one.name, crashed(one) ? " crashed" : "",
                       reason.empty() ? "" : reason + " (", ending_of(one), at_time(one.ended),
                       reason.empty() ? "" : ")");
}

class teller {
public:
    explicit teller(const run_record& run) : run_(run), wires_(wires_of(*run.what)) {}

    run_story tell()
    {
        tell_cause();
        if (!concerned_.empty()) tell_words(*concerned_.front());
        tell_pending();
        tell_losses();
        for (const process_record* one : concerned_ | std::views::drop(1)) tell_words(*one);
        tell_expectations();
        for (const std::string& note : run_.notes) add({.text = note});
        if (story_.lines.size() > lines_max) story_.lines.resize(lines_max);
        return std::move(story_);
    }

private:
    void say(std::string kind, std::string headline)
    {
        story_.kind = std::move(kind);
        story_.headline = std::move(headline);
    }
    void add(story_line line) { story_.lines.push_back(std::move(line)); }

    void tell_cause()
    {
        if (run_.verdict == verdict::error)
            return say("harness", "The harness could not do its part: " + run_.message);
        if (run_.verdict == verdict::inconclusive)
            return say("inconclusive", "Nothing follows from this run: " + run_.message);
        find_failed();
        if (run_.time_limit_reached) return tell_timeout();
        if (!run_.deadlock.is_null()) return tell_deadlock();
        if (!run_.cut_short.empty()) return say("not_started", run_.cut_short);
        if (!concerned_.empty()) return tell_exit(*concerned_.front());
        const auto unmet = std::ranges::find(run_.judgements, false, &judgement::met);
        if (unmet != run_.judgements.end()) return tell_unmet(*unmet);
        if (!run_.vacuous.empty())
            return say("vacuous", fmt::format("The pass would prove nothing: {}",
                                              fmt::join(run_.vacuous, "; ")));
        say("harness", run_.message);
    }

    // Those that ended otherwise than expected: who crashed, then who failed by itself, then those who
    // were refused, each in the order of what they last said of it: ends are noted later.
    void find_failed()
    {
        std::set<std::string_view> failed; // by name: of a crowd all may have
        for (const judgement& one : run_.judgements)
            if (!one.met && one.about == concern::exit) failed.insert(one.process);
        for (const process_record& one : run_.processes)
            if (failed.contains(one.name)) concerned_.push_back(&one);
        std::map<std::string_view, std::size_t> last_said;
        for (std::size_t i = 0; i < run_.log.size(); ++i)
            if (run_.log[i].what == process_event::complains) last_said[run_.log[i].process] = i;
        for (std::size_t i = 0; i < run_.log.size(); ++i)
            if (run_.log[i].what == process_event::ends)
                last_said.try_emplace(run_.log[i].process, i);
        std::ranges::stable_sort(concerned_, {}, [&](const process_record* one) {
            const int rank = !one->exit ? 3 : crashed(*one) ? 0 : was_refused(*one) ? 2 : 1;
            return std::pair(rank, last_said[one->name]);
        });
    }

    void tell_timeout()
    {
        std::set<std::string_view> awaited;
        for (const process_spec& one : run_.what->processes)
            if (one.ends == ending::by_itself) awaited.insert(one.name);
        std::vector<std::string> late;
        for (const process_record& one : run_.processes)
            if (awaited.contains(one.name) && (one.stopped || !one.exit)) late.push_back(one.name);
        constexpr std::size_t named_max = 3;
        const std::size_t others = late.size() - std::min(late.size(), named_max);
        late.resize(late.size() - others);
        say("timeout", fmt::format("The time limit of {} was reached: {}{} had not ended",
                                   format_duration(run_.what->time_limit), fmt::join(late, ", "),
                                   others > 0 ? fmt::format(" and {} others", others) : ""));
        std::erase_if(concerned_, [](const process_record* one) { return was_cut_short(*one); });
        for (const process_record& one : run_.processes)
            if (one.stopped && !one.output.text.empty())
                add({story_line::source::process,
                     fmt::format("the last that it printed: {}", last_line(one)), one.name});
    }

    void tell_deadlock()
    {
        std::vector<std::string> waits;
        for (const pending_wait& one : run_.pending)
            waits.push_back(
                fmt::format("{} waits for {} since {}", one.process, one.what, at_time(one.since)));
        say("deadlock", fmt::format("Deadlock: no program can go on; {}", fmt::join(waits, ", ")));
        std::erase_if(concerned_, [](const process_record* one) { return was_cut_short(*one); });
    }

    void tell_exit(const process_record& one)
    {
        if (one.exit == 0)
            return say("exit", one.name + " ended well (exit code 0), and was expected to fail");
        say(crashed(one) ? "crash" : was_refused(one) ? "refused" : "exit", failure_of(one));
    }

    void tell_unmet(const judgement& one)
    {
        const std::string both =
            fmt::format("{}; {}", one.what, printable(one.detail, words_bytes_max));
        switch (one.about) {
        case concern::exit: break; // told by the process
        case concern::text: return say("wrong_output", "Expected: " + both);
        case concern::file: return say("wrong_file", "Expected: " + both);
        case concern::order: return say("wrong_order", "Wrong order; expected: " + both);
        case concern::strike:
            return say("damage_missing", "What was to be survived did not happen: " + both);
        case concern::recovery: return say("slow", "It did not recover in time; expected: " + both);
        case concern::metric: break;
        }
        if (one.missed_by) return say("slow", "Not in time; expected: " + both);
        say("metric", "Expected: " + both);
    }

    static std::string last_line(const process_record& one)
    {
        std::string_view text = one.output.text;
        while (text.ends_with('\n')) text.remove_suffix(1);
        const auto end = text.rfind('\n');
        return printable(text.substr(end == text.npos ? 0 : end + 1), words_bytes_max);
    }

    // What it said last of all; and that it failed, too, where it is not in the headline.
    void tell_words(const process_record& one)
    {
        if (&one != concerned_.front() || run_.time_limit_reached || !run_.deadlock.is_null())
            add({story_line::source::process, failure_of(one), one.name, one.ended});
        std::string_view said = one.errors.text;
        while (said.ends_with('\n')) said.remove_suffix(1);
        if (said.empty() && !one.output.text.empty())
            return add({story_line::source::process,
                        fmt::format("{} gave no reason; the last that it printed: {}", one.name,
                                    last_line(one)),
                        one.name, one.ended});
        if (std::ranges::count(said, '\n') == 0) return; // the headline has it
        constexpr int lines = 4;
        std::size_t from = said.size();
        for (int i = 0; i < lines && from != said.npos; ++i)
            from = from == 0 ? said.npos : said.rfind('\n', from - 1);
        add({story_line::source::process,
             printable_lines(said.substr(from == said.npos ? 0 : from + 1), words_bytes_max),
             one.name, one.ended});
    }

    // A deadlock's are in the headline.
    void tell_pending()
    {
        if (!run_.deadlock.is_null()) return;
        for (const pending_wait& one : run_.pending)
            add({story_line::source::process,
                 fmt::format("{} waits for {} since {}", one.process, one.what, at_time(one.since)),
                 one.process, one.since});
    }

    // What concerns the processes in trouble first. Of each flow the last packet, or the first where
    // nobody is in trouble: all went on after it.
    void tell_losses()
    {
        std::vector<const flow_losses*> order;
        for (const flow_losses& one : run_.lost) order.push_back(&one);
        std::ranges::stable_sort(order, std::greater(), [&](const flow_losses* one) {
            return std::pair(concerns(one->last), one->last.at);
        });
        const bool in_trouble = !concerned_.empty() || !run_.pending.empty();
        constexpr std::size_t flows_max = 4;
        for (const flow_losses* one : order | std::views::take(flows_max)) {
            const lost_packet& shown = in_trouble ? one->last : one->first;
            std::string text = told(shown);
            if (one->count > 1)
                text += fmt::format("; {} lost {} on this way, the {} at {}", shown.link,
                                    one->count, in_trouble ? "first" : "last",
                                    at_time((in_trouble ? one->first : one->last).at));
            add({.from = story_line::source::wire,
                 .text = std::move(text),
                 .at = shown.at,
                 .lost = shown});
        }
    }

    bool concerns(const lost_packet& one) const
    {
        const auto [from, to] = ends_of(one.flow, one.which, *run_.what);
        const auto is_either = [&, &from = from, &to = to](const std::string& name) {
            return name == from || name == to;
        };
        return std::ranges::any_of(concerned_,
                                   [&](const process_record* p) { return is_either(p->name); }) ||
               std::ranges::any_of(run_.pending,
                                   [&](const pending_wait& p) { return is_either(p.process); });
    }

    std::string way(const lost_packet& one) const
    {
        const auto [from, to] = ends_of(one.flow, one.which, *run_.what);
        return fmt::format("{} to {}", from.empty() ? "the group" : from,
                           to.empty() ? "the group" : to);
    }
    std::string told(const lost_packet& one) const
    {
        return fmt::format("{}, from {}, never arrived: {} at {}",
                           packet_words(as_bytes(one.contents), wires_, one.tcp), way(one), one.why,
                           at_time(one.at));
    }

    void tell_expectations()
    {
        for (const judgement& one : run_.judgements) {
            if (one.met || one.about == concern::exit) continue;
            const std::string text =
                fmt::format("expected: {}; {}", one.what, printable(one.detail, words_bytes_max));
            const bool in_headline = story_.headline.find(one.what) != std::string::npos;
            if (!in_headline) add({story_line::source::expected, text});
        }
    }

    const run_record& run_;
    const link::wire_tables wires_;
    std::vector<const process_record*> concerned_; // whose ends were not as expected
    run_story story_;
};

} // namespace

std::optional<run_story> story_of(const run_record& run)
{
    if (run.verdict == verdict::pass) return {};
    return teller(run).tell();
}

json to_json(const run_story& story)
{
    constexpr std::array sources{"process", "wire", "expectation", "harness"};
    json lines = json::array();
    for (const story_line& one : story.lines) {
        json line{{"source", sources.at(static_cast<std::size_t>(one.from))}, {"text", one.text}};
        if (!one.process.empty()) line["process"] = one.process;
        if (one.at) line["at_ms"] = to_ms(*one.at);
        if (one.lost)
            line.update({{"link", one.lost->link},
                         {"direction", link::to_string(one.lost->which)},
                         {"nth", one.lost->nth}});
        lines.push_back(std::move(line));
    }
    return {{"kind", story.kind}, {"headline", story.headline}, {"lines", std::move(lines)}};
}

} // namespace badwire::harness
