// problem.hpp: why a request cannot be fulfilled: an HTTP status, and words.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include <nlohmann/json.hpp>

#include "impl/base/reading.hpp"

namespace badwire::control {

struct problem : std::runtime_error {
    problem(unsigned http_status, const std::string& what)
        : std::runtime_error(what), status(http_status)
    {
    }
    unsigned status;
};

/// Status 400 and "POINTER: WHAT" of every mistake.
problem bad_request(const mistake& wrong);

/// What `use` makes of a document; its mistakes become one problem.
template <typename Use>
auto read_request(const nlohmann::json& document, Use use)
{
    const nlohmann::ordered_json whole = document;
    try {
        return read_document(whole, use);
    } catch (const mistake& wrong) {
        throw bad_request(wrong);
    }
}

} // namespace badwire::control
