// time_order.hpp: a capture's packets in the order of their times. A packet is written when it is
// seen, with the time at which it arrived in the kernel: a packet that left meanwhile stands before.
#pragma once

#include <string>

namespace badwire::capture {

/// Rewrites a capture that pcapng_writer has closed; the file is replaced when the new one is whole.
/// Packets of equal times keep their order. What is no regular file (a pipe) stays as it is. Throws
/// system_error; the file is then as before.
void put_in_order_of_time(const std::string& path);

} // namespace badwire::capture
