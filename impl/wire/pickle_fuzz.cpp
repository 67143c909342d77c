// Fuzzes the decoders of an employee: pickle above all, and the other three by their first byte.
#include <cstdint>

#include "impl/net/basics.hpp"
#include "impl/wire/employee.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        badwire::wire::decode_employee({reinterpret_cast<const char*>(data), size});
    } catch (const badwire::net::failure&) {
    }
    return 0;
}
