// chance.hpp: what duplicate, reorder and corrupt have in common: a probability and an amount.
#pragma once

#include <tuple>

#include "sim/link/impairment/phrases.hpp"
#include "sim/link/impairment/rows.hpp"

namespace badwire::link {

/// A probability, or an object with these keys. The key `amount` is a range up to `most`; `more`
/// reads the other keys.
template <typename Model, typename More>
Model read_chance(const reading& at, std::string_view what,
                  std::initializer_list<std::string_view> keys, const char* amount,
                  std::uint32_t most, More more)
{
    Model read;
    if (!at.value().is_object()) {
        if (!at.value().is_number()) at.expected(what);
        read.probability = at.probability();
        return read;
    }
    at.check_object(what, keys);
    if (!at.has("probability")) at.expected(what);
    at.with("probability", [&](const reading& chance) { read.probability = chance.probability(); });
    at.with(amount, [&](const reading& range) {
        std::tie(read.least, read.most) = range.range("a number from 1, or [least, most]", most);
    });
    more(read);
    return read;
}

template <typename Model>
nlohmann::json write_chance(const Model& model, const char* amount)
{
    return {{"probability", model.probability},
            {amount, model.least == model.most ? nlohmann::json(model.least)
                                               : nlohmann::json{model.least, model.most}}};
}

/// The columns that are the same for all three, because each has a probability.
template <auto Member>
impairment_row chance_row()
{
    return {
        .asked = differs<Member>,
        .draws = [](const impairments& asked) { return (asked.*Member).probability > 0; },
        .weaken =
            [](impairments& asked, double factor) {
                (asked.*Member).probability *= factor;
                return true;
            },
        .words = [](const impairments& asked) { return asked_for((asked.*Member).probability); }};
}

} // namespace badwire::link
