#include "harness/scenario/expectation.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <span>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/scenario/references.hpp"
#include "harness/scenario/scenario.hpp"

namespace badwire::harness {
namespace {

using key_names = std::span<const std::string_view>;

// In the order of text_expected::test and of metric_expected::bound.
constexpr std::array<std::string_view, 4> text_tests{"contains", "lacks", "matches", "equals"};
constexpr std::array<std::string_view, 3> bounds{"at_least", "at_most", "equals"};

expectation read_exit(const reading& all, std::string_view key, const scenario& in)
{
    constexpr std::string_view what = R"(exit codes by process, such as {"client": 0})";
    const reading at = all.at(key);
    at.check_object(what);
    if (at.size() == 0) at.expected(what);
    exit_codes_expected read;
    at.each([&](const std::string& process, const reading& code) {
        check_process_name(process, in, code.pointer());
        if (code.value() == "nonzero") return read.all.push_back({process, {}});
        const auto number = code.whole("an exit code from 0 to 255, or \"nonzero\"", 0, 255);
        read.all.push_back({process, static_cast<int>(number)});
    });
    return read;
}

expectation read_text(const reading& all, std::string_view key, const scenario& in)
{
    text_expected read;
    read.of_errors = key == "errors";
    all.with(key, [&](const reading& name) { read.process = read_process_name(name, in); });
    bool tested = false;
    for (std::size_t i = 0; i < text_tests.size(); ++i) {
        tested = tested || all.has(text_tests[i]);
        all.with(text_tests[i], [&](const reading& wanted) {
            text_expected::one test{
                static_cast<text_expected::test>(i), wanted.text("a text to compare it with"), {}};
            if (test.how == text_expected::test::matches) test.regex = read_pattern(wanted);
            read.tests.push_back(std::move(test));
        });
    }
    if (!tested) all.wrong(fmt::format("expected one of {}", fmt::join(text_tests, ", ")));
    return read;
}

expectation read_equal_files(const reading& all, std::string_view key, const scenario&)
{
    constexpr std::string_view what = R"(two files such as ["a.bin", "server/received/a.bin"])";
    const reading at = all.at(key);
    at.check_array(what);
    if (at.size() != 2) at.expected(what);
    return equal_files_expected{key == "same_file",
                                at.at(std::size_t{0}).text("the name of a file"),
                                at.at(std::size_t{1}).text("the name of a file")};
}

expectation read_file_there(const reading& all, std::string_view key, const scenario&)
{
    return file_expected{key == "file", all.at(key).text("the name of a file")};
}

metric_name parse_metric(const reading& at, const scenario& in)
{
    constexpr std::string_view what =
        "PROCESS.NAME, link.LINK.up.dropped, waiting.CLIENT.waiting_ms, "
        "load.CLIENT.waiting_ms.mean or elapsed_ms";
    const std::string name = at.text(what);
    if (name == "elapsed_ms") return {};
    const auto dot = name.find('.');
    if (dot == std::string::npos) at.expected(what);
    const std::string first = name.substr(0, dot);
    const std::string rest = name.substr(dot + 1);
    const auto second_dot = rest.find('.');
    using holder = metric_name::holder;
    const std::map<std::string, holder> kinds{
        {"link", holder::link}, {"waiting", holder::waiting}, {"load", holder::load}};
    const bool reserved = kinds.contains(first) && !in.find(first);
    if (!reserved || second_dot == std::string::npos) {
        check_process_name(first, in, at.pointer());
        return {metric_name::holder::process, first, rest};
    }
    const std::string object = rest.substr(0, second_dot);
    if (first == "link") check_link_name(object, in, at.pointer());
    else check_process_name(object, in, at.pointer());
    if (first == "load" && !in.family(object).front()->load)
        at.wrong(fmt::format("{} makes no load: give it \"arrivals\", \"work\" or \"patience\"",
                             object));
    return {kinds.at(first), object, rest.substr(second_dot + 1)};
}

expectation read_metric(const reading& all, std::string_view key, const scenario& in)
{
    metric_expected read;
    all.with(key, [&](const reading& name) {
        read.written = name.text("a name");
        read.name = parse_metric(name, in);
    });
    bool bounded = false;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        bounded = bounded || all.has(bounds[i]);
        all.with(bounds[i], [&](const reading& limit) {
            constexpr double most = std::numeric_limits<double>::max();
            read.bounds.emplace_back(static_cast<metric_expected::bound>(i),
                                     limit.number("a number to compare it with", -most, most));
        });
    }
    if (!bounded) all.wrong(fmt::format("expected one of {}", fmt::join(bounds, ", ")));
    return read;
}

order_expected::step read_step(const reading& at, const scenario& in)
{
    at.check_object(R"(an event such as {"process": "server", "prints": "ready"})",
                    {"process", "prints", "event"});
    order_expected::step read;
    at.need("process", "the name of a process",
            [&](const reading& name) { read.process = read_process_name(name, in); });
    if (at.has("prints") == at.has("event")) at.wrong("expected either \"prints\" or \"event\"");
    at.with("prints", [&](const reading& line) {
        read.event = process_event::prints;
        read.line = read_pattern(line);
    });
    at.with("event", [&](const reading& event) {
        constexpr std::array<std::string_view, 2> events{"starts", "ends"};
        read.event = event.choice(events) == "starts" ? process_event::starts : process_event::ends;
    });
    return read;
}

expectation read_order(const reading& all, std::string_view key, const scenario& in)
{
    const reading at = all.at(key);
    at.check_array("at least two events, one after the other", 2);
    order_expected read;
    at.each([&](const reading& step) { read.steps.push_back(read_step(step, in)); });
    return read;
}

expectation read_struck(const reading& all, std::string_view key, const scenario& in)
{
    return struck_expected{read_strike_name(all.at(key), in)};
}

expectation read_recovery(const reading& all, std::string_view key, const scenario&)
{
    const reading at = all.at(key);
    at.check_object(
        R"(when the links become clean and how long the run may then take, such as {"heal_at": "5s", "within": "2s"})",
        {"heal_at", "within"});
    recovery_expected read;
    at.need("heal_at", "a duration since the start such as \"5s\"",
            [&](const reading& time) { read.heal_at = time.time(); });
    at.need("within", "a duration such as \"2s\"",
            [&](const reading& time) { read.within = time.time(); });
    return read;
}

// Every kind: its key, the keys that may stand beside it, and its reader.
struct kind_of_expectation {
    std::string_view key;
    key_names beside;
    expectation (*read)(const reading& all, std::string_view key, const scenario& in);
};
constexpr std::array<kind_of_expectation, 11> kinds_of_expectation{
    {{"exit", {}, read_exit},
     {"output", text_tests, read_text},
     {"errors", text_tests, read_text},
     {"same_file", {}, read_equal_files},
     {"different_file", {}, read_equal_files},
     {"file", {}, read_file_there},
     {"no_file", {}, read_file_there},
     {"metric", bounds, read_metric},
     {"order", {}, read_order},
     {"struck", {}, read_struck},
     {"recovers", {}, read_recovery}}};

} // namespace

expectation read_expectation(const reading& at, const scenario& in)
{
    std::vector<std::string_view> known;
    for (const auto& kind : kinds_of_expectation) known.push_back(kind.key);
    const std::string names = fmt::format("{}", fmt::join(known, ", "));
    for (const auto& kind : kinds_of_expectation)
        for (const std::string_view key : kind.beside)
            if (std::ranges::find(known, key) == known.end()) known.push_back(key);
    at.check_object(R"(an expectation such as {"exit": {"client": 0}})", known);

    const auto kind = std::ranges::find_if(kinds_of_expectation,
                                           [&](const auto& one) { return at.has(one.key); });
    if (kind == kinds_of_expectation.end()) at.wrong("says nothing; expected one of " + names);
    at.each([&](const std::string& key, const reading& one) {
        const bool is_known = std::ranges::find(known, key) != known.end();
        if (is_known && key != kind->key &&
            std::ranges::find(kind->beside, key) == kind->beside.end())
            one.wrong(fmt::format("does not go with \"{}\"", kind->key));
    });
    return kind->read(at, kind->key, in);
}

} // namespace badwire::harness
