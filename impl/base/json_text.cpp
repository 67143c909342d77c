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

// Goes through a text before it is parsed: the parser itself would keep the last of two equal keys
// silently, and what reads the result may be as slow or as deep as the text is.
class examiner {
public:
    examiner(std::string_view text, int deepest_nesting, mistake_list& found)
        : text_(text), deepest_nesting_(deepest_nesting), found_(found)
    {
    }

    // What the parser calls; true: go on.
    bool null() { return pass_value(); }
    bool boolean(bool) { return pass_value(); }
    bool number_integer(json::number_integer_t) { return pass_value(); }
    bool number_unsigned(json::number_unsigned_t) { return pass_value(); }
    bool number_float(json::number_float_t, const std::string&) { return pass_value(); }
    bool string(const std::string&) { return pass_value(); }
    bool binary(const json::binary_t&) { return pass_value(); }
    bool start_object(std::size_t) { return enter(false); }
    bool start_array(std::size_t) { return enter(true); }
    bool end_object() { return leave(); }
    bool end_array() { return leave(); }

    bool key(const std::string& name)
    {
        container& object = around_.back();
        object.key = name;
        if (!object.keys.insert(name).second)
            found_.note(mistake(pointer(), "the key stands here twice; which one is meant?"));
        if (object.keys.size() > json_members_max)
            throw mistake(pointer(),
                          fmt::format("an object has at most {} members", json_members_max));
        return true;
    }

    bool parse_error(std::size_t position, const std::string& token, const json::exception& error)
    {
        const auto offset = std::min(text_.size(), position > 0 ? position - 1 : 0);
        constexpr int number_overflow = 406; // the parser's number for it
        if (error.id == number_overflow)
            throw mistake(pointer(),
                          fmt::format("{} is too large for a number", token.substr(0, 40)),
                          place_of(text_, offset + 1 - std::min(token.size(), offset + 1)));
        // "[json.exception.parse_error.101] parse error at line 3, column 5: syntax error …"
        const std::string reason = habit(text_, offset);
        throw mistake("", "broken JSON: " + (reason.empty() ? after(": ", error.what()) : reason),
                      place_of(text_, offset));
    }

private:
    struct container {
        bool is_array = false;
        std::size_t index = 0; // of the value that comes next
        std::string key;       // of the value that comes next
        std::set<std::string> keys;
    };

    bool pass_value()
    {
        if (!around_.empty()) ++around_.back().index;
        return true;
    }

    bool enter(bool array)
    {
        if (around_.size() >= static_cast<std::size_t>(deepest_nesting_))
            throw mistake("", fmt::format("nested too deep: at most {} levels are allowed",
                                          deepest_nesting_));
        around_.emplace_back().is_array = array;
        return true;
    }

    bool leave()
    {
        around_.pop_back();
        return pass_value();
    }

    std::string pointer() const
    {
        std::string made;
        for (const container& one : around_)
            made += one.is_array ? "/" + std::to_string(one.index) : pointer_step(one.key);
        return made;
    }

    std::string_view text_;
    int deepest_nesting_;
    mistake_list& found_;
    std::vector<container> around_;
};

} // namespace

void check_json(std::string_view text, int deepest_nesting)
{
    mistake_list found;
    examiner told(text, deepest_nesting, found);
    json::sax_parse(text, &told);
    throw_if_any(found, text);
}

json parse_json(std::string_view text, int deepest_nesting)
{
    check_json(text, deepest_nesting);
    return json::parse(text);
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
