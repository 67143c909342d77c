#include "impl/wire/rto.hpp"

#include <algorithm>

namespace badwire::wire {

void rto_estimator::sample(net::duration rtt)
{
    if (!srtt_) { // (2.2)
        srtt_ = rtt;
        rttvar_ = rtt / 2;
    } else { // (2.3), in this order: RTTVAR uses the old SRTT
        const net::duration error = rtt > *srtt_ ? rtt - *srtt_ : *srtt_ - rtt;
        rttvar_ = (3 * rttvar_ + error) / 4;
        srtt_ = (7 * *srtt_ + rtt) / 8;
    }
    rto_ = std::clamp(*srtt_ + std::max(options_.granularity, 4 * rttvar_), options_.minimum,
                      options_.maximum);
}

void rto_estimator::back_off() { rto_ = std::min(2 * rto_, options_.maximum); }

} // namespace badwire::wire
