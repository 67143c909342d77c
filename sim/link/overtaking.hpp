// overtaking.hpp: packets that are held back until later ones of their flow have passed.
// Clock-free: the carrier says which packet passes, and gets back the packets that may now follow.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace badwire::link {

/// One per flow and direction. The carrier puts a slot into its own queue for the latest time at
/// which the packet leaves. Overtakers take the packet out of the slot, or that time does:
/// whichever comes first.
template <typename Item>
class overtaking {
public:
    using slot = std::shared_ptr<std::optional<Item>>;

    /// Holds the packet back for `overtakers` others. Must be called after passed() for the packets
    /// before this one; passed() must not be called for the packet itself.
    slot hold(Item item, std::uint32_t overtakers)
    {
        held_.push_back({overtakers, std::make_shared<std::optional<Item>>(std::move(item))});
        return held_.back().packet;
    }

    /// A packet of the flow leaves, neither dropped nor held back: `release` is called with each
    /// slot that has now been overtaken often enough, and still holds its packet.
    template <typename Release>
    void passed(Release release)
    {
        if (held_.empty()) return;
        std::vector<slot> free;
        std::erase_if(held_, [&](entry& one) {
            if (!*one.packet) return true; // its time had come
            if (--one.left > 0) return false;
            free.push_back(std::move(one.packet));
            return true;
        });
        for (slot& one : free) release(std::move(one));
    }

    bool empty() const { return held_.empty(); }

private:
    struct entry {
        std::uint32_t left;
        slot packet;
    };
    std::vector<entry> held_;
};

} // namespace badwire::link
