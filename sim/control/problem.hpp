// problem.hpp: why a request cannot be met, in a status of HTTP and in words.
#pragma once

#include <stdexcept>
#include <string>

namespace badwire::control {

struct problem : std::runtime_error {
    problem(unsigned http_status, const std::string& what)
        : std::runtime_error(what), status(http_status)
    {
    }
    unsigned status;
};

} // namespace badwire::control
