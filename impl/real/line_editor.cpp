#include "impl/real/line_editor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "impl/base/utf8.hpp"

namespace badwire::net {

std::string line_editor::keys(std::string_view typed, std::size_t columns)
{
    std::string shown;
    for (const char each : typed) key(each, shown, columns);
    return shown;
}

std::string line_editor::print(std::string_view line, std::size_t columns)
{
    return fmt::format("{}{}\n{}{}", erase(columns), line, prompt_, line_);
}

std::string line_editor::prompt(std::string_view text, std::size_t columns)
{
    std::string shown = erase(columns);
    prompt_ = text;
    return shown + prompt_ + line_;
}

std::string line_editor::take_line()
{
    std::string line = std::move(finished_.front());
    finished_.pop_front();
    return line;
}

void line_editor::key(char typed, std::string& shown, std::size_t columns)
{
    constexpr char end_of_transmission = 4, backspace = 8, kill = 21, del = 127;
    if (swallowed(typed)) return;
    if (typed == '\n' || typed == '\r') {
        shown += '\n';
        if (finished_.size() < finished_lines_max) finished_.push_back(line_);
        line_.clear();
        prompt_.clear(); // answered
    } else if (typed == backspace || typed == del) {
        if (line_.empty()) return;
        shown += erase(columns);
        while (line_.size() > 1 && continues_character(line_.back())) line_.pop_back();
        line_.pop_back();
        shown += prompt_ + line_;
    } else if (typed == kill) {
        shown += erase(columns);
        line_.clear();
        shown += prompt_;
    } else if (typed == end_of_transmission) {
        if (line_.empty()) ended_ = true;
    } else if (static_cast<unsigned char>(typed) >= 0x20 && line_.size() < line_bytes_max) {
        line_ += typed;
        shown += typed;
    }
}

// ESC and one character, or ESC [ and all up to a letter or ~: arrows and the like.
bool line_editor::swallowed(char typed)
{
    constexpr char esc = 27;
    switch (escape_) {
    case escape::none:
        if (typed == esc) escape_ = escape::begun;
        return typed == esc;
    case escape::begun:
        escape_ = typed == '[' || typed == 'O' ? escape::sequence : escape::none;
        return true;
    case escape::sequence:
        if (typed >= '@' && typed <= '~') escape_ = escape::none;
        return true;
    }
    return false;
}

// Takes the prompt and the unfinished line off the screen, all rows of them.
std::string line_editor::erase(std::size_t columns) const
{
    const std::size_t used = count_characters(prompt_) + count_characters(line_);
    const std::size_t rows_up = columns > 0 && used > 0 ? (used - 1) / columns : 0;
    return rows_up > 0 ? fmt::format("\r\x1b[{}A\x1b[J", rows_up) : std::string("\r\x1b[J");
}

} // namespace badwire::net
