// Carries the precompiled header; see BadwireTargets.cmake.
