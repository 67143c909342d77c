// line_editor.hpp: what is being typed on a terminal, kept readable while other text is printed.
//
// In a terminal's own line mode the kernel holds the unfinished line, and whatever a program prints
// lands in the middle of it. So a program that talks while a person types reads key by key and
// edits the line itself: it prints above, and draws the prompt and the unfinished line again below.
//
// A state machine without I/O: it is given keys, and says what to write to the terminal. Knows
// Enter, Backspace, Ctrl+U (delete all), Ctrl+D (end of input, on an empty line); other control
// keys and escape sequences are swallowed. Columns are counted as code points, so a line with
// double-width characters that is longer than the screen may leave remains of itself. Not
// thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace badwire::net {

class line_editor {
public:
    static constexpr std::size_t line_bytes_max = 1 << 16;   // more keys are ignored
    static constexpr std::size_t finished_lines_max = 1'000; // typed ahead; more are ignored

    /// Takes keys that were typed; returns what to write to the terminal.
    std::string keys(std::string_view typed, std::size_t columns);

    /// A line to print above the one that is being typed.
    std::string print(std::string_view line, std::size_t columns);

    /// Sets the text in front of the line that is being typed.
    std::string prompt(std::string_view text, std::size_t columns);

    bool has_line() const { return !finished_.empty(); }
    std::string take_line();

    /// Whether the cursor stands behind a prompt or an unfinished line.
    bool shows_something() const { return !prompt_.empty() || !line_.empty(); }

    /// Ctrl+D was pressed.
    bool ended() const { return ended_; }

private:
    enum class escape { none, begun, sequence };

    void key(char typed, std::string& shown, std::size_t columns);
    bool swallowed(char typed);
    std::string erase(std::size_t columns) const;

    std::string prompt_;
    std::string line_;
    std::deque<std::string> finished_;
    escape escape_ = escape::none;
    bool ended_ = false;
};

} // namespace badwire::net
