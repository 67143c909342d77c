// toxics.hpp: changes that one adds to a running link, each with a name, in the shape that users of
// toxiproxy know: {"name": "slow", "type": "latency", "stream": "downstream", "toxicity": 1,
// "attributes": {"latency": 100, "jitter": 20}}. A toxic changes one direction's impairments.
//
//   toxiproxy's type and attributes     what it sets of the direction
//   latency {latency, jitter} in ms     delay: constant, or uniform from latency-jitter to
//                                       latency+jitter, not below 0
//   bandwidth {rate} in kB/s            rate (for datagrams with its queue); 0: no limit
//   timeout {timeout} in ms             cut for datagrams; streams stall from now on and are reset
//                                       that long after their beginning (0: never)
//   reset_peer {timeout} in ms          streams are reset that long after their beginning
//   slicer {average_size, delay in µs}  streams pass in pieces of that size, so long apart;
//                                       pieces are of one size: size_variation must be 0
//   limit_data {bytes}                  streams end after so many bytes
//   slow_close                          is refused: there is nothing like it here
//
// badwire's own toxics: the type is a key of a direction in a scenario (sim/link/impairment), and
// the attribute "value" is what a scenario writes there. In toxiproxy, toxicity is the share of
// connections concerned. Here it is a factor on a probability (loss, duplicate, reorder, corrupt),
// or the share of new connections that is refused (reset_peer with a timeout of 0); for all others
// it must be 1.
//
// Pure; throws problem (400) with the name of what is wrong.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "sim/link/options_json.hpp"

namespace badwire::control {

struct toxic {
    std::string name;
    std::string type;
    link::direction stream = link::direction::down;
    double toxicity = 1;
    nlohmann::json attributes = nlohmann::json::object();
};

/// The toxic in a request's body; without a name there, it is called TYPE_STREAM. Checks the types
/// of values, not yet whether there is such a toxic.
toxic parse_toxic(const nlohmann::json& body);

/// The same toxic, with the toxicity and the attributes that `body` names changed. Name, type and
/// stream may be repeated in the body, but not changed.
toxic updated(const toxic& before, const nlohmann::json& body);

nlohmann::json to_json(const toxic& one);

/// What holds when the toxic is added to `before`.
link::impairments apply(const link::impairments& before, const toxic& one);

/// A request cannot name files of this machine.
inline const link::surroundings no_files{.files = link::nameable::none};

} // namespace badwire::control
