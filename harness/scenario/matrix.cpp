#include "harness/scenario/matrix.hpp"

#include <fmt/format.h>

#include "harness/scenario/parts.hpp"

namespace badwire::harness {

using json = nlohmann::ordered_json;

namespace {

constexpr std::size_t most_combinations = 10'000;

// The values of each parameter; empty if they are flawed, which is noted.
json read_matrix(const reading& whole)
{
    json matrix = json::object();
    whole.with("matrix", [&](const reading& at) {
        at.check_object(R"(parameters and their values such as {"loss": [0, 0.05]})");
        at.each([&](const std::string& name, const reading& values) {
            matrix[name] = json::array();
            check_key(values, name, false);
            values.check_array("the values of this parameter such as [0, 0.05]", 1);
            matrix[name] = values.value();
        });
    });
    return matrix;
}

// Every combination of the matrix, the last parameter changing fastest.
std::vector<json> combinations(const json& matrix)
{
    std::vector<json> all{json::object()};
    for (const auto& [name, values] : matrix.items()) {
        if (values.empty()) continue; // flawed
        std::vector<json> longer;
        for (const json& shorter : all)
            for (const json& value : values) {
                longer.push_back(shorter);
                longer.back()[name] = value;
                if (longer.size() > most_combinations)
                    throw mistake("/matrix",
                                  fmt::format("more than {} combinations", most_combinations));
            }
        all = std::move(longer);
    }
    return all;
}

// Puts the values of one combination in.
class filler {
public:
    filler(const json& matrix, expanded_scenario& into, mistake_list& found)
        : matrix_(matrix), into_(into), found_(found)
    {
    }

    void put_in(json& part, const std::string& pointer)
    {
        if (part.is_structured()) {
            for (auto& [key, value] : part.items()) put_in(value, pointer + pointer_step(key));
        } else if (part.is_string()) {
            try {
                part = filled(part.get<std::string>(), pointer);
            } catch (const mistake& wrong) {
                found_.note(wrong);
                into_.unresolved.insert(pointer);
            }
        }
    }

private:
    json filled(const std::string& text, const std::string& pointer)
    {
        constexpr std::string_view prefix = "${matrix.";
        std::string replaced;
        std::size_t done = 0;
        for (std::size_t start = 0; (start = text.find(prefix, done)) != std::string::npos;) {
            const auto end = text.find('}', start);
            if (end == std::string::npos)
                throw mistake(pointer, "a reference without its closing }");
            const json& value =
                value_of(text.substr(start + prefix.size(), end - start - prefix.size()), pointer);
            if (start == 0 && end + 1 == text.size()) return value;
            replaced += text.substr(done, start - done) + word_of(value);
            done = end + 1;
        }
        return replaced + text.substr(done);
    }

    const json& value_of(const std::string& name, const std::string& pointer)
    {
        if (into_.combination.contains(name)) return into_.combination[name];
        static const json none;
        into_.unresolved.insert(pointer);
        if (matrix_.contains(name)) return none; // its values are flawed; that was noted before
        std::vector<std::string> valid;
        for (const auto& [key, values] : matrix_.items()) valid.push_back(key);
        throw mistake(pointer, fmt::format("no parameter \"{}\" in the matrix{}", name,
                                           suggestion(name, valid)));
    }

    const json& matrix_;
    expanded_scenario& into_;
    mistake_list& found_;
};

} // namespace

std::string word_of(const json& value)
{
    return value.is_string() ? value.get<std::string>() : value.dump();
}

std::vector<expanded_scenario> expand_scenario(const reading& whole)
{
    const json matrix = read_matrix(whole);
    std::vector<json> all{json::object()};
    const bool good = whole.attempt([&] {
        all = combinations(matrix);
        if (all.size() > 1)
            check_copies(whole.at("matrix"), all.size(), whole.value().dump().size());
    });
    if (!good) all.resize(1); // which shows other mistakes
    std::vector<expanded_scenario> expanded;
    for (json& combination : all) {
        expanded.push_back({std::move(combination), whole.value(), {}});
        filler(matrix, expanded.back(), whole.found()).put_in(expanded.back().asked, "");
    }
    return expanded;
}

} // namespace badwire::harness
