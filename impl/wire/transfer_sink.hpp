// transfer_sink.hpp: where a received file goes.
#pragma once

#include <cstddef>
#include <span>

namespace badwire::wire {

/// Destroyed without commit(), it leaves no file. Throws net::failure.
struct transfer_sink {
    virtual ~transfer_sink() = default;
    virtual void write(std::span<const std::byte> bytes) = 0;
    virtual void commit() = 0;
};

} // namespace badwire::wire
