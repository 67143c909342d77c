// occurrence_table.hpp: how many times a packet's contents have passed before, in bounded memory.
//
// Two generations of open-addressing tables: when the young one is full it becomes the old one and
// the old one is forgotten. Contents that come again move to the young one with their count. So
// contents are remembered while they are among the last `capacity` to 2 * `capacity` different
// ones. Not thread-safe.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace badwire::link {

class occurrence_table {
public:
    explicit occurrence_table(std::size_t capacity = std::size_t{1} << 20) : capacity_(capacity) {}

    /// How many times this content was passed to next() before, as far as remembered.
    std::uint64_t next(std::uint64_t content)
    {
        std::uint64_t* times = young_.find(content);
        if (times == nullptr) {
            const std::uint64_t* before = old_.find(content);
            const std::uint64_t known = before == nullptr ? 0 : *before;
            if (young_.size() == capacity_) old_ = std::exchange(young_, {});
            times = &young_.insert(content);
            *times = known;
        }
        return (*times)++;
    }

    /// Begins to fetch what next() will look at.
    void prefetch(std::uint64_t content) const
    {
        young_.prefetch(content);
        old_.prefetch(content);
    }

    /// Different contents remembered, at most 2 * capacity.
    std::size_t size() const { return young_.size() + old_.size(); }

private:
    // The key is a hash already: its low bits are the index of its slot.
    class generation {
    public:
        std::size_t size() const { return used_; }

        void prefetch(std::uint64_t content) const
        {
            if (!slots_.empty()) __builtin_prefetch(&slots_[content & (slots_.size() - 1)], 1);
        }

        std::uint64_t* find(std::uint64_t content)
        {
            if (slots_.empty()) return nullptr;
            slot& found = place(content);
            return found.times == 0 ? nullptr : &found.times;
        }

        std::uint64_t& insert(std::uint64_t content)
        {
            if (4 * (used_ + 1) > 3 * slots_.size()) grow();
            ++used_;
            slot& fresh = place(content);
            fresh.content = content;
            return fresh.times;
        }

    private:
        struct slot {
            std::uint64_t content = 0;
            std::uint64_t times = 0; // 0: free
        };

        slot& place(std::uint64_t content)
        {
            const std::size_t mask = slots_.size() - 1;
            std::size_t at = content & mask;
            while (slots_[at].times != 0 && slots_[at].content != content) at = (at + 1) & mask;
            return slots_[at];
        }

        void grow()
        {
            const auto before =
                std::exchange(slots_, std::vector<slot>(slots_.empty() ? 16 : 2 * slots_.size()));
            for (const slot& moved : before)
                if (moved.times != 0) place(moved.content) = moved;
        }

        std::vector<slot> slots_; // their number is a power of two
        std::size_t used_ = 0;
    };

    std::size_t capacity_;
    generation young_;
    generation old_;
};

} // namespace badwire::link
