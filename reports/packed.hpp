// packed.hpp: traces as small as a page needs them. Pure; memory: a few times the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace badwire::reports {

/// Deflate (RFC 1951) in base64, which every browser takes apart itself.
[[nodiscard]] std::string packed(std::string_view text);

struct packed_trace {
    std::string data;           ///< empty: there is none, or it was left out
    bool without_heads = false; ///< the contents of packets are left out
    bool left_out = false;
};

/// Packs the texts of trace.json; an empty one is no trace. Above `bytes_max` in all, the largest lose
/// the contents of their packets first, then go altogether.
[[nodiscard]] std::vector<packed_trace> pack_traces(const std::vector<std::string>& traces,
                                                    std::size_t bytes_max);

} // namespace badwire::reports
