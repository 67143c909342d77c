#include "reports/run_texts.hpp"

#include <nlohmann/json.hpp>

namespace badwire::reports {

using nlohmann::json;

std::string headline(const json& run)
{
    if (const auto story = run.find("story"); story != run.end() && story->is_object())
        if (std::string line = story->value("headline", ""); !line.empty()) return line;
    return run.value("message", "");
}

std::vector<std::string> unmet_expectations(const json& run)
{
    std::vector<std::string> unmet;
    const auto all = run.find("expectations");
    if (all == run.end()) return unmet;
    for (const json& one : *all) {
        if (one.at("met").get<bool>()) continue;
        const std::string detail = one.value("detail", "");
        unmet.push_back(one.at("what").get<std::string>() + (detail.empty() ? "" : ": " + detail));
    }
    return unmet;
}

std::string plain_text(const json& value)
{
    return value.is_string() ? value.get<std::string>()
                             : value.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace badwire::reports
