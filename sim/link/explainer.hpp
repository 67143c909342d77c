// explainer.hpp: explains the fates of many packets of one link; the text about what was asked is
// made only once.
#pragma once

#include <string>
#include <vector>

#include "sim/link/fate.hpp"

namespace badwire::link {

class explainer {
public:
    /// `asked` holds when the packets are decided over; it must outlive the explainer.
    explicit explainer(const impairments& asked);

    /// As link::explain().
    std::string operator()(const fate& decided) const;

private:
    std::string why_dropped(const fate& decided) const;

    const impairments& asked_;
    std::vector<std::string> words_; // of each row of the table
};

} // namespace badwire::link
