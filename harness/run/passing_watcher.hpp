// passing_watcher.hpp: a watcher that shows everything to another one, if there is one: for those that
// look at packets in passing.
#pragma once

#include "sim/link/packet_watcher.hpp"

namespace badwire::harness {

class passing_watcher : public link::packet_watcher {
public:
    /// `next` may be null; not owned.
    explicit passing_watcher(link::packet_watcher* next) : next_(next) {}

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override
    {
        return next_ ? next_->offered(what, by, met) : note();
    }
    void left(const link::watched_packet& what, std::uint32_t copy, const note& said) final
    {
        if (next_) next_->left(what, copy, said);
    }
    void undeliverable(const link::watched_packet& what, std::uint32_t copy, const note& said,
                       std::string_view reason) final
    {
        if (next_) next_->undeliverable(what, copy, said, reason);
    }
    void segment(const link::watched_segment& what, std::string_view comment) final
    {
        if (next_) next_->segment(what, comment);
    }

private:
    link::packet_watcher* next_;
};

} // namespace badwire::harness
