#include "sim/control/problem.hpp"

namespace badwire::control {

problem bad_request(const mistake& wrong)
{
    const auto* several = dynamic_cast<const mistakes*>(&wrong);
    const std::vector<mistake> all = several != nullptr ? several->all : std::vector{wrong};
    std::string told;
    for (const mistake& one : all) {
        told += told.empty() ? "" : "; ";
        told += one.pointer + (one.pointer.empty() ? "" : ": ") + one.what();
    }
    problem made(400, told);
    made.found = all;
    return made;
}

} // namespace badwire::control
