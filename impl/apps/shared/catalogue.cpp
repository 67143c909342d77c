#include "impl/apps/shared/catalogue.hpp"

#include <algorithm>

namespace badwire::apps {

namespace {

// By section, and servers before their clients.
std::vector<program> in_the_courses_order(std::vector<program> programs)
{
    const auto place = [](const program& one) {
        return std::pair(one.section, one.role == role::client);
    };
    std::stable_sort(programs.begin(), programs.end(),
                     [&](const program& a, const program& b) { return place(a) < place(b); });
    return programs;
}

std::vector<program>& all()
{
    static std::vector<program> programs = in_the_courses_order(programs_of_all_files());
    return programs;
}

} // namespace

std::span<const program> catalogue() { return all(); }

const program* find_program(std::string_view name)
{
    const auto programs = catalogue();
    const auto found = std::find_if(programs.begin(), programs.end(),
                                    [&](const program& each) { return each.name == name; });
    return found == programs.end() ? nullptr : &*found;
}

void add_programs(std::vector<program> more)
{
    for (program& each : more) {
        if (find_program(each.name))
            throw net::failure(fmt::format("there is a program {} already; give this one another "
                                           "name",
                                           each.name));
        all().push_back(std::move(each));
    }
}

} // namespace badwire::apps
