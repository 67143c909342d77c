#include "reports/results_check.hpp"

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string_view>

#include <nlohmann/json.hpp>

#include "impl/base/reading.hpp"

namespace badwire::reports {
namespace {

// Each throws mistake where the value is anything else.
void is_text(const reading& at) { at.text("a string"); }
void is_flag(const reading& at) { at.truth(); }
void is_count(const reading& at) { at.whole("an integer of at least 0", 0, UINT64_MAX); }
void is_object(const reading& at) { at.check_object("an object"); }

void is_integer(const reading& at)
{
    if (!at.value().is_number_integer()) at.expected("an integer");
}

void is_number(const reading& at)
{
    constexpr double most = std::numeric_limits<double>::max();
    at.number("a number", -most, most);
}

void is_number_or_null(const reading& at)
{
    if (!at.value().is_number() && !at.value().is_null()) at.expected("a number or null");
}

template <typename Check>
auto object_of(Check check)
{
    return [check](const reading& at) {
        is_object(at);
        at.each(check);
    };
}

template <typename Check>
auto array_of(Check check)
{
    return [check](const reading& at) {
        at.check_array("an array");
        at.each(check);
    };
}

// Checks the values under these keys; the keys may be missing.
template <typename Check>
void optional(const reading& at, std::initializer_list<std::string_view> keys, Check check)
{
    for (const std::string_view key : keys) at.with(key, check);
}

void check_expectation(const reading& at)
{
    is_object(at);
    at.need("what", "a string", is_text);
    at.need("met", "true or false", is_flag);
    optional(at, {"detail"}, is_text);
}

void check_process(const reading& at)
{
    is_object(at);
    optional(at, {"program", "stdout", "stderr"}, is_text);
    optional(at, {"started_ms", "ended_ms"}, is_number_or_null);
    optional(at, {"metrics"}, is_object);
    optional(at, {"arguments"}, array_of(is_text));
}

void check_direction(const reading& at)
{
    is_object(at);
    optional(at,
             {"offered", "delivered", "dropped", "duplicated", "corrupted", "reordered",
              "undeliverable", "marked", "not_capable", "in_flight"},
             is_count);
    optional(at, {"connections"}, is_count);
    optional(at, {"last_used_ms"}, is_number_or_null);
    optional(at, {"dropped_by", "struck"}, object_of(is_count));
    optional(at, {"rules"}, array_of(is_object));
    optional(at, {"tcp"}, object_of(is_number_or_null));
    optional(at, {"fidelity"}, object_of(object_of(is_number_or_null)));
}

void check_link(const reading& at)
{
    is_object(at);
    optional(at, {"up", "down"}, check_direction);
    optional(at, {"flows"}, object_of(is_object));
    optional(at, {"dropped_by_kernel"}, is_count);
    optional(at, {"lateness_ms"}, object_of(is_number_or_null));
}

void check_client(const reading& at)
{
    is_object(at);
    at.need("client", "a string", is_text);
    optional(at, {"arrival_ms", "start_ms", "end_ms", "waiting_ms", "service_ms", "response_ms"},
             is_number_or_null);
}

void check_load(const reading& at)
{
    is_object(at);
    optional(at, {"requests", "answered", "gave_up", "refused", "failed"}, is_count);
    optional(at, {"arrivals_per_s"}, is_number);
    for (const std::string_view key : {"waiting_ms", "service_ms", "response_ms"})
        at.with(key, [](const reading& times) {
            if (!times.value().is_null()) object_of(is_number)(times);
        });
}

void check_theory(const reading& at)
{
    constexpr std::array<std::string_view, 3> verdicts{"agrees", "differs", "inconclusive"};
    is_object(at);
    for (const std::string_view key : {"scenario", "network", "clients", "model", "message"})
        at.need(key, "a string", is_text);
    at.need("verdict", "a string", [&](const reading& one) { one.choice(verdicts); });
    at.need("runs", "an integer of at least 0", is_count);
    at.need("waiting_ms", "an object", object_of(is_number_or_null));
    at.need("theory_ms", "a number or null", is_number_or_null);
    optional(at, {"title", "method"}, is_text);
    optional(at, {"matrix"}, is_object);
    optional(at,
             {"taking_ms", "utilisation", "arrivals_per_s", "service_ms", "turned_away",
              "theory_turned_away"},
             is_number);
    optional(at, {"service_is_measured"}, is_flag);
    optional(at, {"values"}, is_count);
}

void check_story(const reading& at)
{
    is_object(at);
    for (const std::string_view key : {"kind", "headline"}) at.need(key, "a string", is_text);
    optional(at, {"lines"}, array_of([](const reading& line) {
                 is_object(line);
                 for (const std::string_view key : {"source", "text"})
                     line.need(key, "a string", is_text);
                 optional(line, {"process", "link", "direction"}, is_text);
                 optional(line, {"at_ms"}, is_number_or_null);
             }));
}

void check_deadlock(const reading& at)
{
    is_object(at);
    optional(at, {"at_ms"}, is_number_or_null);
    optional(at, {"waiting", "lost"}, array_of([](const reading& one) {
                 is_object(one);
                 optional(one, {"process", "for", "packet", "link", "why"}, is_text);
                 optional(one, {"since_ms", "at_ms"}, is_number_or_null);
             }));
}

void check_comparison(const reading& at)
{
    is_object(at);
    optional(at, {"scenario", "result", "first_diverging", "why_inconclusive"}, is_text);
    optional(at, {"networks"}, array_of(is_text));
    optional(at, {"differences"}, array_of(is_object));
}

void check_run(const reading& at)
{
    constexpr std::array<std::string_view, 4> verdicts{"pass", "fail", "inconclusive", "error"};
    is_object(at);
    at.need("scenario", "a string", is_text);
    at.need("network", "a string", is_text);
    at.need("seed", "an integer", is_integer);
    at.need("repeat", "an integer of at least 0", is_count);
    at.need("verdict", "a string", [&](const reading& one) { one.choice(verdicts); });
    optional(at, {"title", "description", "message", "replay"}, is_text);
    optional(at, {"elapsed_ms", "wall_ms"}, is_number);
    optional(at, {"matrix"}, is_object);
    optional(at, {"tags", "vacuous", "notes"}, array_of(is_text));
    optional(at, {"expectations"}, array_of(check_expectation));
    optional(at, {"processes"}, object_of(check_process));
    optional(at, {"links"}, object_of(check_link));
    optional(at, {"waiting"}, array_of(check_client));
    optional(at, {"waiting_left_out"}, is_count);
    optional(at, {"load"}, object_of(check_load));
    optional(at, {"story"}, check_story);
    optional(at, {"deadlock"}, check_deadlock);
    optional(at, {"fault_map"}, array_of(is_object));
    optional(at, {"folder"}, is_text);
}

bool check_all(const reading& at)
{
    is_object(at);
    at.need("version", "an integer", [](const reading& version) {
        if (version.value() != 1) version.expected("1, the only version this badwire reads");
    });
    optional(at, {"badwire", "title", "started"}, is_text);
    optional(at, {"wall_ms"}, is_number);
    optional(at, {"summary"}, object_of(is_count));
    at.need("runs", "an array", array_of(check_run));
    optional(at, {"theory"}, array_of(check_theory));
    optional(at, {"comparisons"}, array_of(check_comparison));
    optional(at, {"search"}, is_object);
    return true;
}

} // namespace

void check_results(const nlohmann::json& results)
{
    const nlohmann::ordered_json whole = results;
    try {
        read_document(whole, check_all);
    } catch (const mistake& wrong) {
        throw std::invalid_argument(in_file("cannot make a report from these results", wrong));
    }
}

} // namespace badwire::reports
