// The editor drives a small screen, so that tests say what a person sees.
#include "impl/real/line_editor.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace badwire::net {
namespace {

// Rows of characters, and the few control sequences that the editor writes.
struct screen {
    void write(const std::string& text)
    {
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\n') {
                rows.resize(++row + 1);
                column = 0;
            } else if (text[i] == '\r') {
                column = 0;
            } else if (text[i] == '\x1b') {
                const std::size_t letter = text.find_first_of("AJ", i);
                if (text[letter] == 'A') row -= std::stoul(text.substr(i + 2, letter - i - 2));
                else {
                    rows.resize(row + 1);
                    rows[row].resize(column);
                }
                i = letter;
            } else {
                if (column == columns) {
                    rows.resize(++row + 1);
                    column = 0;
                }
                rows[row] += text[i];
                ++column;
            }
        }
    }
    std::size_t columns = 20, row = 0, column = 0;
    std::vector<std::string> rows = {""};
};

using rows = std::vector<std::string>;

struct terminal {
    void type(const std::string& keys) { seen.write(editor.keys(keys, seen.columns)); }
    void print(const std::string& line) { seen.write(editor.print(line, seen.columns)); }
    void prompt(const std::string& text) { seen.write(editor.prompt(text, seen.columns)); }
    line_editor editor;
    screen seen;
};

TEST(LineEditor, ShowsPromptAndKeysAndGivesTheLineAtEnter)
{
    terminal terminal;
    terminal.prompt("You: ");
    terminal.type("hello");
    EXPECT_FALSE(terminal.editor.has_line());
    terminal.type("\r");
    EXPECT_EQ(terminal.editor.take_line(), "hello");
    EXPECT_EQ(terminal.seen.rows, (rows{"You: hello", ""}));
}

TEST(LineEditor, WhatIsPrintedWhileTypingGoesAbovePromptAndLine)
{
    terminal terminal;
    terminal.prompt("You: ");
    terminal.type("hel");
    terminal.print("[2] hi");
    EXPECT_EQ(terminal.seen.rows, (rows{"[2] hi", "You: hel"}));
    terminal.type("lo\n");
    EXPECT_EQ(terminal.editor.take_line(), "hello");
    EXPECT_EQ(terminal.seen.rows, (rows{"[2] hi", "You: hello", ""}));
}

TEST(LineEditor, ALineLongerThanTheScreenIsRedrawnWhole)
{
    terminal terminal;
    terminal.prompt("You: ");
    terminal.type(std::string(40, 'x'));
    terminal.print("news");
    EXPECT_EQ(terminal.seen.rows,
              (rows{"news", "You: " + std::string(15, 'x'), std::string(20, 'x'), "xxxxx"}));
}

TEST(LineEditor, ALineThatJustFillsTheScreenIsRedrawnWhole)
{
    terminal terminal;
    terminal.prompt("You: ");
    terminal.type(std::string(15, 'x'));
    terminal.print("news");
    EXPECT_EQ(terminal.seen.rows, (rows{"news", "You: " + std::string(15, 'x')}));
}

TEST(LineEditor, ANewPromptTakesTheUnfinishedLineAlong)
{
    terminal terminal;
    terminal.type("he");
    terminal.prompt("Reply to 2: ");
    EXPECT_EQ(terminal.seen.rows, rows{"Reply to 2: he"});
}

TEST(LineEditor, BackspaceDeletesAWholeCodePointAndCtrlUAll)
{
    terminal terminal;
    terminal.prompt("> ");
    terminal.type("abü\x7f\x7f"
                  "c");
    EXPECT_EQ(terminal.seen.rows, rows{"> ac"});
    terminal.type("\x15xy\x08\x08\x08z\n");
    EXPECT_EQ(terminal.editor.take_line(), "z");
}

TEST(LineEditor, ArrowsAndControlKeysDoNothing)
{
    terminal terminal;
    terminal.type("a\x1b[A\x1b[3~\x1bOPb\x01\tc\n");
    EXPECT_EQ(terminal.editor.take_line(), "abc");
}

TEST(LineEditor, LinesMayBeTypedAheadAndCtrlDEndsTheInput)
{
    terminal terminal;
    terminal.type("one\ntwo\nx\x04");
    EXPECT_FALSE(terminal.editor.ended()) << "there is something on the line";
    terminal.type("\x15\x04");
    EXPECT_TRUE(terminal.editor.ended());
    EXPECT_EQ(terminal.editor.take_line(), "one");
    EXPECT_EQ(terminal.editor.take_line(), "two");
    EXPECT_FALSE(terminal.editor.has_line());
}

} // namespace
} // namespace badwire::net
