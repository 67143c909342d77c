#include "harness/run/director.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/run/run_folder.hpp"
#include "harness/scenario/references.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {

using namespace std::chrono_literals;

namespace {

constexpr auto grace = 2s;         // for a command that may end by itself
constexpr auto stop_patience = 5s; // between SIGTERM and SIGKILL
constexpr auto port_poll_interval = 5ms;

} // namespace

director::director(stage& where, run_record& record, std::filesystem::path folder,
                   run_watcher* onlooker)
    : stage_(where),
      record_(record),
      scenario_(*record.what),
      folder_(std::move(folder)),
      onlooker_(onlooker)
{
    record_.processes.reserve(scenario_.processes.size());
    for (const process_spec& spec : scenario_.processes) {
        auto& entry = record_.processes.emplace_back();
        entry.name = spec.name;
        entry.family = spec.family;
        processes_.push_back(std::make_unique<supervised>(spec, entry));
        called_[spec.name].push_back(processes_.back().get());
        if (spec.family != spec.name) called_[spec.family].push_back(processes_.back().get());
    }
}

director::~director() = default;

duration director::now() const { return stage_.network().now() - start_; }

void director::wake(const std::list<net::timer*>& waiters)
{
    for (net::timer* waiter : waiters) waiter->cancel();
}

void director::changed()
{
    wake(waiters_);
    for (const auto& one : processes_) wake(one->waiters);
}

void director::changed(supervised& one)
{
    wake(waiters_);
    wake(one.waiters);
}

net::awaitable<bool> director::until(supervised* about, std::function<bool()> condition,
                                     net::time_point deadline, bool acts)
{
    auto& waiters = about ? about->waiters : waiters_;
    while (!condition()) {
        if (stage_.network().now() >= deadline) co_return false;
        net::timer waiter = acts ? stage_.network().make_timer() : stage_.make_idle_timer();
        waiter.expires_at(deadline);
        const auto place = waiters.insert(waiters.end(), &waiter);
        net::error_code woken;
        co_await waiter.async_wait(net::asio::redirect_error(net::asio::use_awaitable, woken));
        waiters.erase(place);
    }
    co_return true;
}

void director::perform()
{
    stage_.on_deadlock([this] { look_for_deadlock(); });
    stage_.perform([this] { return direct_all(); }, [this](const std::string& why) { fail(why); });
    record_.links = stage_.link_results();
    record_.lost = stage_.losses();
    record_.harness_waited = stage_.waited();
    match_requests(record_, start_.time_since_epoch().count());
}

net::awaitable<void> director::direct_all()
{
    start_ = stage_.network().now();
    limit_ = start_ + scenario_.time_limit;
    for (const auto& one : processes_) {
        const process_spec& spec = *one->spec;
        one->address = {stage_.reached_at(spec, net::asio::ip::address_v4::loopback()), spec.port};
        if (spec.port == 0 && spec.wants_port) one->address.port(stage_.lease_port());
    }
    seat_group();
    for (const auto& one : processes_) spawn(direct(*one));
    begin_faults();

    const auto all_done = [this] {
        return std::all_of(processes_.begin(), processes_.end(), [this](const auto& one) {
            return one->spec->ends != ending::by_itself || (one->has_ended() && !may_restart(*one));
        });
    };
    const bool in_time = co_await until(
        nullptr, [&] { return ending_ || (directed_ == 0 && all_done()); }, limit_);
    playing_ = false;
    if (!in_time) {
        record_.time_limit_reached = true;
        for (const auto& one : processes_)
            if (one->actor && !one->has_ended())
                if (const auto why = one->actor->computes(); !why.empty()) is_beyond(*one, why);
        note_who_waits();
        fail(fmt::format("the time limit of {} was reached while waiting for {}",
                         format_duration(scenario_.time_limit), what_is_awaited()));
    }
    co_await end_everybody();
    record_.elapsed = now();
    note_partitions();
    for (const auto& one : processes_)
        if (one->actor) {
            try {
                measures all = one->actor->measured();
                one->record->metrics = std::move(all.numbers);
                one->record->made = std::move(all.made);
                one->record->served = std::move(all.served);
            } catch (const mistake& flaw) {
                one->record->metrics_flaw = in_file("the metrics that it wrote", flaw);
            }
            one->record->waited = one->actor->waited();
        }
}

// A part of the play: the run goes on until all have returned.
void director::spawn(net::awaitable<void> part)
{
    ++directed_;
    net::asio::co_spawn(stage_.network().get_executor(), std::move(part),
                        [this](std::exception_ptr problem) {
                            --directed_;
                            try {
                                if (problem) std::rethrow_exception(problem);
                            } catch (const std::exception& error) {
                                give_up(error.what());
                            }
                            wake(waiters_);
                        });
}

// "client (not started); server never became ready: it has not bound port 5000"
std::string director::what_is_awaited() const
{
    std::vector<std::string> names;
    std::string never_ready;
    for (const auto& one : processes_) {
        if (one->has_ended()) continue;
        const std::string& name = one->spec->name;
        if (one->spec->ends == ending::by_itself)
            names.push_back(name + (!one->started ? " (not started)"
                                    : one->paused ? " (paused)"
                                                  : ""));
        if (one->started && !one->ready)
            never_ready += fmt::format("; {} never became ready: {}", name, one->lacks());
    }
    return fmt::format("{}{}", fmt::join(names, ", "), never_ready);
}

// A group of the run's own: its address is made of its port, which is leased: no other run has it.
// A member over a link has a group of its own instead, and the link leads from one to the others.
// That has a port of its own, too: who listens on a port at all addresses hears every group there.
void director::seat_group()
{
    const auto make_group = [&] {
        const std::uint16_t port = stage_.lease_port();
        const net::asio::ip::address_v4 address({239, 255, static_cast<std::uint8_t>(port >> 8),
                                                 static_cast<std::uint8_t>(port & 255)});
        return net::udp::endpoint(address, port);
    };
    std::optional<net::udp::endpoint> common;
    std::vector<group_seat> seats;
    for (const auto& one : processes_) {
        if (!one->spec->multicast) continue;
        if (!common) common = make_group();
        one->group = *common;
        if (one->spec->over.empty() || !stage_.has_entrances()) continue;
        one->group = make_group();
        seats.push_back({one->spec->name, one->spec->over, one->group});
    }
    if (seats.empty()) return;
    seats.push_back({"", "", *common});
    stage_.link_groups(seats);
}

// Nobody said whether they end by themselves, so the run waited in vain.
void director::note_who_stays()
{
    for (const auto& one : processes_)
        if (one->actor && !one->has_ended() && one->spec->ends == ending::by_itself_or_stopped)
            record_.notes.push_back(
                fmt::format("the run waited {} for the end of {}; if it serves until it is "
                            "stopped, say \"stays\": true",
                            format_duration(grace), one->spec->name));
}

net::awaitable<void> director::end_everybody()
{
    const auto ended_where = [this](auto concerned) {
        return [this, concerned] {
            return std::all_of(processes_.begin(), processes_.end(), [&](const auto& one) {
                return !one->actor || one->has_ended() || !concerned(*one);
            });
        };
    };
    if (!ending_ && !co_await until(nullptr, ended_where([](const supervised& one) {
                                        return one.spec->ends == ending::by_itself_or_stopped;
                                    }),
                                    std::min(limit_, stage_.network().now() + grace)))
        note_who_stays();
    ending_ = true;
    changed();
    co_await until(
        nullptr, [this] { return directed_ == 0; }, net::never);
    const auto everybody = ended_where([](const supervised&) { return true; });
    for (const auto& one : processes_)
        if (one->actor && !one->has_ended()) {
            one->record->stopped = true;
            if (one->paused) one->actor->resume();
            one->actor->stop();
        }
    if (co_await until(nullptr, everybody, stage_.network().now() + stop_patience)) co_return;
    for (const auto& one : processes_)
        if (one->actor && !one->has_ended()) one->actor->kill();
    co_await until(nullptr, everybody, stage_.network().now() + stop_patience);
}

void director::fail(const std::string& why)
{
    if (record_.message.empty()) record_.message = record_.cut_short = why;
    ending_ = true;
    changed();
}

void director::give_up(const std::string& why)
{
    if (record_.trouble.empty()) record_.trouble = why;
    fail(why);
}

supervised& director::find(const std::string& name) { return *called_.at(name).front(); }

bool director::all_called(const std::vector<std::string>& names,
                          const std::function<bool(const supervised&)>& condition) const
{
    return std::ranges::all_of(names, [&](const std::string& name) {
        const auto known = called_.find(name);
        return known == called_.end() ||
               std::ranges::all_of(known->second,
                                   [&](const supervised* one) { return condition(*one); });
    });
}

bool director::all_ready(const std::vector<std::string>& names) const
{
    return all_called(names, [](const supervised& one) { return one.ready; });
}

bool director::may_start(const supervised& one) const
{
    // A process whose port is only known once it listens must listen first.
    std::vector<std::string> referred;
    for (const auto& word : one.spec->words)
        substitute(word, one.spec->pointer, [&](std::string_view name) {
            const auto found = parse_reference(name, scenario_);
            if (found->what == referent::process_port) referred.push_back(found->object);
            return std::string();
        });
    return all_ready({one.spec->to}) && all_ready(one.spec->after) &&
           all_called(one.spec->after_end,
                      [](const supervised& other) { return other.has_ended(); }) &&
           all_called(referred, [&](const supervised& other) {
               return other.address.port() != 0 || &other == &one;
           });
}

net::awaitable<void> director::direct(supervised& one)
{
    co_await until(
        nullptr, [&] { return ending_ || may_start(one); }, net::never);
    co_await wait_for_turn(one);
    if (ending_) co_return;
    co_await play(one);
}

// From its start until all has been typed into it.
net::awaitable<void> director::play(supervised& one)
{
    begin(one);
    co_await wait_until_ready(one);
    if (one.actor) one.actor->is_ready();
    if (one.actor && one.spec->load && one.spec->load->patience &&
        one.spec->program != load_program)
        spawn(lose_patience(one));
    co_await type(one);
}

void director::begin(supervised& one)
{
    const process_spec& spec = *one.spec;
    launch what;
    what.spec = &spec;
    what.folder = folder_ / spec.name;
    what.metrics_file = one.metrics_file = folder_ / (spec.name + ".metrics.json");
    what.again = one.started;
    what.seed = process_seed(record_.seed, spec.name);
    if (what.again) what.seed = process_seed(what.seed, std::to_string(one.before.size()));
    else if (std::filesystem::exists(folder_)) give_files(folder_, scenario_, what.folder);
    what.words = arguments(one);
    for (const auto& [key, value] : spec.env) what.env[key] = resolve(one, value);
    if (!spec.program.empty()) one.record->command = {"badwire", "exec", spec.program};
    one.record->command.insert(one.record->command.end(), what.words.begin(), what.words.end());
    one.started = true;
    one.record->started = now();
    note(process_event::starts, one);
    try {
        one.actor =
            stage_.start(what, {[this, &one](std::string_view text) { heard(one, text, false); },
                                [this, &one](std::string_view text) { heard(one, text, true); },
                                [this, &one](int exit) { ended(one, exit); },
                                [this, &one](const std::string& why) { is_beyond(one, why); }});
    } catch (const cannot_run& error) {
        fail(error.what());
        return;
    }
    one.ready = spec.ready == readiness::started;
    changed(one);
}

// Its port is bound, maybe at another address than others were told.
void director::found_at(supervised& one, const net::asio::ip::address& where)
{
    one.ready = true;
    const bool told = std::ranges::any_of(processes_, [&](const auto& other) {
        return std::ranges::any_of(other->peers, [&](const auto& entrance) {
            return entrance.first.ends_with("." + one.spec->name);
        });
    });
    if (told && where != one.address.address())
        fail(fmt::format("{} listens on {}, and the others on its link were told {} before it "
                         "began; let it listen there",
                         one.spec->name, where.to_string(), one.address.address().to_string()));
    one.address.address(where);
}

net::awaitable<void> director::wait_until_ready(supervised& one)
{
    const auto settled = [this, &one] { return ending_ || one.ready || one.has_ended(); };
    while (one.spec->ready == readiness::port && !settled()) {
        if (const auto where = stage_.bound_at(*one.spec, one.address.port()))
            found_at(one, stage_.reached_at(*one.spec, *where));
        if (one.ready) changed(one);
        else co_await until(&one, settled, stage_.network().now() + port_poll_interval);
    }
    co_await until(&one, settled, net::never);
    if (one.ready || ending_ || may_restart(one)) co_return;
    const bool awaited = std::any_of(processes_.begin(), processes_.end(), [&](const auto& other) {
        return !other->started && !may_start(*other);
    });
    if (awaited)
        fail(fmt::format("{} ended with exit code {} before it was ready{}{}", one.spec->name,
                         *one.record->exit, one.record->errors.text.empty() ? "" : ": ",
                         telling_line(one.record->errors.text)));
}

net::awaitable<void> director::type(supervised& one)
{
    for (const input_step& step : one.spec->input) {
        if (!step.ready.empty())
            co_await until(
                nullptr, [&] { return ending_ || one.has_ended() || all_ready(step.ready); },
                net::never);
        if (step.when)
            co_await until(
                &one, [&] { return ending_ || one.has_ended() || one.has_printed(*step.when); },
                net::never);
        if (step.after > 0ns)
            co_await until(
                &one, [&] { return ending_ || one.has_ended(); },
                stage_.network().now() + step.after, true);
        if (ending_ || one.has_ended()) co_return;
        if (step.text) one.actor->type_line(*step.text);
        if (step.end) one.actor->end_input();
    }
}

} // namespace badwire::harness
