#include "impl/load/arrivals.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include "impl/base/units.hpp"

namespace badwire::load {
namespace {

constexpr std::uint64_t most_arrivals = 10'000'000;
constexpr double a_century_s = 3.1536e9;

duration of_seconds(double seconds)
{
    return duration(std::llround(std::min(seconds, a_century_s) * 1e9));
}

// Where the integral of the rates reaches `expected` arrivals; nothing where it never does.
std::optional<double> when_expected(const std::vector<poisson_arrivals::rate_from>& rates,
                                    double expected)
{
    const auto seconds = [](duration time) { return std::chrono::duration<double>(time).count(); };
    for (std::size_t i = 0; i < rates.size(); ++i) {
        const double from = seconds(rates[i].at);
        const bool last = i + 1 == rates.size();
        const double lasts = last ? a_century_s : seconds(rates[i + 1].at) - from;
        const double in_it = lasts * rates[i].per_second;
        if (expected <= in_it && rates[i].per_second > 0)
            return from + expected / rates[i].per_second;
        expected -= in_it;
    }
    return {};
}

std::vector<duration> take(const regular_arrivals& of, std::uint64_t count)
{
    std::vector<duration> times;
    const auto most = static_cast<std::uint64_t>(a_century_s * 1e9);
    const auto every = static_cast<std::uint64_t>(of.every.count());
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t turn = i / of.burst;
        if (every > 0 && turn > most / every) break;
        times.push_back(of.every * static_cast<std::int64_t>(turn));
    }
    return times;
}

std::vector<duration> take(const poisson_arrivals& of, std::uint64_t count, const draws& drawn)
{
    std::vector<duration> times;
    double expected = 0;
    for (std::uint64_t i = 0; times.size() < count; ++i) {
        expected -= std::log1p(-drawn.at(i));
        const auto at = when_expected(of.rates, expected);
        if (!at || *at > a_century_s) break;
        for (std::uint64_t k = 0; k < of.burst && times.size() < count; ++k)
            times.push_back(of_seconds(*at));
    }
    return times;
}

// "20/s", "1.5/ms", "300/min", in events a second.
std::optional<double> parse_rate(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return {};
    const std::string_view digits = text.substr(0, slash);
    if (digits.find_first_not_of("0123456789.") != std::string_view::npos) return {};
    if (digits.starts_with('.') || digits.ends_with('.')) return {};
    double number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, failed] = std::from_chars(digits.data(), end, number);
    const auto unit = parse_duration("1" + std::string(text.substr(slash + 1)));
    if (failed != std::errc{} || rest != end || !unit) return {};
    const double per_second = number / std::chrono::duration<double>(*unit).count();
    if (!std::isfinite(per_second) || per_second > 1e9) return {};
    return per_second;
}

double read_rate(const reading& at)
{
    constexpr std::string_view what = "a rate such as \"20/s\" or \"300/min\"";
    const auto rate = parse_rate(at.text(what));
    if (!rate) at.expected(what);
    return *rate;
}

poisson_arrivals read_poisson(const reading& at)
{
    poisson_arrivals made;
    at.with("poisson", [&](const reading& rate) {
        made.rates.push_back({duration(0), read_rate(rate)});
    });
    at.with("changes", [&](const reading& changes) {
        changes.check_array(R"(changes such as [{"at": "10s", "poisson": "100/s"}])");
        changes.each([&](const reading& one) {
            one.check_object(R"(a change such as {"at": "10s", "poisson": "100/s"})",
                             {"at", "poisson"});
            poisson_arrivals::rate_from next{duration(0), 0};
            one.need("at", std::string(duration_format),
                     [&](const reading& time) { next.at = time.time(); });
            one.need("poisson", "a rate such as \"100/s\"",
                     [&](const reading& rate) { next.per_second = read_rate(rate); });
            if (!made.rates.empty() && next.at < made.rates.back().at)
                one.wrong("it is before the change that stands before it");
            made.rates.push_back(next);
        });
    });
    return made;
}

listed_arrivals read_list(const reading& at)
{
    listed_arrivals made;
    at.check_array(R"(times such as ["0s", "1.5s"])", 1);
    at.each([&](const reading& one) {
        const duration time = one.time();
        if (!made.times.empty() && time < made.times.back())
            one.wrong("it is before the time that stands before it");
        made.times.push_back(time);
    });
    return made;
}

closed_loop read_closed(const reading& at)
{
    closed_loop made;
    at.with("users", [&](const reading& users) {
        made.users = users.whole("a number of users from 1 to 100000", 1, 100'000);
    });
    at.with("think", [&](const reading& think) { made.think = read_times(think); });
    return made;
}

duration parse_time(std::string_view word)
{
    if (const auto time = parse_duration(word)) return *time;
    double seconds = 0;
    const auto [rest, failed] = std::from_chars(word.data(), word.data() + word.size(), seconds);
    if (failed != std::errc{} || rest != word.data() + word.size() || !(seconds >= 0) ||
        seconds > a_century_s)
        throw std::invalid_argument(
            fmt::format("expected a time such as 1.5s or 1.5, found \"{}\"", word));
    return of_seconds(seconds);
}

} // namespace

std::vector<duration> arrivals::times(std::uint64_t count, const draws& drawn) const
{
    if (const auto* const of = std::get_if<regular_arrivals>(&kind_)) return take(*of, count);
    if (const auto* const of = std::get_if<poisson_arrivals>(&kind_))
        return take(*of, count, drawn);
    const auto& all = std::get<listed_arrivals>(kind_).times;
    return {all.begin(),
            all.begin() + static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(count, all.size()))};
}

std::optional<double> arrivals::poisson_rate() const
{
    const auto* const of = std::get_if<poisson_arrivals>(&kind_);
    if (of == nullptr || of->rates.size() != 1 || of->burst != 1) return {};
    return of->rates.front().per_second;
}

std::optional<std::size_t> arrivals::listed() const
{
    if (const auto* const of = std::get_if<listed_arrivals>(&kind_)) return of->times.size();
    return {};
}

std::vector<duration> parse_times(std::string_view text)
{
    std::vector<duration> times;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        line = line.substr(0, line.find('#'));
        constexpr std::string_view blank = " \t\r";
        const auto begin = line.find_first_not_of(blank);
        if (begin == std::string_view::npos) continue;
        line = line.substr(begin, line.find_last_not_of(blank) - begin + 1);
        try {
            const duration time = parse_time(line);
            if (!times.empty() && time < times.back())
                throw std::invalid_argument("it is before the time above it");
            times.push_back(time);
        } catch (const std::invalid_argument& wrong) {
            throw std::invalid_argument(fmt::format("line {}: {}", number, wrong.what()));
        }
        if (times.size() > most_arrivals)
            throw std::invalid_argument(fmt::format("more than {} times", most_arrivals));
    }
    if (times.empty()) throw std::invalid_argument("there is no time in it");
    return times;
}

arrivals read_arrivals(const reading& at,
                       const std::function<std::string(const reading&)>& contents_of)
{
    constexpr std::string_view what =
        R"(arrivals: one of {"every": "50ms"}, {"poisson": "20/s"}, {"times": […]}, {"file": NAME}, {"users": 5, "think": "1s"})";
    at.check_object(what,
                    {"every", "poisson", "burst", "changes", "times", "file", "users", "think"});
    int kinds = 0;
    for (const char* const key : {"every", "poisson", "times", "file", "users"})
        kinds += at.has(key);
    if (kinds != 1) at.expected(what);
    const auto only_with = [&](const char* key, bool fits, const char* with) {
        if (at.has(key) && !fits) at.at(key).wrong(fmt::format("goes with {} only", with));
    };
    only_with("burst", at.has("every") || at.has("poisson"), "\"every\" and \"poisson\"");
    only_with("changes", at.has("poisson"), "\"poisson\"");
    only_with("think", at.has("users"), "\"users\"");
    std::uint64_t burst = 1;
    at.with("burst", [&](const reading& many) {
        burst = many.whole("a number from 1 to 100000", 1, 100'000);
    });
    if (at.has("every")) return arrivals(regular_arrivals{at.at("every").time(), burst});
    if (at.has("poisson")) {
        poisson_arrivals made = read_poisson(at);
        made.burst = burst;
        return arrivals(std::move(made));
    }
    if (at.has("times")) return arrivals(read_list(at.at("times")));
    if (at.has("users")) return arrivals(read_closed(at));
    const reading name = at.at("file");
    const std::string text = contents_of(name);
    try {
        return arrivals(listed_arrivals{parse_times(text)});
    } catch (const std::invalid_argument& wrong) {
        name.wrong(fmt::format("{}: {}", name.text("a file"), wrong.what()));
    }
}

} // namespace badwire::load
