// Whatever a scenario file holds, it is understood or refused as a mistake.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/scenario/scenario.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    try {
        badwire::harness::parse_scenario({reinterpret_cast<const char*>(data), size}, "fuzz.json");
    } catch (const badwire::mistake&) {
        return 0;
    }
    return 0;
}
