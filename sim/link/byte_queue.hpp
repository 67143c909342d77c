// byte_queue.hpp: a queue of bytes, stored in chunks of some kilobytes, so that many small pieces
// cost little and removed bytes cost nothing. Not thread-safe.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

namespace badwire::link {

class byte_queue {
public:
    std::size_t size() const { return size_; }

    void append(std::span<const std::byte> bytes)
    {
        size_ += bytes.size();
        if (chunks_.empty() || chunks_.back().size() + bytes.size() > chunk_bytes) {
            if (!bytes.empty()) chunks_.emplace_back(bytes.begin(), bytes.end());
        } else {
            chunks_.back().insert(chunks_.back().end(), bytes.begin(), bytes.end());
        }
    }

    /// The first so many bytes, which are removed.
    std::vector<std::byte> take(std::size_t count)
    {
        assert(count <= size_);
        size_ -= count;
        std::vector<std::byte> taken;
        if (count > 0 && head_ == 0 && chunks_.front().size() == count) {
            taken = std::move(chunks_.front());
            chunks_.pop_front();
            return taken;
        }
        taken.reserve(count);
        while (taken.size() < count) {
            const auto from = std::span(chunks_.front()).subspan(head_);
            const auto part = from.first(std::min(count - taken.size(), from.size()));
            taken.insert(taken.end(), part.begin(), part.end());
            head_ += part.size();
            if (part.size() < from.size()) break;
            chunks_.pop_front();
            head_ = 0;
        }
        return taken;
    }

    /// A copy of so many bytes from a place on.
    std::vector<std::byte> copy(std::size_t begin, std::size_t count) const
    {
        assert(begin + count <= size_);
        std::vector<std::byte> made;
        made.reserve(count);
        begin += head_;
        for (const auto& chunk : chunks_) {
            if (made.size() == count) break;
            if (begin < chunk.size()) {
                const auto part = std::span(chunk).subspan(begin).first(
                    std::min(count - made.size(), chunk.size() - begin));
                made.insert(made.end(), part.begin(), part.end());
            }
            begin -= std::min(begin, chunk.size());
        }
        return made;
    }

    /// Keeps only the first so many bytes.
    void cut_to(std::size_t count)
    {
        assert(count <= size_);
        while (size_ > count) {
            auto& last = chunks_.back();
            const std::size_t live = last.size() - (chunks_.size() == 1 ? head_ : 0);
            const std::size_t gone = std::min(live, size_ - count);
            size_ -= gone;
            last.resize(last.size() - gone);
            if (gone < live) continue;
            chunks_.pop_back();
            if (chunks_.empty()) head_ = 0;
        }
    }

private:
    static constexpr std::size_t chunk_bytes = 16 << 10;

    std::deque<std::vector<std::byte>> chunks_; // none is empty
    std::size_t head_ = 0;                      // bytes of the first chunk that have left
    std::size_t size_ = 0;
};

} // namespace badwire::link
