// share.hpp: how well a share is known, of which so many were counted. Pure.
#pragma once

namespace badwire {

struct interval {
    double low, high;
};

/// An interval that holds a share with 95 % confidence, in [0, 1]. At least one trial.
///
/// Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference (1927).
interval wilson(double successes, double trials);

} // namespace badwire
