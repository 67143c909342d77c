// Fuzzes the calculator's reading of requests.
#include <cstdint>
#include <cstdlib>

#include "impl/wire/calculator.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace badwire::wire;
    const std::string answer = calculate({reinterpret_cast<const char*>(data), size});
    const bool refused = answer.starts_with(calculator_error);
    const bool number = answer.find_first_not_of("-0123456789") == std::string::npos;
    if (answer.empty() || refused == number) std::abort();
    return 0;
}
