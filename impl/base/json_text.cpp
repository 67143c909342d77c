#include "impl/base/json_text.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

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

// Told of each event while a text is parsed, it notes keys that an object has twice: the parser
// would keep the last one silently.
class duplicate_keys {
public:
    explicit duplicate_keys(mistake_list& found) : found_(found) {}

    void see(json::parse_event_t event, const json& parsed)
    {
        using is = json::parse_event_t;
        if (event == is::object_start || event == is::array_start)
            around_.emplace_back().is_array = event == is::array_start;
        if (event == is::key) see_key(parsed.get<std::string>());
        if (event == is::object_end || event == is::array_end) around_.pop_back();
        const bool ends_a_value =
            event == is::value || event == is::object_end || event == is::array_end;
        if (ends_a_value && !around_.empty()) ++around_.back().index;
    }

private:
    struct container {
        bool is_array = false;
        std::size_t index = 0; // of the value that comes next
        std::string key;       // of the value that comes next
        std::set<std::string> keys;
    };

    void see_key(std::string key)
    {
        container& object = around_.back();
        object.key = std::move(key);
        if (!object.keys.insert(object.key).second)
            found_.note(mistake(pointer(), "the key stands here twice; which one is meant?"));
    }

    std::string pointer() const
    {
        std::string made;
        for (const container& one : around_)
            made += one.is_array ? "/" + std::to_string(one.index) : pointer_step(one.key);
        return made;
    }

    mistake_list& found_;
    std::vector<container> around_;
};

// What a parser says of an editor's habits is hard to understand.
std::string habit(std::string_view text, std::size_t offset)
{
    if (text.substr(offset, 1) == "/") return "JSON has no comments; expected a value";
    const auto before = text.substr(0, offset).find_last_not_of(" \t\r\n");
    const bool closes = text.substr(offset, 1) == "}" || text.substr(offset, 1) == "]";
    if (closes && before != std::string_view::npos && text[before] == ',')
        return fmt::format("a comma before the closing {} is one too many", text[offset]);
    return "";
}

} // namespace

json parse_json(std::string_view text, int deepest_nesting)
{
    mistake_list found;
    duplicate_keys keys(found);
    const auto see = [&](int depth, json::parse_event_t event, json& parsed) {
        if (depth > deepest_nesting)
            throw mistake(
                "", fmt::format("nested too deep: at most {} levels are allowed", deepest_nesting));
        keys.see(event, parsed);
        return true;
    };
    try {
        json parsed = json::parse(text, see);
        throw_if_any(found, text);
        return parsed;
    } catch (const json::parse_error& error) {
        // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error …"
        const auto offset = std::min(text.size(), error.byte > 0 ? error.byte - 1 : 0);
        const std::string reason = habit(text, offset);
        throw mistake("", "broken JSON: " + (reason.empty() ? after(": ", error.what()) : reason),
                      place_of(text, offset));
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
