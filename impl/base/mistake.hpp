// mistake.hpp: what is wrong with a document that a person wrote, said to that person: where, and
// what was expected instead. Readers of documents collect every mistake before they refuse one.
// Not thread-safe.
#pragma once

#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace badwire {

/// One mistake: where (a JSON pointer, RFC 6901; empty for the whole document) and what is wrong.
struct mistake : std::runtime_error {
    mistake(std::string where, const std::string& what)
        : std::runtime_error(what), pointer(std::move(where))
    {
    }
    std::string pointer;
};

/// Every mistake of a document. Whoever catches it as a mistake sees the first.
struct mistakes : mistake {
    explicit mistakes(std::vector<mistake> found, std::size_t beyond = 0)
        : mistake(found.front()), all(std::move(found)), more(beyond)
    {
    }
    std::vector<mistake> all;
    std::size_t more; // that were found beyond these
};

/// Collects the mistakes of a document.
class mistake_list {
public:
    static constexpr std::size_t most = 100; // beyond these they are only counted

    /// The same mistake at the same place is noted once.
    void note(const mistake& one);

    /// A mistake that `act` throws is noted, and the caller goes on.
    template <typename Act>
    void attempt(Act act)
    {
        try {
            act();
        } catch (const mistakes& several) {
            for (const mistake& one : several.all) note(one);
        } catch (const mistake& one) {
            note(one);
        }
    }

    /// How many there are: what has grown since a part was begun says that the part is flawed.
    std::size_t count() const { return noted_.size() + more_; }

    /// Throws mistakes.
    void throw_if_any() const
    {
        if (!noted_.empty()) throw mistakes(noted_, more_);
    }

private:
    std::vector<mistake> noted_;
    std::size_t more_ = 0;
};

/// `; did you mean "x"?` for the name among `valid` that is nearest to `wrong`, else the list of
/// what there is, else nothing.
std::string suggestion(std::string_view wrong, std::span<const std::string_view> valid);

template <typename Names> // any range of strings
std::string suggestion(std::string_view wrong, const Names& valid)
{
    const std::vector<std::string_view> names(std::begin(valid), std::end(valid));
    return suggestion(wrong, std::span<const std::string_view>(names));
}

/// "FILE: POINTER: WHAT".
std::string in_file(std::string_view file, const mistake& wrong);

/// `key` as a step of a JSON pointer: "/key".
std::string pointer_step(std::string_view key);

} // namespace badwire
