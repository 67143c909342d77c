// toxics.hpp: what one adds to a running link, one at a time and by name, in the shape that users
// of toxiproxy know: {"name": "slow", "type": "latency", "stream": "downstream", "toxicity": 1,
// "attributes": {"latency": 100, "jitter": 20}}. A toxic changes the impairments of one direction.
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
// And badwire's own: the type is a key of a direction in a scenario (sim/link/impairment), the
// attribute "value" what a scenario writes there. Toxicity is the share of connections in
// toxiproxy, and here what it can be: a factor on a probability (loss, duplicate, reorder,
// corrupt), the share of new connections that is refused (reset_peer with a timeout of 0); else it
// must be 1.
//
// Pure; throws problem (400) with the name of what is wrong.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "sim/link/impairments.hpp"

namespace badwire::control {

struct toxic {
    std::string name;
    std::string type;
    link::direction stream = link::direction::down;
    double toxicity = 1;
    nlohmann::json attributes = nlohmann::json::object();
};

/// As a request's body says; the name is TYPE_STREAM where it says none. Checks types of values,
/// not yet whether there is such a toxic.
toxic parse_toxic(const nlohmann::json& body);

/// The same toxic with the toxicity and the attributes that `body` names changed. Names, types and
/// streams stay: they may be repeated, but not be others.
toxic updated(const toxic& before, const nlohmann::json& body);

nlohmann::json to_json(const toxic& one);

/// What holds when the toxic is added to what held before.
link::impairments apply(const link::impairments& before, const toxic& one);

/// A link's changes over HTTP name no files of this machine. Throws problem for a rate's trace that
/// is one, in a direction or anything that holds directions.
void refuse_files(const nlohmann::json& impairments);

} // namespace badwire::control
