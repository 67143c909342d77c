// toxics.hpp: changes that one adds to a running link, each with a name, in the shape that users of
// toxiproxy know: {"name": "slow", "type": "latency", "stream": "downstream", "toxicity": 1,
// "attributes": {"latency": 100, "jitter": 20}}. A toxic changes one direction's impairments.
//
//   toxiproxy's type and attributes     what it sets of the direction
//   latency {latency, jitter} in ms     delay: constant, or uniform from latency-jitter to
//                                       latency+jitter, not below 0
//   bandwidth {rate} in kB/s            rate (for datagrams with its queue); 0: no limit
//   timeout {timeout} in ms             datagrams are lost; streams stall from now on and end that
//                                       long after their beginning (0: never)
//   reset_peer {timeout} in ms          streams are reset that long after their beginning
//   slicer {average_size,               streams pass in pieces of about that size, so long apart
//           size_variation, delay in µs}
//   limit_data {bytes}                  streams end after so many bytes
//   slow_close {delay} in ms            the end of a stream comes so much later
//
// These leave alone how connections begin: as with toxiproxy, a client is connected at once, and
// what it sends meets them.
//
// badwire's own toxics: the type is a key of a direction in a scenario (sim/link/impairment), and
// the attribute "value" is what a scenario writes there.
//
// Toxicity below 1 is the share of connections that meet the toxic, and no datagram does; for loss,
// duplicate, reorder and corrupt, which packets meet, it is a factor on their probability.
//
// Pure; throws problem (400) with the name of what is wrong.
#pragma once

#include <cstdint>
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

/// Whether only a share of the connections meets it.
bool is_of_some_connections(const toxic& one);
/// Whether connections meet it while they are set up.
bool is_of_set_up(const toxic& one);

enum class carried : std::uint8_t { datagrams, streams };

/// What holds for those who meet it when the toxic is added to `before`.
link::impairments apply(const link::impairments& before, const toxic& one, carried what);

/// A request cannot name files of this machine.
inline const link::surroundings no_files{.files = link::nameable::none};

} // namespace badwire::control
