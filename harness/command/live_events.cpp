#include "harness/command/live_events.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "harness/command/told_runs.hpp"
#include "sim/control/gatekeeper.hpp"
#include "sim/link/flows_json.hpp"
#include "sim/link/options_json.hpp"

namespace badwire::harness {
namespace {

std::string in_line(const json& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json ends_as_json(const json& up, const json& down, const std::pair<std::string, std::string>& who,
                  bool cut, bool enabled)
{
    return {{"between", {who.first, who.second}},
            {"up", up},
            {"down", down},
            {"cut", cut},
            {"enabled", enabled}};
}

// "client 1" and "server", of further links "wan client 1" and "wan server".
std::pair<std::string, std::string> ends_of_relay(const std::string& link, const std::string& flow,
                                                  const std::string& main_link)
{
    const std::string before = link == main_link ? "" : link + " ";
    return {fmt::format("{}client {}", before, flow), before + "server"};
}

// The first who sends over it, and whom to.
std::pair<std::string, std::string> ends_of_link(const std::string& link, const scenario& of)
{
    for (const process_spec& one : of.processes)
        if (one.over == link || std::ranges::count(one.over_then, link) > 0)
            return {one.name, one.to};
    return {};
}

} // namespace

struct live_packet : traced_packet {
    std::optional<json> strike{}; // the rule that would strike just this one
};

// Of the server's thread alone.
struct live_packets::rows {
    rows(link::wire_tables wires, packet_rows::ends who) : made(std::move(wires), std::move(who)) {}

    // In the order in which packets are offered, then in that in which their fates are final.
    void name(live_packet& one)
    {
        constexpr std::uint64_t remembered = 100'000; // so that memory is bounded
        if (++number % remembered == 0) made.forget();
        one.strike = made.name(one);
    }
    std::string row(const live_packet& one)
    {
        if (one.strike) return in_line(made.row(one, *one.strike));
        made.gap(); // there were too many to name this one
        return in_line(made.row(one, packet_rows::named_by_place(one)));
    }

    packet_rows made;
    std::uint64_t number = 0;
};

// Of one link. Its note on a packet is the packet as it is known so far, with the next watcher's note:
// when nobody holds it any more, no more comes of the packet.
class live_packets::watcher final : public link::packet_watcher {
public:
    watcher(live_packets& into, link::packet_watcher* next) : into_(into), next_(next) {}

    note offered(const link::watched_packet& what, const link::lane& by,
                 const link::fate& met) override
    {
        auto mine = std::make_shared<pending>(
            into_, traced(what, by, met, numbers_.next(what.which, what.tcp)));
        if (next_ != nullptr) mine->of_next = next_->offered(what, by, met);
        return mine;
    }

    void left(const link::watched_packet& what, std::uint32_t copy, const note& said) override
    {
        const auto* const mine = static_cast<const pending*>(said.get());
        if (mine != nullptr && copy == 0) mine->packet->left = what.time;
        else if (mine != nullptr) mine->packet->copies.push_back(what.time);
        if (next_ != nullptr) next_->left(what, copy, mine ? mine->of_next : said);
    }

    void undeliverable(const link::watched_packet& what, std::uint32_t copy, const note& said,
                       std::string_view reason) override
    {
        const auto* const mine = static_cast<const pending*>(said.get());
        if (mine != nullptr && copy == 0) mine->packet->undeliverable = reason;
        if (next_ != nullptr) next_->undeliverable(what, copy, mine ? mine->of_next : said, reason);
    }

    void segment(const link::watched_segment& what, std::string_view comment) override
    {
        if (next_ != nullptr) next_->segment(what, comment);
    }

private:
    struct pending : std::string {
        pending(live_packets& into, traced_packet&& one)
            : feed(into.feed_),
              rows(into.rows_),
              packet(std::make_shared<live_packet>(live_packet{std::move(one)}))
        {
            feed.prepare([of = rows, who = packet] { of->name(*who); });
        }
        ~pending()
        {
            feed.push("packet", [of = rows, who = packet] { return of->row(*who); });
        }
        pending(const pending&) = delete;

        control::event_feed& feed;
        std::shared_ptr<live_packets::rows> rows;
        std::shared_ptr<live_packet> packet;
        note of_next;
    };

    live_packets& into_;
    link::packet_watcher* next_;
    link::packet_numbers numbers_;
};

live_packets::live_packets(control::event_feed& feed, link::wire_tables wires,
                           packet_rows::ends who)
    : feed_(feed), rows_(std::make_shared<rows>(std::move(wires), std::move(who)))
{
}

live_packets::~live_packets() = default;

link::packet_watcher* live_packets::before(link::packet_watcher* next)
{
    return &watchers_.emplace_back(*this, next);
}

// ---- runs

void live_runs::begin(const planned_run& run)
{
    const scenario& what = *run.what;
    json processes = json::array();
    constexpr std::size_t processes_max = 100;
    for (std::size_t i = 0; i < std::min(what.processes.size(), processes_max); ++i)
        processes.push_back(what.processes[i].name);
    json links = json::object();
    if (run.network != network_kind::direct)
        for (const auto& [name, link] : what.links)
            links[name] = ends_as_json(link::to_json(link.up), link::to_json(link.down),
                                       ends_of_link(name, what), false, true);
    std::string state = in_line({{"run", fmt::format("{} ({}, seed {}), run {}", label(what),
                                                     to_string(run.network), run.seed, ++number_)},
                                 {"processes", std::move(processes)},
                                 {"links", std::move(links)},
                                 {"control", false}});
    feed_.state([state = std::move(state)] { return state; }, true);
    packets_.emplace(feed_, wires_of(what), [&what](const traced_packet& one) {
        return ends_of(one.flow, one.which, what);
    });
}

void live_runs::end(const run_record* last)
{
    json result = json::object();
    if (last != nullptr)
        result = {{"verdict", to_string(last->verdict)}, {"headline", headline(*last)}};
    feed_.end([line = in_line(result)] { return line; });
}

link::packet_watcher* live_runs::before(link::packet_watcher* next)
{
    return packets_->before(next);
}

void live_runs::happened(const log_event& event)
{
    const bool line = event.what == process_event::prints || event.what == process_event::complains;
    feed_.push(line ? "output" : "event", [event, line] {
        if (!line)
            return in_line({to_ms(event.at), event.process,
                            event.what == process_event::starts ? "starts" : "ends"});
        constexpr std::size_t bytes_max = 500;
        return in_line({to_ms(event.at), event.process, event.line.substr(0, bytes_max)});
    });
}

// ---- the relay

live_relay::live_relay(control::event_feed& feed, std::string main_link, link::wire_tables wires)
    : feed_(feed),
      main_link_(std::move(main_link)),
      run_(main_link_ + " " + control::random_token().substr(0, 8)),
      packets_(feed, std::move(wires), [main = main_link_](const traced_packet& one) {
          auto ends = ends_of_relay(one.link, one.flow, main);
          if (one.which == link::direction::down) std::swap(ends.first, ends.second);
          return ends;
      })
{
}

void live_relay::look(const control::fleet& links)
{
    json processes = json::array();
    json all = json::object();
    links.each([&](const control::controlled_link& link, const relay::relay& through) {
        constexpr std::size_t clients_max = 100;
        std::size_t clients = 0;
        const json flows = link::flows_json(through.decisions(link::direction::up),
                                            through.decisions(link::direction::down));
        for (const auto& [flow, count] : flows.items())
            if (++clients <= clients_max)
                processes.push_back(ends_of_relay(link.name(), flow, main_link_).first);
        const auto first = ends_of_relay(link.name(), "1", main_link_);
        processes.push_back(first.second);
        const json now = link.impairments();
        all[link.name()] =
            ends_as_json(now.at("up"), now.at("down"), first, link.is_cut(), link.enabled());
    });
    json state{{"run", run_},
               {"processes", std::move(processes)},
               {"links", std::move(all)},
               {"control", true}};
    if (state == told_) return;
    feed_.state([line = in_line(state)] { return line; }, told_.is_null());
    told_ = std::move(state);
}

void live_relay::end()
{
    feed_.end([] { return std::string("{}"); });
}

} // namespace badwire::harness
