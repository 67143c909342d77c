// requests.hpp: the requests of a run as clients and servers saw them, and what they say together:
// when each client came, when the server began with it, when its reply was complete.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace badwire::harness {

struct run_record;

/// As one side saw it; the address is the client's.
struct seen_request {
    std::string address;
    std::int64_t begin_ns = 0;
    std::int64_t end_ns = 0;
};

/// What a process measured.
struct measures {
    nlohmann::ordered_json numbers = nlohmann::ordered_json::object();
    std::vector<seen_request> made{};   // as a client
    std::vector<seen_request> served{}; // as a server
};

/// Of metrics in JSON, with the lists "made" and "served". Throws mistake where these are none.
measures measures_of(nlohmann::ordered_json metrics);

/// In milliseconds since the start of the run.
struct waiting_time {
    std::string client;
    double arrival_ms = 0;
    std::optional<double> start_ms{}; // nothing: nobody saw when the server began with it
    double end_ms = 0;
};

/// Fills in the waiting times, in the order of arrival and then of service, and forgets what the processes saw.
///
/// A client and the server know the same connection by the same address, unless a link stands
/// between them: then they are matched in order of arrival, which is the order in which a server
/// takes its clients.
void match_requests(run_record& run, std::int64_t start_ns);

} // namespace badwire::harness
