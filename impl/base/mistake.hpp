// mistake.hpp: what is wrong with a document that a person wrote, said to that person: where, and
// what was expected instead. Readers collect every mistake of a document before they refuse it.
// impl/base/json_text.hpp finds out where in the text each mistake stands. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace badwire {

/// A place in a text. Both count from 1; a column is a character (a code point of UTF-8).
struct text_place {
    std::size_t line = 1;
    std::size_t column = 1;
};

/// One mistake: where (a JSON pointer, RFC 6901; empty for the whole document) and what is wrong.
struct mistake : std::runtime_error {
    mistake(std::string where, const std::string& what, std::optional<text_place> in_text = {})
        : std::runtime_error(what), pointer(std::move(where)), place(in_text)
    {
    }
    std::string pointer;
    std::optional<text_place> place; // nothing: no text, or all of it is meant
};

/// Every mistake of a document. A handler that catches a mistake sees the first.
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

    /// Counts so many more, which are not kept.
    void leave_out(std::size_t more) { more_ += more; }

    /// A mistake that `act` throws is noted, and the caller goes on.
    template <typename Act>
    void attempt(Act act)
    {
        try {
            act();
        } catch (const mistakes& several) {
            for (const mistake& one : several.all) note(one);
            leave_out(several.more);
        } catch (const mistake& one) {
            note(one);
        }
    }

    /// How many there are. If their number grew while a part was read, that part is flawed.
    std::size_t count() const { return noted_.size() + more_; }
    const std::vector<mistake>& noted() const { return noted_; }

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

/// "FILE:LINE:COLUMN: POINTER: WHAT", without the parts that are not known. Of mistakes, a line for
/// each, and one more that says how many were left out; no line break at the end. Printable.
std::string in_file(std::string_view file, const mistake& wrong);

/// `key` as a step of a JSON pointer: "/key".
std::string pointer_step(std::string_view key);

} // namespace badwire
