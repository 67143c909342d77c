#include "sim/control/problem.hpp"

namespace badwire::control {

problem bad_request(const mistake& wrong)
{
    std::string told;
    const auto tell = [&](const mistake& one) {
        told += told.empty() ? "" : "; ";
        told += one.pointer + (one.pointer.empty() ? "" : ": ") + one.what();
    };
    if (const auto* several = dynamic_cast<const mistakes*>(&wrong))
        for (const mistake& one : several->all) tell(one);
    else tell(wrong);
    return {400, told};
}

} // namespace badwire::control
