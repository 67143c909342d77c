// host_messages.hpp: texts with descriptors, between the process that wants hosts and the one that makes
// them; see unix(7), SCM_RIGHTS.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "impl/base/owned_descriptor.hpp"

namespace badwire::hosts {

struct host_message {
    std::string text;
    std::vector<owned_descriptor> descriptors; // at most two
};

/// On a socket of messages (SOCK_SEQPACKET). Throws net::failure.
void send_message(int socket, const host_message& what);
/// The next one; nothing: the other side has ended.
std::optional<host_message> receive_message(int socket);

} // namespace badwire::hosts
