// descriptor_limit.hpp: how many files and sockets this process may have open at a time.
#pragma once

namespace badwire {

/// Raises the limit as far as the system lets this process. Best effort: where the system refuses,
/// fewer clients fit, and the server that accepts them says so.
void raise_descriptor_limit();

} // namespace badwire
