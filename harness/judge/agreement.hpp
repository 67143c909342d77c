// agreement.hpp: whether clients waited as long as queueing theory says, over all runs of a scenario.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/judge/record.hpp"

namespace badwire::harness {

/// agrees: the prediction lies in the 95 % interval. differs: it lies outside the 99.9 % interval.
/// inconclusive: between the two, or the runs say too little.
enum class agreement_verdict { agrees, differs, inconclusive };
std::string_view to_string(agreement_verdict which);

/// One theory, held against the runs of a scenario on a network. Times in milliseconds.
struct agreement {
    const scenario* what = nullptr;
    network_kind network = network_kind::direct;
    const theory_spec* theory = nullptr;
    std::uint64_t runs = 0;
    theory::estimate waiting{};       // over all runs: of their means; of one run: by batch means
    theory::queue_load load{};        // rates and times in ms
    bool service_is_measured = false; // else the scenario says it
    theory::queue_prediction predicted{};
    double taking_ms = 0;   // of the prediction: what a connection costs where a server is free
    double turned_away = 0; // share of the requests, as measured
    agreement_verdict verdict = agreement_verdict::inconclusive;
    std::string message; // in one line, for people
};

/// In the order of the runs.
std::vector<agreement> agreements(std::span<const run_record> runs);

/// An entry of results.json's "theory".
json to_json(const agreement& one);

} // namespace badwire::harness
