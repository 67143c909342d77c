// link_model.hpp: both directions of a link's models for Python: decisions without a network. One
// thread at a time: Python's GIL ensures that.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "sim/link/link.hpp"

namespace badwire::bindings {

class link_model {
public:
    /// `link` is JSON as a scenario writes it. Throws mistake.
    link_model(const std::string& link, std::uint64_t seed, const std::string& name);

    struct decision {
        link::fate met;
        std::string explained;
        std::string payload; // as it arrives: with its bits flipped
    };
    /// Throws invalid_argument when time falls or there is no such direction.
    decision decide(const std::string& direction, std::string payload, double at_s,
                    const std::string& flow);

private:
    struct side {
        link::lane lane;
        link::duration latest{0};
    };
    side up_, down_;
};

} // namespace badwire::bindings
