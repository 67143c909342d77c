// On which networks a scenario runs, and what keeps it from running on one.
#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "harness/scenario/scenario.hpp"
#include "impl/base/json_text.hpp"

namespace badwire::harness {
namespace {

// There TCP is the kernel's: what a link does to connections as a whole, it cannot do.
void check_on_hosts(const scenario& in, const process_spec& process)
{
    const link::stream_faults nothing;
    for (const auto& [name, asked] : in.links) {
        const auto asks = [&](const link::impairments& one) { return one.tcp != nothing; };
        const auto later = [&](const link::change& one) { return asks(one.now); };
        if (name == process.over &&
            (asks(asked.up) || asks(asked.down) || std::ranges::any_of(asked.up_changes, later) ||
             std::ranges::any_of(asked.down_changes, later)))
            throw mistake("/links/" + name,
                          "\"tcp\" is for relay and virtual: on hosts a connection is the "
                          "kernel's own, and only its segments can be lost, delayed or changed "
                          "(\"loss\", \"delay\", \"exact\")");
    }
}

void check_network(const scenario& in, const process_spec& process, network_kind kind)
{
    if (kind == network_kind::hosts) check_on_hosts(in, process);
    const bool wrong_clock = process.clock_skew != duration(0) || process.clock_drift != 0;
    if (kind != network_kind::virtual_time && wrong_clock)
        throw mistake(process.pointer + "/clock",
                      "only in virtual time a process has a clock of its own; expected the network "
                      "virtual");
    if (!process.program.empty()) return;
    const std::string pointer = process.pointer + "/command";
    const std::string& word = process.words.front();
    if (word.find("${") != std::string::npos) return;
    const auto beside = in.file_beside(word);
    const bool by_path = word.find('/') != std::string::npos;
    if (beside && (by_path || !is_executable(word)) && access(beside->c_str(), X_OK) != 0)
        throw mistake(pointer + "/0",
                      fmt::format("{} is not executable; run chmod +x {}, or name what runs it, as "
                                  "in [\"python3\", \"{}\"]",
                                  word, beside->string(), word));
    if (!beside && !is_executable(word))
        throw mistake(
            pointer + "/0",
            fmt::format("there is no command {} here; expected an executable file, beside "
                        "the scenario or found in PATH",
                        word));
}

// On direct nothing is known of links.
void check_on_direct(const expectation& one, std::size_t index)
{
    const auto* const metric = std::get_if<metric_expected>(&one);
    const bool of_link = metric != nullptr && metric->name.of == metric_name::holder::link;
    if (of_link || std::holds_alternative<struck_expected>(one))
        throw mistake(fmt::format("/expect/{}", index),
                      "asks what a link did, and on the network direct there are no links; run it "
                      "on relay, hosts or virtual");
}

} // namespace

std::string_view to_string(network_kind kind)
{
    switch (kind) {
    case network_kind::direct: return "direct";
    case network_kind::relay: return "relay";
    case network_kind::hosts: return "hosts";
    case network_kind::virtual_time: return "virtual";
    }
    return "";
}

std::optional<network_kind> parse_network_kind(std::string_view name)
{
    for (const network_kind kind : all_networks)
        if (to_string(kind) == name) return kind;
    return {};
}

network_kind default_network(const scenario& what)
{
    return what.links.empty() ? network_kind::direct : network_kind::relay;
}

const std::vector<network_kind>& networks_of(const scenario& what,
                                             const std::vector<network_kind>& asked)
{
    return asked.empty() ? what.networks : asked;
}

void check_networks(const scenario& what, const std::vector<network_kind>& asked)
{
    mistake_list found;
    for (const network_kind kind : networks_of(what, asked))
        for (const auto& process : what.processes)
            found.attempt([&] { check_network(what, process, kind); });
    for (const network_kind kind : networks_of(what, asked))
        if (kind == network_kind::direct)
            for (std::size_t i = 0; i < what.expectations.size(); ++i)
                found.attempt([&] { check_on_direct(what.expectations[i], i); });
    throw_if_any(found, *what.text);
}

} // namespace badwire::harness
