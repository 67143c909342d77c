#include "impl/real/process_limits.hpp"

#include <cstddef>

#include <pthread.h>

#include "impl/base/descriptor_limit.hpp"

namespace badwire::net {

void prepare_for_many_clients()
{
    raise_descriptor_limit(); // where the system refuses, accept() says what to do
    // Serving a client touches 16 KiB of its stack; the larger frames of a sanitizer fit as well.
    constexpr std::size_t stack_bytes = 512 << 10;
    pthread_attr_t attributes;
    if (::pthread_attr_init(&attributes) != 0) return;
    if (::pthread_attr_setstacksize(&attributes, stack_bytes) == 0)
        ::pthread_setattr_default_np(&attributes);
    ::pthread_attr_destroy(&attributes);
}

} // namespace badwire::net
