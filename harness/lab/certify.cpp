#include "harness/lab/certify.hpp"

#include <algorithm>
#include <mutex>

#include <fmt/format.h>

#include "harness/lab/parallel.hpp"
#include "harness/version.hpp"
#include "impl/base/mistake.hpp"
#include "impl/base/units.hpp"
#include "impl/net/network.hpp"

namespace badwire::harness {
namespace {

// One fault of a pattern, small: there are many patterns.
struct choice {
    std::size_t place; // of the packet, in the order in which links met them
    std::uint64_t nth; // in its direction
    std::uint32_t link;
    std::uint16_t action;
    link::direction which;
};

struct fault_pattern {
    std::vector<choice> choices;
    std::uint64_t arrivals = 0; // of the run without the last choice
};

class certifier {
public:
    certifier(const scenario& what, const certify_options& options)
        : options_(options), lab_(options.cancelled)
    {
        made_.base = without_chance(what, 0.5, &made_.left_out);
        for (const auto& [name, link] : made_.base.links) links_.push_back(name);
    }

    certificate run()
    {
        keep_what_is_met();
        std::vector<fault_pattern> level{fault_pattern{}};
        for (std::size_t faults = 0; !level.empty(); ++faults) {
            known_ += level.size();
            std::vector<fault_pattern> next;
            if (!run_level(level, faults < options_.at_most ? &next : nullptr)) return made_;
            level = std::move(next);
        }
        made_.complete = true;
        made_.patterns = count_patterns(options_.first, options_.actions.size(), options_.at_most);
        return made_;
    }

private:
    // An expectation that even a perfect network does not meet, such as a retransmission, says
    // nothing of faults.
    void keep_what_is_met()
    {
        scenario& base = made_.base;
        std::vector<expectation> met;
        json asked = json::array();
        for (std::size_t i = 0; i < base.expectations.size(); ++i) {
            scenario alone = base;
            alone.expectations = {base.expectations[i]};
            const run_record run = lab_.run(alone, options_.seed);
            const json& written = base.asked["expect"][i];
            if (run.verdict == verdict::pass || run.judgements.empty() ||
                run.judgements.front().met) {
                met.push_back(base.expectations[i]);
                asked.push_back(written);
            } else {
                made_.not_expected.push_back(written);
            }
        }
        base.expectations = std::move(met);
        if (base.asked.contains("expect")) base.asked["expect"] = std::move(asked);
        const trial clean = lab_.observe(base, options_.seed);
        if (clean.record.verdict != verdict::pass)
            throw net::failure(
                fmt::format("{} fails without any fault: {}", base.file, clean.record.message));
        if (clean.packets.empty())
            throw net::failure(fmt::format("no datagram goes over a link in {}: faults of packets "
                                           "are all that can be certified against",
                                           base.file));
        made_.packets = clean.packets.size();
    }

    // In chunks, so that the first counterexample is the same whatever the number of threads. False:
    // it is over.
    bool run_level(const std::vector<fault_pattern>& level, std::vector<fault_pattern>* next)
    {
        constexpr std::size_t chunk = 256;
        for (std::size_t begin = 0; begin < level.size(); begin += chunk) {
            const std::size_t count = std::min(chunk, level.size() - begin);
            std::vector<std::vector<fault_pattern>> children(count);
            std::vector<std::string> kinds(count);
            in_parallel(options_.jobs, count, [&](std::size_t i) {
                kinds[i] = run_one(level[begin + i], next ? &children[i] : nullptr);
            });
            if (options_.cancelled && *options_.cancelled) return false;
            made_.runs += count;
            made_.unchanged = unchanged_;
            for (std::size_t i = 0; i < count; ++i) {
                if (!kinds[i].empty()) return found(level[begin + i], kinds[i]);
                if (next) std::ranges::move(children[i], std::back_inserter(*next));
            }
            if (options_.progress)
                options_.progress(made_.runs, known_ + (next ? next->size() : 0));
        }
        return true;
    }

    // The kind of its failure.
    std::string run_one(const fault_pattern& one, std::vector<fault_pattern>* children)
    {
        const trial made = lab_.observe(with_faults(made_.base, faults(one)), options_.seed);
        if (made.record.verdict != verdict::pass) return failure_kind(made.record);
        if (!one.choices.empty() && made.arrivals == one.arrivals) {
            ++unchanged_;
            return {};
        }
        if (children == nullptr) return {};
        std::size_t begin = one.choices.empty() ? 0 : one.choices.back().place + 1;
        std::size_t end = std::min(options_.first, made.packets.size());
        if (one.choices.empty() && options_.part) {
            begin = *options_.part;
            end = std::min(end, begin + 1);
        }
        for (std::size_t place = begin; place < end; ++place) {
            const seen_packet& packet = made.packets[place];
            const auto link = std::ranges::find(links_, packet.link) - links_.begin();
            for (std::size_t action = 0; action < options_.actions.size(); ++action) {
                fault_pattern& child = children->emplace_back(one);
                child.arrivals = made.arrivals;
                child.choices.push_back({place, packet.nth, static_cast<std::uint32_t>(link),
                                         static_cast<std::uint16_t>(action), packet.which});
            }
        }
        return {};
    }

    std::vector<fault> faults(const fault_pattern& of) const
    {
        std::vector<fault> made;
        for (const choice& one : of.choices)
            made.push_back({links_.at(one.link),
                            one.which,
                            {{"nth", one.nth}, {"action", options_.actions.at(one.action)}},
                            ""});
        return made;
    }

    // Says which packets they are, and names them by their contents if it fails so, too.
    bool found(const fault_pattern& one, const std::string& kind)
    {
        made_.kind = kind;
        made_.complete = true;
        std::vector<fault> by_number, by_contents;
        fault_pattern before;
        for (const choice& next : one.choices) {
            const trial seen = lab_.observe(with_faults(made_.base, faults(before)), options_.seed);
            const json& action = options_.actions.at(next.action);
            by_number.push_back(numbered_fault(seen.packets.at(next.place), action, made_.base));
            by_contents.push_back(fault_of(seen.packets, next.place, action, made_.base));
            before.choices.push_back(next);
        }
        const auto again = lab_.run(with_faults(made_.base, by_contents), options_.seed);
        made_.counterexample = failure_kind(again) == kind ? by_contents : by_number;
        return false;
    }

    const certify_options& options_;
    laboratory lab_;
    certificate made_;
    std::vector<std::string> links_;
    std::atomic<std::uint64_t> unchanged_{0};
    std::uint64_t known_ = 0;
};

} // namespace

double count_patterns(std::size_t packets, std::size_t kinds, std::size_t at_most)
{
    double all = 0;
    double of_size = 1; // C(packets, size) * kinds^size
    for (std::size_t size = 0; size <= std::min(at_most, packets); ++size) {
        all += of_size;
        of_size *= static_cast<double>(kinds * (packets - size)) / static_cast<double>(size + 1);
    }
    return all;
}

std::vector<json> parse_actions(std::string_view text)
{
    std::vector<json> made;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(',', begin), text.size());
        const std::string word(text.substr(begin, end - begin));
        begin = end + 1;
        const auto equals = word.find('=');
        if (word == "drop" || word == "duplicate") made.emplace_back(word);
        else if (word.substr(0, equals) == "delay" && equals != std::string::npos &&
                 parse_duration(word.substr(equals + 1)))
            made.push_back({{"delay", word.substr(equals + 1)}});
        else
            throw mistake(
                "",
                fmt::format("expected faults separated by commas: drop, duplicate, delay=500ms, "
                            "found \"{}\"",
                            word));
    }
    return made;
}

certificate certify(const scenario& what, const certify_options& options)
{
    return certifier(what, options).run();
}

json to_json(const certificate& made, const scenario& of, const certify_options& options)
{
    json told{{"version", 1},
              {"badwire", version},
              {"scenario", of.file},
              {"matrix", of.matrix},
              {"seed", options.seed},
              {"network", "virtual"},
              {"faults", options.actions},
              {"at_most", options.at_most},
              {"first", options.first},
              {"packets_without_faults", made.packets},
              {"certified", made.counterexample.empty()},
              {"patterns", made.patterns},
              {"runs", made.runs},
              {"runs_that_changed_nothing", made.unchanged},
              {"without", made.left_out},
              {"not_expected", made.not_expected},
              {"expected", made.base.asked.value("expect", json::array())}};
    if (made.counterexample.empty()) return told;
    told["failure"] = made.kind;
    for (const fault& one : made.counterexample) told["counterexample"].push_back(to_json(one));
    return told;
}

} // namespace badwire::harness
