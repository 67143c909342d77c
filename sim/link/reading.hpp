// reading.hpp: a JSON value that knows where it stands, so that every mistake can be pointed at.
// For the parsers of this folder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "sim/link/impairments.hpp"

namespace badwire::link {

class reading {
public:
    reading(const nlohmann::json& value, std::string pointer)
        : value_(&value), pointer_(std::move(pointer))
    {
    }

    const nlohmann::json& value() const { return *value_; }
    const std::string& pointer() const { return pointer_; }

    /// Throws options_error: "expected WHAT, found …".
    [[noreturn]] void expected(std::string_view what) const;

    /// An object that has no other keys than these. Throws options_error with the nearest name.
    void check_object(std::string_view what, std::span<const std::string_view> keys) const;
    void check_object(std::string_view what, std::initializer_list<std::string_view> keys) const
    {
        check_object(what, std::span(keys.begin(), keys.size()));
    }

    bool has(const char* key) const { return value_->contains(key); }
    reading at(std::string_view key) const;
    reading at(std::size_t index) const;
    std::size_t size() const { return value_->size(); }

    /// Calls `use` with the value at `key` if there is one.
    template <typename Use>
    void with(const char* key, Use use) const
    {
        if (value_->is_object() && has(key)) use(at(std::string_view(key)));
    }

    double probability() const;
    double number(std::string_view what, double least, double most) const;
    std::uint64_t whole(std::string_view what, std::uint64_t least, std::uint64_t most) const;
    std::uint64_t size_in_bytes(std::uint64_t least = 0) const;
    duration time() const;
    bool truth() const;
    std::string text(std::string_view what) const;
    std::string bytes() const; // hexadecimal
    double bits_per_second() const;

    /// A number or [least, most].
    std::pair<std::uint32_t, std::uint32_t> range(std::string_view what,
                                                  std::uint32_t most_possible) const;

private:
    const nlohmann::json* value_;
    std::string pointer_;
};

/// "20Mbit/s", the shortest that says it exactly.
std::string format_rate(double bits_per_second);

/// "did you mean …", or the list of what there is.
std::string no_such(std::string_view name, std::span<const std::string_view> valid);

} // namespace badwire::link
