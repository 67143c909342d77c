#include "bindings/statistics.hpp"

#include <boost/math/distributions/students_t.hpp>

namespace badwire::bindings {

double student_t_95(double degrees)
{
    constexpr double beyond_each_side = 0.025;
    return quantile(complement(boost::math::students_t(degrees), beyond_each_side));
}

} // namespace badwire::bindings
