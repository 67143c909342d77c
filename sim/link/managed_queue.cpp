#include "sim/link/managed_queue.hpp"

#include "sim/link/fq_codel.hpp"
#include "sim/link/pie.hpp"

namespace badwire::link {

std::unique_ptr<managed_queue> make_managed_queue(const aqm_model& asked)
{
    switch (asked.is) {
    case aqm_model::discipline::codel: return std::make_unique<codel_queue>(asked);
    case aqm_model::discipline::fq_codel: return std::make_unique<fq_codel_queue>(asked);
    case aqm_model::discipline::pie: return std::make_unique<pie_queue>(asked);
    case aqm_model::discipline::none: break;
    }
    return nullptr;
}

} // namespace badwire::link
