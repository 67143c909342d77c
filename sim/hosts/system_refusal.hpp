// system_refusal.hpp: what the system refused, as a failure for people.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "impl/net/network.hpp"

namespace badwire::hosts {

/// Throws net::failure: "cannot `what`: " and why, an error number of the system's.
[[noreturn]] inline void refuse(const std::string& what, int why = errno)
{
    throw net::failure(fmt::format("cannot {}: {}", what, std::generic_category().message(why)));
}

} // namespace badwire::hosts
