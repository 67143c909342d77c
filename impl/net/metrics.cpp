#include "impl/net/metrics.hpp"

#include <nlohmann/json.hpp>

namespace badwire::net {
namespace {

using json_object = nlohmann::ordered_json;

std::int64_t to_ns(time_point time)
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

json_object to_json(const std::vector<request>& requests)
{
    auto list = json_object::array();
    for (const request& one : requests)
        list.push_back(
            {{"client", one.client}, {"begin_ns", to_ns(one.begin)}, {"end_ns", to_ns(one.end)}});
    return list;
}

time_point from_ns(std::int64_t since_epoch)
{
    return time_point(std::chrono::duration_cast<duration>(std::chrono::nanoseconds(since_epoch)));
}

void append(std::vector<request>& requests, const json_object& counted, const char* list)
{
    for (const auto& one : counted.value(list, json_object::array()))
        requests.push_back(
            {one.at("client"), from_ns(one.at("begin_ns")), from_ns(one.at("end_ns"))});
}

json_object numbers(const std::map<std::string, double, std::less<>>& values)
{
    json_object object = json_object::object();
    constexpr double largest_exact = 9007199254740992; // 2^53
    for (const auto& [name, value] : values) {
        const auto whole = static_cast<std::int64_t>(
            value < largest_exact && value > -largest_exact ? value : 0.5);
        if (static_cast<double>(whole) == value) object[name] = whole; // a counter reads as one
        else object[name] = value;
    }
    return object;
}

} // namespace

void metrics::add(std::string_view name, std::int64_t amount)
{
    const std::lock_guard lock(mutex_);
    values_.try_emplace(std::string(name), 0).first->second += static_cast<double>(amount);
}

void metrics::set(std::string_view name, double value)
{
    const std::lock_guard lock(mutex_);
    values_.insert_or_assign(std::string(name), value);
}

void metrics::set(std::string_view name, duration value_ms)
{
    set(name, std::chrono::duration<double, std::milli>(value_ms).count());
}

void metrics::add_served(request served)
{
    const std::lock_guard lock(mutex_);
    served_.push_back(std::move(served));
}

void metrics::add_made(request made)
{
    const std::lock_guard lock(mutex_);
    made_.push_back(std::move(made));
}

bool metrics::add_counted(std::string_view json)
{
    const auto counted = json_object::parse(json, nullptr, false);
    if (!counted.is_object()) return false;
    const std::lock_guard lock(mutex_);
    for (const auto& [name, value] : counted.items())
        if (value.is_number()) values_[name] += value.get<double>();
    append(served_, counted, "served");
    append(made_, counted, "made");
    return true;
}

std::string metrics::json() const
{
    const std::lock_guard lock(mutex_);
    json_object object = numbers(values_);
    if (!served_.empty()) object["served"] = to_json(served_);
    if (!made_.empty()) object["made"] = to_json(made_);
    return object.dump();
}

std::string metrics::numbers_json() const
{
    const std::lock_guard lock(mutex_);
    return numbers(values_).dump();
}

std::vector<request> metrics::served() const
{
    const std::lock_guard lock(mutex_);
    return served_;
}

std::vector<request> metrics::made() const
{
    const std::lock_guard lock(mutex_);
    return made_;
}

} // namespace badwire::net
