// queue.hpp: what queueing theory says about waiting at a server, for Poisson arrivals.
//
// Source: L. Kleinrock, Queueing Systems, Vol. 1 (1975), for M/M/c, M/M/c/K, M/G/1; A. J. E. M.
// Janssen and J. S. H. van Leeuwaarden, "Back to the roots of the M/D/s queue", Statistica
// Neerlandica 62 (2008), for M/D/c. Steady state; first come, first served. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace badwire::theory {

/// A queue in Kendall's notation: "M/D/1", "M/M/2", "M/M/2/10" (room for ten, those in service
/// included), "M/G/1", "M/G/inf".
struct queue_model {
    enum class service { markovian, deterministic, general } served = service::general;
    std::optional<std::uint64_t> servers{}; // none: as many as there are clients
    std::optional<std::uint64_t> room{};    // none: without limit; only of M/M/c
};

/// Nothing where it is no such text, or no model that is known here.
std::optional<queue_model> parse_queue(std::string_view text);
std::string to_string(const queue_model& model);

/// What parse_queue takes, for messages.
inline constexpr std::string_view queue_format =
    "a queue such as \"M/D/1\", \"M/M/1\", \"M/G/1\", \"M/M/2\", \"M/D/2\", \"M/M/2/10\" or "
    "\"M/G/inf\"";

/// Arrivals and service, in one unit of time.
struct queue_load {
    double arrival_rate = 0;
    double service_mean = 0;
    double service_square = 0; // mean of the square; for general service only
};

/// What the theory says, in the same unit of time.
struct queue_prediction {
    double utilisation = 0; // share of the time that a server works; offered load where there is
                            // one for each client
    double waiting_mean =
        0; // of those who are served; infinite where more work comes than can be done
    double turned_away = 0; // share of the clients for whom there was no room
};

queue_prediction predict(const queue_model& model, const queue_load& load);

} // namespace badwire::theory
