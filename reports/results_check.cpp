#include "reports/results_check.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace badwire::reports {
namespace {

using nlohmann::json;
using namespace std::string_view_literals;

constexpr std::array verdicts{"pass"sv, "fail"sv, "inconclusive"sv, "error"sv};
constexpr std::array counters{"offered"sv,    "delivered"sv, "dropped"sv,
                              "duplicated"sv, "corrupted"sv, "reordered"sv};
constexpr std::array waiting_times{"arrival_ms"sv, "start_ms"sv,   "end_ms"sv,
                                   "waiting_ms"sv, "service_ms"sv, "response_ms"sv};

enum class kind { object, array, text, count, integer, number, flag, number_or_null };

std::string_view expected(kind wanted)
{
    switch (wanted) {
    case kind::object: return "an object";
    case kind::array: return "an array";
    case kind::text: return "a string";
    case kind::count: return "an integer of at least 0";
    case kind::integer: return "an integer";
    case kind::number: return "a number";
    case kind::flag: return "true or false";
    case kind::number_or_null: return "a number or null";
    }
    return "";
}

bool is(const json& value, kind wanted)
{
    switch (wanted) {
    case kind::object: return value.is_object();
    case kind::array: return value.is_array();
    case kind::text: return value.is_string();
    case kind::count:
        return value.is_number_unsigned() ||
               (value.is_number_integer() && value.get<json::number_integer_t>() >= 0);
    case kind::integer: return value.is_number_integer();
    case kind::number: return value.is_number();
    case kind::flag: return value.is_boolean();
    case kind::number_or_null: return value.is_number() || value.is_null();
    }
    return false;
}

// A value and where it stands, so that every complaint can name the place.
class place {
public:
    place(const json& value, json::json_pointer pointer)
        : value_{&value}, pointer_{std::move(pointer)}
    {
    }

    const json& value() const { return *value_; }

    [[noreturn]] void refuse(std::string_view wanted) const
    {
        const std::string at = pointer_.empty() ? "the whole file" : pointer_.to_string();
        std::string found = value_->dump(-1, ' ', true, json::error_handler_t::replace);
        if (found.size() > 60) {
            found = found.substr(0, 57) + "...";
        }
        throw std::invalid_argument(
            fmt::format("cannot make a report from these results: {}: expected {}, found {}", at,
                        wanted, found));
    }

    const place& must_be(kind wanted) const
    {
        if (!is(*value_, wanted)) {
            refuse(expected(wanted));
        }
        return *this;
    }

    place required(std::string_view key, kind wanted) const
    {
        const auto found = value_->find(key);
        if (found == value_->end()) {
            refuse(fmt::format("the key \"{}\" ({})", key, expected(wanted)));
        }
        place inner{*found, pointer_ / std::string{key}};
        inner.must_be(wanted);
        return inner;
    }

    void optional(std::string_view key, kind wanted) const
    {
        optional(key, wanted, [](const place&) {});
    }

    template <typename Check>
    void optional(std::string_view key, kind wanted, Check check) const
    {
        if (const auto found = value_->find(key); found != value_->end()) {
            check(place{*found, pointer_ / std::string{key}}.must_be(wanted));
        }
    }

    template <typename Check>
    void each(kind wanted, Check check) const
    {
        for (const auto& [key, inner] : value_->items()) {
            check(place{inner, pointer_ / key}.must_be(wanted));
        }
    }

private:
    const json* value_;
    json::json_pointer pointer_;
};

void check_expectation(const place& expectation)
{
    expectation.required("what", kind::text);
    expectation.required("met", kind::flag);
    expectation.optional("detail", kind::text);
}

void check_process(const place& process)
{
    for (const auto key : {"program"sv, "stdout"sv, "stderr"sv}) {
        process.optional(key, kind::text);
    }
    for (const auto key : {"started_ms"sv, "ended_ms"sv}) {
        process.optional(key, kind::number_or_null);
    }
    process.optional("metrics", kind::object);
    process.optional("arguments", kind::array,
                     [](const place& all) { all.each(kind::text, [](const place&) {}); });
}

void check_link(const place& link)
{
    for (const auto direction : {"up"sv, "down"sv}) {
        link.optional(direction, kind::object, [](const place& counts) {
            for (const auto counter : counters) {
                counts.optional(counter, kind::count);
            }
            counts.optional("dropped_by", kind::object,
                            [](const place& all) { all.each(kind::count, [](const place&) {}); });
            counts.optional("fidelity", kind::object, [](const place& all) {
                all.each(kind::object, [](const place& one) {
                    one.each(kind::number_or_null, [](const place&) {});
                });
            });
        });
    }
    link.optional("flows", kind::object,
                  [](const place& all) { all.each(kind::object, [](const place&) {}); });
    link.optional("lateness_ms", kind::object,
                  [](const place& all) { all.each(kind::number_or_null, [](const place&) {}); });
}

void check_client(const place& client)
{
    client.required("client", kind::text);
    for (const auto time : waiting_times) {
        client.optional(time, kind::number_or_null);
    }
}

void check_run(const place& run)
{
    run.required("scenario", kind::text);
    run.required("network", kind::text);
    run.required("seed", kind::integer);
    run.required("repeat", kind::count);
    const place verdict = run.required("verdict", kind::text);
    if (std::ranges::find(verdicts, verdict.value().get<std::string>()) == verdicts.end()) {
        verdict.refuse(fmt::format("one of {}", fmt::join(verdicts, ", ")));
    }
    for (const auto key : {"title"sv, "description"sv, "message"sv, "replay"sv}) {
        run.optional(key, kind::text);
    }
    for (const auto key : {"elapsed_ms"sv, "wall_ms"sv}) {
        run.optional(key, kind::number);
    }
    run.optional("matrix", kind::object);
    run.optional("tags", kind::array,
                 [](const place& all) { all.each(kind::text, [](const place&) {}); });
    run.optional("expectations", kind::array,
                 [](const place& all) { all.each(kind::object, check_expectation); });
    run.optional("processes", kind::object,
                 [](const place& all) { all.each(kind::object, check_process); });
    run.optional("links", kind::object,
                 [](const place& all) { all.each(kind::object, check_link); });
    run.optional("waiting", kind::array,
                 [](const place& all) { all.each(kind::object, check_client); });
}

} // namespace

void check_results(const json& results)
{
    const place all{results, json::json_pointer{}};
    all.must_be(kind::object);
    const place version = all.required("version", kind::integer);
    if (version.value() != 1) {
        version.refuse("1, the only version this badwire reads");
    }
    for (const auto key : {"badwire"sv, "title"sv, "started"sv}) {
        all.optional(key, kind::text);
    }
    all.optional("wall_ms", kind::number);
    all.optional("summary", kind::object,
                 [](const place& counts) { counts.each(kind::count, [](const place&) {}); });
    all.required("runs", kind::array).each(kind::object, check_run);
}

} // namespace badwire::reports
