// What other programs read on standard output while scenarios run.
#include <cstdio>

#include "harness/command/progress.hpp"
#include "harness/command/told_runs.hpp"

namespace badwire::harness {
namespace {

std::string in_json(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// results.json, once all is over.
class json_progress : public progress {
public:
    void expect(std::span<const planned_run>) override {}
    void began(const planned_run&) override {}
    void ended(const planned_run&, const run_record&) override {}
    void summary(const outcome&) override {}
    void results(const json& all) override { write_raw(stdout, in_json(all) + "\n"); }
};

json named(const planned_run& run)
{
    return {{"scenario", run.what->file},
            {"title", run.what->title},
            {"network", to_string(run.network)},
            {"seed", run.seed},
            {"repeat", run.repeat},
            {"matrix", run.what->matrix}};
}

// A JSON object a line: "plan", "begin", "end", "summary".
class json_lines_progress final : public progress {
public:
    void expect(std::span<const planned_run> runs) override
    {
        write({{"event", "plan"}, {"runs", runs.size()}});
    }
    void began(const planned_run& run) override
    {
        write({{"event", "begin"}, {"run", named(run)}});
    }
    void ended(const planned_run&, const run_record& record) override
    {
        write({{"event", "end"}, {"run", to_json(record)}});
    }
    void summary(const outcome& all) override
    {
        for (const agreement& one : all.theories)
            write({{"event", "theory"}, {"theory", to_json(one)}});
        json counts = {{"pass", 0}, {"fail", 0}, {"inconclusive", 0}, {"error", 0}};
        for (const run_record& run : all.runs) {
            json& count = counts[std::string(to_string(run.verdict))];
            count = count.get<int>() + 1;
        }
        json not_run = json::array();
        for (const planned_run* const one : all.not_run) not_run.push_back(named(*one));
        json event{{"event", "summary"},
                   {"summary", std::move(counts)},
                   {"wall_ms", to_ms(all.wall)},
                   {"not_run", std::move(not_run)}};
        if (!all.why_not.empty()) event["why_not_run"] = all.why_not;
        write(event);
    }
    void results(const json&) override {}

private:
    static void write(const json& event)
    {
        write_raw(stdout, in_json(event) + "\n");
        std::fflush(stdout);
    }
};

// The Test Anything Protocol, version 14: testanything.org.
class tap_progress final : public progress {
public:
    tap_progress() { write_raw(stdout, "TAP version 14\n"); }
    void expect(std::span<const planned_run>) override {}
    void began(const planned_run&) override {}
    void ended(const planned_run& run, const run_record& record) override
    {
        const bool counts =
            record.verdict == verdict::pass || record.verdict == verdict::inconclusive;
        std::string line = fmt::format("{} {} - {}", counts ? "ok" : "not ok", ++tests_,
                                       in_one_line(fmt::format("{} ({}, seed {})", label(*run.what),
                                                               to_string(run.network), run.seed)));
        if (record.verdict == verdict::inconclusive)
            line += " # SKIP inconclusive: " + in_one_line(headline(record));
        write_raw(stdout, line + "\n");
        if (record.verdict != verdict::pass)
            write_raw(stdout,
                      fmt::format("  ---\n  verdict: {}\n  message: {}\n  expectations: {}\n"
                                  "  replay: {}\n  ...\n",
                                  to_string(record.verdict), in_json(headline(record)),
                                  in_json(told_judgements(record)),
                                  in_json(replay_command(record))));
        std::fflush(stdout);
    }
    // The plan may come last.
    void summary(const outcome& all) override
    {
        if (!all.not_run.empty())
            write_raw(stdout, fmt::format("Bail out! {}: {} runs were not made\n", all.why_not,
                                          all.not_run.size()));
        else write_raw(stdout, fmt::format("1..{}\n", tests_));
    }
    void results(const json&) override {}

private:
    // "#" begins a directive.
    static std::string in_one_line(const std::string& text)
    {
        std::string made;
        for (const char c : printable(text)) {
            if (c == '#') made += '\\';
            made += c;
        }
        return made;
    }
    std::size_t tests_ = 0;
};

} // namespace

std::unique_ptr<progress> make_machine_progress(output_format format)
{
    if (format == output_format::json_lines) return std::make_unique<json_lines_progress>();
    if (format == output_format::tap) return std::make_unique<tap_progress>();
    return std::make_unique<json_progress>();
}

} // namespace badwire::harness
