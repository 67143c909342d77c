#include "harness/theory/queue.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <vector>

#include <boost/math/distributions/poisson.hpp>
#include <fmt/format.h>

namespace badwire::theory {
namespace {

constexpr std::uint64_t most_servers = 10'000;
constexpr std::uint64_t most_room = 1'000'000;

std::optional<std::uint64_t> parse_count(std::string_view text, std::uint64_t most)
{
    std::uint64_t count = 0;
    const auto [rest, failed] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (failed != std::errc{} || rest != text.data() + text.size()) return {};
    if (count == 0 || count > most) return {};
    return count;
}

std::vector<std::string_view> split(std::string_view text)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const auto slash = text.find('/');
        parts.push_back(text.substr(0, slash));
        if (slash == std::string_view::npos) return parts;
        text.remove_prefix(slash + 1);
    }
}

// The probability that all of c servers work where nobody waits (Erlang's B), with an offered load a.
double erlang_b(double c, double a)
{
    const boost::math::poisson_distribution<> clients(a);
    return boost::math::pdf(clients, c) / boost::math::cdf(clients, c);
}

double markovian_waiting(double c, const queue_load& load)
{
    const double offered = load.arrival_rate * load.service_mean;
    const double blocked = erlang_b(c, offered);
    const double must_wait = blocked / (1 - offered / c * (1 - blocked)); // Erlang's C
    return must_wait * load.service_mean / (c - offered);
}

// The number of clients after each service time is Q' = max(Q - c, 0) + A with A Poisson; its mean
// follows from the roots in the unit disc of z^c = exp(a (z - 1)).
double deterministic_waiting(std::uint64_t servers, const queue_load& load)
{
    const auto c = static_cast<double>(servers);
    const double offered = load.arrival_rate * load.service_mean;
    const double rho = offered / c;
    std::complex<double> sum = 0;
    for (std::uint64_t k = 1; k < servers; ++k) {
        const auto turn = std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(k) / c);
        std::complex<double> z = 0;
        for (int i = 0; i < 100'000; ++i) {
            const auto next = turn * std::exp(rho * (z - 1.0));
            const double step = std::abs(next - z);
            z = next;
            if (step < 1e-15) break;
        }
        sum += 1.0 / (1.0 - z);
    }
    const double clients = offered / (2 * (c - offered)) + (offered - (c - 1)) / 2 + sum.real();
    return std::max(0.0, clients / load.arrival_rate - load.service_mean);
}

// Room for K clients, c of whom are served; p_n is the share of the time with n of them.
queue_prediction with_room(double c, std::uint64_t room, const queue_load& load)
{
    const double offered = load.arrival_rate * load.service_mean;
    double unnormed = 1, sum = 1, waiting = 0;
    for (std::uint64_t n = 1; n <= room; ++n) {
        unnormed *= offered / std::min(static_cast<double>(n), c);
        sum += unnormed;
        waiting += std::max(0.0, static_cast<double>(n) - c) * unnormed;
        if (sum > 1e200) sum *= 1e-200, unnormed *= 1e-200, waiting *= 1e-200;
    }
    queue_prediction found;
    found.turned_away = unnormed / sum;
    const double accepted = load.arrival_rate * (1 - found.turned_away);
    found.waiting_mean = waiting / sum / accepted;
    found.utilisation = accepted * load.service_mean / c;
    return found;
}

} // namespace

std::optional<queue_model> parse_queue(std::string_view text)
{
    using service = queue_model::service;
    const auto parts = split(text);
    if (parts.size() < 3 || parts.size() > 4 || parts[0] != "M") return {};
    queue_model model;
    if (parts[1] == "M") model.served = service::markovian;
    else if (parts[1] == "D") model.served = service::deterministic;
    else if (parts[1] != "G") return {};
    const bool unlimited = parts[2] == "inf" || parts[2] == "∞";
    if (!unlimited) {
        model.servers = parse_count(parts[2], most_servers);
        if (!model.servers) return {};
    }
    if (model.served == service::general && !unlimited && *model.servers != 1) return {};
    if (parts.size() < 4) return model;
    if (unlimited || model.served != service::markovian) return {};
    model.room = parse_count(parts[3], most_room);
    if (!model.room || *model.room < *model.servers) return {};
    return model;
}

std::string to_string(const queue_model& model)
{
    const char service = model.served == queue_model::service::markovian       ? 'M'
                         : model.served == queue_model::service::deterministic ? 'D'
                                                                               : 'G';
    return fmt::format("M/{}/{}{}", service, model.servers ? std::to_string(*model.servers) : "inf",
                       model.room ? "/" + std::to_string(*model.room) : "");
}

queue_prediction predict(const queue_model& model, const queue_load& load)
{
    const double offered = load.arrival_rate * load.service_mean;
    if (!model.servers) return {.utilisation = offered};
    const auto c = static_cast<double>(*model.servers);
    if (model.room) return with_room(c, *model.room, load);
    queue_prediction found{.utilisation = offered / c};
    if (offered == 0) return found;
    if (found.utilisation >= 1) {
        found.waiting_mean = std::numeric_limits<double>::infinity();
        return found;
    }
    switch (model.served) {
    case queue_model::service::markovian: found.waiting_mean = markovian_waiting(c, load); break;
    case queue_model::service::deterministic:
        found.waiting_mean = deterministic_waiting(*model.servers, load);
        break;
    case queue_model::service::general: // Pollaczek and Khinchine
        found.waiting_mean = load.arrival_rate * load.service_square / (2 * (1 - offered));
        break;
    }
    return found;
}

} // namespace badwire::theory
