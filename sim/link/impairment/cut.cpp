#include "sim/link/impairment/rows.hpp"

namespace badwire::link {

impairment_row cut_row()
{
    return {
        .key = "cut",
        .schema =
            R"json({"description": "true: nothing passes", "default": false, "type": "boolean"})json",
        .nothing = "false",
        .read = [](const reading& at, const surroundings&,
                   impairments& into) { into.cut = at.truth(); },
        .write = [](const impairments& asked) { return nlohmann::json(asked.cut); },
        .asked = differs<&impairments::cut>,
        .of_connections = true,
        .struck = [](const impairments&, const fate& decided) { return decided.why == cause::cut; },
        .drops_as = cause::cut,
        .drops_called = "cut",
        .why_dropped = [](const impairments&, const fate&,
                          std::string_view) { return std::string("dropped: the link is cut"); }};
}

} // namespace badwire::link
