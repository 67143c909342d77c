// turns.hpp: strict alternation between two people: whose turn it is, and what was typed ahead.
//
// A message is a line. It is sent when it is its writer's turn; the next message may follow after
// the reply. A line typed out of turn waits for the turn, and so does the end of input: a person
// who types a question and Ctrl+D still reads the answer. A message out of turn is shown, and
// changes nothing. No I/O, no clock; not thread-safe.
#pragma once

#include <optional>
#include <string>
#include <utility>

namespace badwire::wire {

enum class turn {
    mine,
    theirs,
    anyones // nobody has spoken yet, and whoever types first begins
};

class turn_taking {
public:
    explicit turn_taking(turn first) : turn_(first) {}

    bool may_speak() const { return turn_ != turn::theirs; }

    /// Whether a line should be asked for from the keyboard: only one is kept.
    bool wants_line() const { return !typed_ && !ended_; }
    void typed(std::string line) { typed_ = std::move(line); }
    void end_of_input() { ended_ = true; }

    /// The other side's message came.
    void heard() { turn_ = turn::mine; }

    /// What to say now, if anything; then it is the other side's turn.
    std::optional<std::string> next_to_say()
    {
        if (!may_speak() || !typed_) return std::nullopt;
        turn_ = turn::theirs;
        return std::exchange(typed_, std::nullopt);
    }

    /// It is our turn, and there is nothing to say and never will be. Before anybody has spoken,
    /// the other side may still begin.
    bool over() const { return turn_ == turn::mine && !typed_ && ended_; }

private:
    turn turn_;
    std::optional<std::string> typed_;
    bool ended_ = false;
};

} // namespace badwire::wire
