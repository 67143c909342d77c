// problem.hpp: why a request cannot be fulfilled: an HTTP status, and words.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/system/error_code.hpp>
#include <nlohmann/json.hpp>

#include "impl/base/reading.hpp"

namespace badwire::control {

struct problem : std::runtime_error {
    problem(unsigned http_status, const std::string& what, boost::system::error_code why = {})
        : std::runtime_error(what), status(http_status), cause(why)
    {
    }
    unsigned status;
    boost::system::error_code cause; // of the system, if that refused
    std::vector<mistake> found{};    // in the request's document, if these are the problem
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
