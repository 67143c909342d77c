#include "harness/lab/differential.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <tuple>

#include <boost/regex.hpp>
#include <fmt/format.h>
#include <xxhash.h>

#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

namespace fs = std::filesystem;

using coordinate = std::tuple<std::string, std::string, std::string, std::string, std::uint64_t>;

struct traced_line {
    coordinate where;
    std::string fate;
    std::string rule; // that dropped it
    double time_ms = 0;
    std::uint64_t bytes = 0;

    bool by_time() const
    {
        static const std::set<std::string, std::less<>> rules{"cut", "partition", "queue", "aqm",
                                                              "rebind"};
        return rules.contains(rule);
    }
    std::string met() const { return rule.empty() ? fate : fmt::format("{} by {}", fate, rule); }
    std::string words() const
    {
        const auto& [link, direction, flow, content, occurrence] = where;
        return fmt::format(
            "{} bytes of {} on {} {} (contents {}{})", bytes, flow, link, direction, content,
            occurrence == 0 ? "" : fmt::format(", sent {} times before", occurrence));
    }
};

struct packet_list {
    std::vector<traced_line> all; // in order of time
    std::map<coordinate, const traced_line*> by_coordinate;
};

packet_list read_packets(const fs::path& folder)
{
    packet_list read;
    std::ifstream file(folder / "packets.jsonl");
    for (std::string line; std::getline(file, line);) {
        const json one = json::parse(line, nullptr, false);
        if (!one.is_object() || !one.contains("content")) continue; // it left, and could not arrive
        read.all.push_back(
            {{one.value("link", ""), one.value("direction", ""), one.value("flow", ""),
              one.value("content", ""), one.value("occurrence", std::uint64_t{0})},
             one.value("fate", ""),
             one.value("rule", ""),
             one.value("time_ns", 0.0) / 1e6,
             one.value("bytes", std::uint64_t{0})});
    }
    std::ranges::stable_sort(read.all, {}, &traced_line::time_ms);
    for (const traced_line& one : read.all) read.by_coordinate.emplace(one.where, &one);
    return read;
}

// Without what differs between any two runs: times, rates, addresses, the run's own folder.
std::string without_chance_of_runs(std::string text, const fs::path& folder)
{
    const std::string path = folder.string();
    for (std::size_t at = 0; (at = text.find(path, at)) != std::string::npos;)
        text.erase(at, path.size());
    static const boost::regex address(R"((\d+\.\d+\.\d+\.\d+|\[[0-9a-fA-F:]+\])(:\d+)?)");
    static const boost::regex quantity(
        R"(\b\d+(\.\d+)?(e[-+]?\d+)? ?(ns|us|µs|ms|s|min|h|[kMG]?(bit|i?B)/s|[kMG]iB/s)\b)");
    text = boost::regex_replace(text, address, "ADDRESS");
    return boost::regex_replace(text, quantity, "QUANTITY");
}

std::vector<std::string> lines_of(const std::string& text, bool with_numbers)
{
    static const boost::regex number(R"(\d+(\.\d+)?)");
    std::vector<std::string> lines;
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find('\n', begin), text.size());
        const std::string line = text.substr(begin, end - begin);
        lines.push_back(with_numbers ? line : boost::regex_replace(line, number, "#"));
        begin = end + 1;
    }
    std::ranges::sort(lines); // two processes may be heard in either order
    if (!with_numbers) {
        const auto again = std::ranges::unique(lines);
        lines.erase(again.begin(), again.end());
    }
    return lines;
}

// The hashes of what processes have in their folders, by name.
std::map<std::string, std::uint64_t> files_of(const compared_run& run)
{
    std::map<std::string, std::uint64_t> found;
    for (const process_record& process : run.record->processes) {
        std::error_code failed;
        for (fs::recursive_directory_iterator at(run.folder / process.name, failed), end;
             !failed && at != end; at.increment(failed)) {
            if (!at->is_regular_file(failed)) continue;
            std::ifstream file(at->path(), std::ios::binary);
            std::vector<char> block(1 << 16);
            std::uint64_t hash = 0;
            while (file.read(block.data(), static_cast<std::streamsize>(block.size())),
                   file.gcount() > 0)
                hash = XXH3_64bits_withSeed(block.data(), static_cast<std::size_t>(file.gcount()),
                                            hash);
            found[at->path().lexically_relative(run.folder).string()] = hash;
        }
    }
    return found;
}

class comparer {
public:
    comparer(const compared_run& one, const compared_run& other, const tolerance& allowed)
        : one_(one),
          other_(other),
          allowed_(allowed),
          packets_(read_packets(one.folder)),
          other_packets_(read_packets(other.folder))
    {
    }

    comparison compare()
    {
        verdicts();
        exits();
        if (have_the_same_links()) {
            fates();
            messages();
            times();
            outputs();
            files();
        }
        decide();
        return std::move(made_);
    }

private:
    void note(std::string of, std::string what)
    {
        made_.differences.push_back({std::move(of), std::move(what)});
    }

    std::string_view name() const { return to_string(one_.record->network); }
    std::string_view other_name() const { return to_string(other_.record->network); }

    void verdicts()
    {
        const run_record& a = *one_.record;
        const run_record& b = *other_.record;
        if (a.verdict != b.verdict)
            note("verdict", fmt::format("{} on {}, {} on {}: {}", to_string(a.verdict), name(),
                                        to_string(b.verdict), other_name(),
                                        a.verdict == verdict::pass ? b.message : a.message));
        for (const judgement& judged : a.judgements) {
            const auto same = std::ranges::find(b.judgements, judged.what, &judgement::what);
            if (same != b.judgements.end() && same->met != judged.met)
                note("expectation", fmt::format("{}: {} on {}, {} on {}", judged.what,
                                                judged.detail, name(), same->detail, other_name()));
        }
    }

    void exits()
    {
        const auto told = [](const process_record& process) {
            return process.exit ? std::to_string(*process.exit) : std::string("never started");
        };
        for (const process_record& process : one_.record->processes) {
            const process_record* const same = other_.record->find(process.name);
            if (same == nullptr || process.exit == same->exit || (process.stopped && same->stopped))
                continue;
            note("exit", fmt::format("{}: {} on {}, {} on {}", process.name, told(process), name(),
                                     told(*same), other_name()));
        }
    }

    void diverges(const traced_line& packet, const std::string& how)
    {
        if (made_.first_diverging.empty())
            made_.first_diverging =
                fmt::format("{} at {:.3f} ms: {}", packet.words(), packet.time_ms, how);
    }

    // On direct there are none, which makes no difference to links that do nothing.
    bool have_the_same_links() const
    {
        const auto does_nothing = [](const auto& named) {
            const link::link_options& asked = named.second;
            return asked.up == link::impairments() && asked.down == link::impairments() &&
                   asked.up_changes.empty() && asked.down_changes.empty();
        };
        const bool direct = one_.record->network == network_kind::direct ||
                            other_.record->network == network_kind::direct;
        return !direct || std::ranges::all_of(one_.record->what->links, does_nothing);
    }

    void fates()
    {
        made_.packets = packets_.all.size();
        for (const traced_line& packet : packets_.all) {
            const auto found = other_packets_.by_coordinate.find(packet.where);
            if (found == other_packets_.by_coordinate.end()) {
                diverges(packet, fmt::format("only on {}", name()));
                continue;
            }
            ++made_.in_common;
            const traced_line& same = *found->second;
            if (packet.met() == same.met()) continue;
            const std::string how =
                fmt::format("{} on {}, {} on {}", packet.met(), name(), same.met(), other_name());
            diverges(packet, how);
            if (!packet.by_time() && !same.by_time())
                note("fate", fmt::format("{}: {}", packet.words(), how));
        }
        same_packets_ =
            made_.in_common == packets_.all.size() && made_.in_common == other_packets_.all.size();
        if (same_packets_) return;
        for (const traced_line& packet : other_packets_.all)
            if (!packets_.by_coordinate.contains(packet.where))
                diverges(packet, fmt::format("only on {}", other_name()));
    }

    void messages()
    {
        std::map<std::string, std::pair<std::size_t, std::size_t>> counts; // by link and direction
        const auto key = [](const traced_line& one) {
            return fmt::format("{} {}", std::get<0>(one.where), std::get<1>(one.where));
        };
        for (const traced_line& packet : packets_.all) ++counts[key(packet)].first;
        for (const traced_line& packet : other_packets_.all) ++counts[key(packet)].second;
        for (const auto& [way, count] : counts) {
            const auto [a, b] = count;
            const double most = allowed_.share * static_cast<double>(std::max(a, b)) +
                                static_cast<double>(allowed_.messages);
            if (std::abs(static_cast<double>(a) - static_cast<double>(b)) > most)
                note("messages",
                     fmt::format("{}: {} on {}, {} on {}", way, a, name(), b, other_name()));
        }
    }

    void times()
    {
        const auto close = [&](duration a, duration b) {
            const double most = allowed_.share * static_cast<double>(std::max(a, b).count()) +
                                static_cast<double>(allowed_.time.count());
            return std::abs(static_cast<double>((a - b).count())) <= most;
        };
        for (const process_record& process : one_.record->processes) {
            const process_record* const same = other_.record->find(process.name);
            if (same == nullptr || !process.exit || !same->exit ||
                close(process.ended, same->ended))
                continue;
            note("time", fmt::format("{} ended after {} on {}, {} on {}", process.name,
                                     format_duration(process.ended), name(),
                                     format_duration(same->ended), other_name()));
        }
    }

    // The first line that only one of two has. A prompt, which ends no line, may stand before one of
    // them: then the other is its end.
    void only_in(const std::vector<std::string>& a, const std::vector<std::string>& b,
                 const std::string& where, std::string_view on)
    {
        const auto same_but_prompt = [](const std::string& one, const std::string& other) {
            return !other.empty() && !one.empty() && (one.ends_with(other) || other.ends_with(one));
        };
        std::vector<std::string> only;
        std::ranges::set_difference(a, b, std::back_inserter(only));
        for (const std::string& line : only) {
            const bool there = std::ranges::any_of(
                b, [&](const std::string& other) { return same_but_prompt(line, other); });
            if (there) continue;
            note("output", fmt::format("{}: only on {}: \"{}\"", where, on, line));
            return;
        }
    }

    void outputs()
    {
        for (const process_record& process : one_.record->processes) {
            const process_record* const same = other_.record->find(process.name);
            if (same == nullptr) continue;
            for (const bool errors : {false, true}) {
                const auto lines = [&](const process_record& of, const fs::path& folder) {
                    return lines_of(
                        without_chance_of_runs(errors ? of.errors.text : of.output.text, folder),
                        same_packets_);
                };
                const auto a = lines(process, one_.folder);
                const auto b = lines(*same, other_.folder);
                const std::string where =
                    fmt::format("{} of {}", errors ? "errors" : "output", process.name);
                if (!same->stopped) only_in(a, b, where, name());
                if (!process.stopped) only_in(b, a, where, other_name());
            }
        }
    }

    void files()
    {
        if (!same_packets_) return; // what the scenario expects of them is judged
        const auto a = files_of(one_);
        const auto b = files_of(other_);
        for (const auto& [file, hash] : a) {
            const auto found = b.find(file);
            if (found == b.end()) note("file", fmt::format("{} is there on {} only", file, name()));
            else if (found->second != hash) note("file", fmt::format("{} differs", file));
        }
        for (const auto& [file, hash] : b)
            if (!a.contains(file))
                note("file", fmt::format("{} is there on {} only", file, other_name()));
    }

    // What a machine that was too slow explains is no difference of the networks.
    void decide()
    {
        for (const compared_run* run : {&one_, &other_})
            if (run->record->verdict == verdict::inconclusive ||
                run->record->verdict == verdict::error)
                made_.why_inconclusive =
                    fmt::format("{}: {}", to_string(run->record->network), run->record->message);
        const auto of_time = [](const network_difference& one) {
            return one.of == "messages" || one.of == "time" || one.of == "output" ||
                   one.of == "file";
        };
        if (made_.why_inconclusive.empty() && std::ranges::all_of(made_.differences, of_time))
            for (const compared_run* run : {&one_, &other_})
                if (const double late = lateness_ms(*run->record); late > late_ms_max)
                    made_.why_inconclusive =
                        fmt::format("the relay was up to {:.1f} ms late", late);
        if (made_.differences.empty()) return;
        made_.result =
            made_.why_inconclusive.empty() ? comparison::differ : comparison::inconclusive;
    }

    static double lateness_ms(const run_record& run)
    {
        double most = 0;
        for (const auto& [name, link] : run.links.items())
            most = std::max(most, link.value("lateness_ms", json::object()).value("max", 0.0));
        return most;
    }

    static constexpr double late_ms_max = 20; // a fifth of the shortest retransmission timer
    const compared_run& one_;
    const compared_run& other_;
    tolerance allowed_;
    packet_list packets_;
    packet_list other_packets_;
    bool same_packets_ = true;
    comparison made_;
};

} // namespace

comparison compare(const compared_run& one, const compared_run& other, const tolerance& allowed)
{
    return comparer(one, other, allowed).compare();
}

} // namespace badwire::harness
