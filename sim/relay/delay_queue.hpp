// delay_queue.hpp: packets on their way, ordered by (due, sequence): of two that are due at the
// same time, the one that was pushed first leaves first.
//
// A packet that is due no earlier than all in the line joins the line; others go to a heap. So a
// constant delay costs as little as a queue. Clock-free; not thread-safe.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

namespace badwire::relay {

template <typename Time, typename Item>
class delay_queue {
public:
    void push(Time due, Item item)
    {
        entry added{due, sequence_++, std::move(item)};
        if (line_.empty() || !(due < line_.back().due)) {
            line_.push_back(std::move(added));
        } else {
            heap_.push_back(std::move(added));
            std::push_heap(heap_.begin(), heap_.end(), leaves_later);
        }
    }

    bool empty() const { return line_.empty() && heap_.empty(); }
    std::size_t size() const { return line_.size() + heap_.size(); }

    /// When the next one is due. Must not be called when empty.
    Time due() const { return heap_is_next() ? heap_.front().due : line_.front().due; }

    /// Takes the next one out. Must not be called when empty.
    Item pop()
    {
        if (!heap_is_next()) {
            Item next = std::move(line_.front().item);
            line_.pop_front();
            return next;
        }
        std::pop_heap(heap_.begin(), heap_.end(), leaves_later);
        Item next = std::move(heap_.back().item);
        heap_.pop_back();
        return next;
    }

private:
    struct entry {
        Time due;
        std::uint64_t sequence;
        Item item;
    };

    static bool leaves_later(const entry& a, const entry& b)
    {
        return a.due != b.due ? a.due > b.due : a.sequence > b.sequence;
    }

    bool heap_is_next() const
    {
        return !heap_.empty() && (line_.empty() || leaves_later(line_.front(), heap_.front()));
    }

    std::uint64_t sequence_ = 0;
    std::deque<entry> line_;
    std::vector<entry> heap_;
};

} // namespace badwire::relay
