#include "harness/judge/requests.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>
#include <utility>

#include "harness/judge/record.hpp"

namespace badwire::harness {
namespace {

struct request_of {
    const std::string* process;
    const seen_request* seen;
    std::int64_t start_ns = -1; // of a client's: when the server began with it
};

// In the order of their beginnings.
std::vector<request_of> collect(const run_record& run,
                                std::vector<seen_request> process_record::*list)
{
    std::vector<request_of> all;
    for (const process_record& process : run.processes)
        for (const seen_request& one : process.*list) all.push_back({&process.name, &one});
    std::ranges::stable_sort(all, {}, [](const request_of& one) { return one.seen->begin_ns; });
    return all;
}

// Gives each of `made` the first of `served` that is left with the same key.
template <typename Key>
void pair_up(std::vector<request_of*>& made, std::vector<request_of*>& served, Key key)
{
    std::unordered_map<std::string, std::deque<request_of*>> left;
    for (request_of* one : served) left[key(*one, false)].push_back(one);
    std::erase_if(made, [&](request_of* client) {
        const auto found = left.find(key(*client, true));
        if (found == left.end() || found->second.empty()) return false;
        request_of* const server = found->second.front();
        found->second.pop_front();
        client->start_ns = std::max(server->seen->begin_ns, client->seen->begin_ns);
        server->start_ns = client->start_ns; // it is taken
        return true;
    });
    std::erase_if(served, [](const request_of* one) { return one->start_ns >= 0; });
}

std::vector<seen_request> take(nlohmann::ordered_json& metrics, const char* key)
{
    std::vector<seen_request> requests;
    const auto list = metrics.find(key);
    if (list == metrics.end()) return requests;
    const auto is_request = [](const nlohmann::ordered_json& one) {
        return one.is_object() && one.contains("client") && one["client"].is_string() &&
               one.contains("begin_ns") && one["begin_ns"].is_number_integer() &&
               one.contains("end_ns") && one["end_ns"].is_number_integer();
    };
    if (!list->is_array() || !std::ranges::all_of(*list, is_request))
        throw mistake(std::string("/") + key,
                      R"(expected a list of requests such as [{"client": "127.0.0.1:5000", )"
                      R"("begin_ns": 1000, "end_ns": 2000}])");
    for (const auto& one : *list)
        requests.push_back({one["client"], one["begin_ns"], one["end_ns"]});
    metrics.erase(key);
    return requests;
}

} // namespace

measures measures_of(nlohmann::ordered_json metrics)
{
    measures all;
    all.made = take(metrics, "made");
    all.served = take(metrics, "served");
    all.numbers = std::move(metrics);
    return all;
}

void match_requests(run_record& run, std::int64_t start_ns)
{
    std::vector<request_of> made = collect(run, &process_record::made);
    std::vector<request_of> served = collect(run, &process_record::served);
    std::unordered_map<std::string, std::string> over_link_to; // by client
    if (run.network != network_kind::direct)
        for (const process_spec& spec : run.what->processes)
            if (!spec.over.empty()) over_link_to[spec.name] = spec.to;
    std::vector<request_of*> near, far, servers;
    for (request_of& one : made) (over_link_to.contains(*one.process) ? far : near).push_back(&one);
    for (request_of& one : served) servers.push_back(&one);
    pair_up(near, servers, [](const request_of& one, bool) { return one.seen->address; });
    pair_up(far, servers, [&](const request_of& one, bool is_client) {
        return is_client ? over_link_to.at(*one.process) : *one.process;
    });

    std::ranges::stable_sort(made, {}, [](const request_of& one) { // of those who came together
        return std::pair(one.seen->begin_ns, one.start_ns);
    });
    const auto ms = [&](std::int64_t ns) { return static_cast<double>(ns - start_ns) / 1e6; };
    for (const request_of& one : made) {
        run.waiting.push_back({*one.process, ms(one.seen->begin_ns), {}, ms(one.seen->end_ns)});
        if (one.start_ns >= 0 && one.start_ns <= one.seen->end_ns)
            run.waiting.back().start_ms = ms(one.start_ns);
    }
    for (process_record& process : run.processes) process.made.clear(), process.served.clear();
}

} // namespace badwire::harness
