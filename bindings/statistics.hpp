// statistics.hpp: what the package needs of Boost.Math.
#pragma once

namespace badwire::bindings {

/// Half the width of a 95 % interval in standard errors: Student's t of so many degrees of freedom,
/// at least 1.
double student_t_95(double degrees);

} // namespace badwire::bindings
