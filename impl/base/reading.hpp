// reading.hpp: a JSON value that knows where it stands, so that every mistake can be pointed at.
// The one reader of what people write: scenarios, links, requests to a relay, results.
//
// What is wrong with a value is thrown as a mistake. Where values stand beside each other (with,
// need, each, check_object), a mistake in one of them is noted in the document's list, and its
// siblings are read all the same; read_document throws all of them at the end. Before that, what a
// reader has returned must not be used. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include "impl/base/mistake.hpp"

namespace badwire {

class reading {
public:
    /// A whole document; both must outlive every reading of its parts.
    reading(const nlohmann::ordered_json& whole, mistake_list& found) : reading(whole, found, "") {}

    const nlohmann::ordered_json& value() const { return *value_; }
    const std::string& pointer() const { return pointer_; }
    mistake_list& found() const { return *found_; }

    /// Throws mistake: "expected WHAT, found …".
    [[noreturn]] void expected(std::string_view what) const;
    /// The same of a quantity; what was probably meant is added if it `parses`.
    template <typename Parses>
    [[noreturn]] void expected_quantity(std::string_view what, Parses parses) const;
    /// Throws mistake in these words.
    [[noreturn]] void wrong(const std::string& what) const { throw mistake(pointer_, what); }

    /// An object, or throws. Keys other than these are noted, each with the nearest name.
    void check_object(std::string_view what, std::span<const std::string_view> keys) const;
    void check_object(std::string_view what, std::initializer_list<std::string_view> keys) const
    {
        check_object(what, std::span(keys.begin(), keys.size()));
    }
    void check_object(std::string_view what) const;
    void check_array(std::string_view what, std::size_t least = 0) const;

    bool has(std::string_view key) const { return value_->is_object() && value_->contains(key); }
    reading at(std::string_view key) const;
    reading at(std::size_t index) const;
    std::size_t size() const { return value_->size(); }

    /// Calls `use` with the value at `key` if there is one. False: there was none, or it has a
    /// mistake, which is noted.
    template <typename Use>
    bool with(std::string_view key, Use use) const
    {
        return has(key) && attempt([&] { use(at(key)); });
    }

    /// The same for a key that must be there: `what` says what it holds.
    template <typename Use>
    bool need(std::string_view key, std::string_view what, Use use) const
    {
        if (has(key)) return with(key, use);
        return attempt([&] { lacks(key, what); });
    }

    /// Calls `use` with each element of an array, or each key and value of an object. A mistake in
    /// one is noted.
    template <typename Use>
    void each(Use use) const
    {
        std::size_t index = 0;
        for (const auto& [key, inner] : value_->items()) {
            const reading one = value_->is_object()
                                    ? reading(inner, *found_, pointer_ + pointer_step(key))
                                    : reading(inner, *found_, step(index++));
            attempt([&, &name = key] {
                if constexpr (std::is_invocable_v<Use, const std::string&, const reading&>)
                    use(name, one);
                else use(one);
            });
        }
    }

    /// Calls `act`, and notes a mistake that it throws. True: it threw none.
    template <typename Act>
    bool attempt(Act act) const
    {
        const auto before = found_->count();
        found_->attempt(act);
        return found_->count() == before;
    }

    double probability() const;
    double number(std::string_view what, double least, double most) const;
    std::uint64_t whole(std::string_view what, std::uint64_t least, std::uint64_t most) const;
    std::uint64_t size_in_bytes(std::uint64_t least = 0, std::uint64_t most = UINT64_MAX) const;
    std::chrono::nanoseconds time() const;
    bool truth() const;
    std::string text(std::string_view what) const;
    /// One of these texts.
    std::string choice(std::span<const std::string_view> among) const;
    std::string bytes() const; // hexadecimal
    double bits_per_second() const;

    /// A number or [least, most].
    std::pair<std::uint32_t, std::uint32_t> range(std::string_view what,
                                                  std::uint32_t most_possible) const;

private:
    reading(const nlohmann::ordered_json& value, mistake_list& found, std::string pointer)
        : value_(&value), found_(&found), pointer_(std::move(pointer))
    {
    }
    std::string step(std::size_t index) const { return pointer_ + "/" + std::to_string(index); }
    [[noreturn]] void lacks(std::string_view key, std::string_view what) const;

    const nlohmann::ordered_json* value_;
    mistake_list* found_;
    std::string pointer_;
};

/// What `use` makes of a whole document. Throws mistakes: every one that was found.
template <typename Use>
auto read_document(const nlohmann::ordered_json& whole, Use use)
{
    mistake_list found;
    std::optional<std::invoke_result_t<Use, const reading&>> read;
    found.attempt([&] { read.emplace(use(reading(whole, found))); });
    found.throw_if_any();
    return std::move(*read);
}

} // namespace badwire
