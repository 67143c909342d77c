// real_child.hpp: a child process of the operating system. On Linux it dies with the thread that
// started it, however that thread ends.
#pragma once

#include "impl/net/child.hpp"
#include "impl/real/real_sockets.hpp"

namespace badwire::net {

std::unique_ptr<child_backend> make_real_child(const asio::any_io_executor& executor,
                                               stoppables& alive, const child_command& command);

} // namespace badwire::net
