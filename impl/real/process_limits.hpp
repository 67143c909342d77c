// process_limits.hpp: what one process must be allowed in order to serve thousands of clients.
#pragma once

namespace badwire::net {

/// Raises this process's limit of open files as far as the system lets it (every connection is
/// one), and gives small stacks to threads that are started from now on (one for each client), so
/// that a thousand fit where memory is counted strictly. Call it before threads are started.
void prepare_for_many_clients();

} // namespace badwire::net
