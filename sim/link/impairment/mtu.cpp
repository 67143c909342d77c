#include <fmt/format.h>

#include "sim/link/impairment/rows.hpp"

namespace badwire::link {

impairment_row mtu_row()
{
    return {
        .key = "mtu",
        .schema = R"json({
                "description": "a size in bytes from 1 to 65507: larger payloads are dropped; 0: no limit", "default": 0, "examples": [1400],
                "anyOf": [
                    {"type": "integer", "minimum": 0, "maximum": 65507},
                    {"type": "string", "pattern": "^\\$\\{matrix\\..*\\}$"}
                ]
            })json",
        .nothing = "0",
        .read =
            [](const reading& at, const surroundings&, impairments& into) {
                into.mtu =
                    at.whole("the largest payload in bytes, 1 to 65507; 0: no limit", 0, 65507);
            },
        .write = [](const impairments& asked) { return nlohmann::json(asked.mtu); },
        .asked = differs<&impairments::mtu>,
        .struck = [](const impairments&, const fate& decided) { return decided.why == cause::mtu; },
        .drops_as = cause::mtu,
        .drops_called = "mtu",
        .why_dropped =
            [](const impairments& asked, const fate&, std::string_view) {
                return fmt::format("dropped: larger than the MTU of {} bytes", asked.mtu);
            }};
}

} // namespace badwire::link
