#include "harness/lab/combinations.hpp"

#include <fmt/format.h>

#include "harness/run/runner.hpp"
#include "impl/base/mistake.hpp"

namespace badwire::harness {

std::vector<scenario> selected(std::vector<scenario> loaded, const selection& only)
{
    if (loaded.empty()) throw mistake("", "there is no scenario");
    check_selection(loaded, only);
    std::erase_if(loaded, [&](const scenario& one) { return !is_selected(one, only); });
    for (const scenario& one : loaded) check_networks(one, {network_kind::virtual_time});
    return loaded;
}

scenario only_selected(std::vector<scenario> loaded, const selection& only)
{
    auto fit = selected(std::move(loaded), only);
    if (fit.size() == 1) return std::move(fit.front());
    throw mistake("", fmt::format("its matrix has {} combinations; choose one, such as --only {}",
                                  fit.size(), to_selection(fit.front().matrix)));
}

} // namespace badwire::harness
