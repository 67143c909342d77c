// file_transfer.hpp: what the programs that send and receive files share.
#pragma once

#include <istream>
#include <memory>
#include <string>

#include "impl/apps/shared/options.hpp"
#include "impl/net/network.hpp"

namespace badwire::apps {

/// Opens a file that a peer named; it must be in `folder` itself, not in a folder below. Throws
/// failure.
std::unique_ptr<std::istream> open_offered(net::network& network, const std::string& folder,
                                           const std::string& name);

std::uint64_t size_of(std::istream& file);

/// Fills the span as far as the file reaches; returns how many bytes it read.
std::size_t read_from(std::istream& file, std::span<std::byte> into);

/// Where a client puts the file `name`: `out`, or received/NAME if that is empty.
void choose_place(const option_parser& parser, const std::string& name, std::string& out);

} // namespace badwire::apps
