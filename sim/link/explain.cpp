#include <algorithm>

#include "sim/link/explainer.hpp"
#include "sim/link/impairment/row.hpp"

namespace badwire::link {
namespace {

// The rows that explain packets that passed, in the order in which they speak.
std::vector<std::size_t> in_order()
{
    const auto rows = impairment_table();
    std::vector<std::size_t> made;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].explain != nullptr) made.push_back(i);
    std::ranges::sort(made, {}, [&](std::size_t i) { return rows[i].explained_at; });
    return made;
}

} // namespace

explainer::explainer(const impairments& asked) : asked_(asked)
{
    for (const impairment_row& one : impairment_table())
        words_.push_back(one.words != nullptr && one.asked(asked) ? one.words(asked) : "");
}

std::string explainer::why_dropped(const fate& decided) const
{
    if (decided.why == cause::partition) return "dropped: partitioned"; // the lane knows the groups
    const auto rows = impairment_table();
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (rows[i].drops_as == decided.why && rows[i].why_dropped != nullptr)
            return rows[i].why_dropped(asked_, decided, words_[i]);
    return "dropped";
}

std::string explainer::operator()(const fate& decided) const
{
    static const auto order = in_order();
    if (decided.dropped) return why_dropped(decided);
    std::string text;
    for (const std::size_t i : order)
        impairment_table()[i].explain(text, asked_, decided, words_[i]);
    return text;
}

std::string explain(const impairments& asked, const fate& decided)
{
    return explainer(asked)(decided);
}

} // namespace badwire::link
