// Any JSON as a toxic is taken or refused; if it is taken, it can be written and read again.
#include <cstdint>
#include <string_view>

#include "sim/control/problem.hpp"
#include "sim/control/toxics.hpp"
#include "sim/link/options_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace badwire;
    const auto body = nlohmann::json::parse(data, data + size, nullptr, false);
    if (body.is_discarded()) return 0;
    try {
        const control::toxic one = control::parse_toxic(body);
        const link::impairments now = control::apply({}, one, control::carried::datagrams);
        const control::toxic again = control::updated(one, control::to_json(one));
        if (control::apply({}, again, control::carried::datagrams) != now) __builtin_trap();
        if (link::parse_link_options(link::to_json(now)).up != now) __builtin_trap();
    } catch (const control::problem&) { // refused
    }
    return 0;
}
