#include "impl/base/json_text.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace badwire {

using json = nlohmann::ordered_json;

namespace {

std::string after(std::string_view mark, std::string_view text)
{
    const auto found = text.find(mark);
    return std::string(found == std::string_view::npos ? text : text.substr(found + mark.size()));
}

text_place place_of(std::string_view text, std::size_t offset)
{
    const auto before = text.substr(0, offset);
    const auto line_begin = before.rfind('\n') + 1; // npos + 1 is 0
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; };
    return {static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1,
            static_cast<std::size_t>(
                std::ranges::count_if(before.substr(line_begin), begins_character)) +
                1};
}

// Where the values at some pointers begin. The text was parsed as JSON before, so nothing is
// checked again here.
class finder {
public:
    using offsets = std::map<std::string, std::size_t, std::less<>>; // by pointer

    finder(std::string_view text, offsets& wanted) : text_(text), wanted_(wanted)
    {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3; // a byte order mark
        pass_value();
    }

private:
    void found(std::size_t offset)
    {
        if (const auto place = wanted_.find(pointer_); place != wanted_.end())
            place->second = offset;
    }

    char pass_space()
    {
        at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    std::string_view pass_string()
    {
        const auto begin = at_++;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        at_ = std::min(at_ + 1, text_.size());
        return text_.substr(begin, at_ - begin);
    }

    void pass_value()
    {
        switch (pass_space()) {
        case '{': pass_members('}'); break;
        case '[': pass_members(']'); break;
        case '"': pass_string(); break;
        default: at_ = std::min(text_.find_first_of(",]} \t\r\n", at_), text_.size());
        }
    }

    // Of an object or of an array.
    void pass_members(char end)
    {
        const auto around = pointer_.size();
        ++at_;
        for (std::size_t index = 0; at_ < text_.size(); ++index) {
            if (pass_space() == end) break;
            const auto begin = at_;
            if (end == '}') {
                pointer_ += pointer_step(json::parse(pass_string()).get<std::string>());
                pass_space();
                ++at_; // the colon
            } else {
                pointer_ += "/" + std::to_string(index);
            }
            found(begin);
            pass_value();
            pointer_.resize(around);
            if (pass_space() == ',') ++at_;
        }
        ++at_;
    }

    std::string_view text_;
    offsets& wanted_;
    std::size_t at_ = 0;
    std::string pointer_;
};

} // namespace

json parse_json(std::string_view text, int deepest_nesting)
{
    const auto not_too_deep = [&](int depth, json::parse_event_t, json&) {
        if (depth > deepest_nesting)
            throw mistake(
                "", fmt::format("nested too deep: at most {} levels are allowed", deepest_nesting));
        return true;
    };
    try {
        return json::parse(text, not_too_deep);
    } catch (const json::parse_error& error) {
        // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error …"
        throw mistake("", "broken JSON: " + after(": ", error.what()),
                      place_of(text, std::min(text.size(), error.byte > 0 ? error.byte - 1 : 0)));
    } catch (const json::exception& error) { // a number beyond every type
        throw mistake("", "broken JSON: " + after("] ", error.what()));
    }
}

void throw_if_any(const mistake_list& found, std::string_view text)
{
    if (found.count() == 0) return;
    constexpr auto nowhere = std::string_view::npos;
    const auto outer = [](std::string& pointer) { pointer.resize(pointer.rfind('/')); };
    finder::offsets offsets;
    for (const mistake& one : found.noted())
        for (std::string pointer = one.pointer; !pointer.empty(); outer(pointer))
            offsets.emplace(pointer, nowhere);
    const finder all(text, offsets);

    std::vector<std::pair<std::size_t, mistake>> placed;
    for (const mistake& one : found.noted()) {
        std::string pointer = one.pointer;
        while (!pointer.empty() && offsets[pointer] == nowhere) outer(pointer);
        placed.emplace_back(pointer.empty() ? 0 : offsets[pointer], one);
        if (!pointer.empty()) placed.back().second.place = place_of(text, placed.back().first);
    }
    std::ranges::stable_sort(placed, {}, [](const auto& one) { return one.first; });
    std::vector<mistake> in_order;
    for (auto& [offset, one] : placed) in_order.push_back(std::move(one));
    throw mistakes(std::move(in_order), found.count() - found.noted().size());
}

} // namespace badwire
