// The part of director.hpp that kills, restarts, pauses and continues processes.
#include <algorithm>

#include <boost/asio/co_spawn.hpp>

#include "harness/run/director.hpp"

namespace badwire::harness {

void director::begin_faults()
{
    for (const process_fault& one : scenario_.faults) {
        if (one.packet) stage_.on_packet({&*one.packet, [this, &one] { trigger(one); }});
        // Not a part that the run waits for: it may never happen.
        net::asio::co_spawn(stage_.network().get_executor(), wait_for(one),
                            [this](std::exception_ptr problem) {
                                try {
                                    if (problem) std::rethrow_exception(problem);
                                } catch (const std::exception& error) {
                                    give_up(error.what());
                                }
                            });
    }
}

void director::trigger(const process_fault& fault)
{
    triggered_.insert(&fault);
    wake(waiters_);
}

void director::trigger_by(const supervised& one, const std::string& line)
{
    for (const process_fault& fault : scenario_.faults)
        if (fault.line && one.spec->is_called(fault.line->process) &&
            !triggered_.contains(&fault) && fault.line->prints.found_in(line))
            trigger(fault);
}

net::awaitable<void> director::wait_for(const process_fault& fault)
{
    const auto over = [this] { return !playing_ || ending_; };
    net::time_point from = start_;
    if (!fault.at) {
        co_await until(
            nullptr, [&] { return over() || triggered_.contains(&fault); }, net::never);
        from = stage_.network().now();
    }
    if (!over())
        co_await until(nullptr, over, from + fault.at.value_or(duration(0)) + fault.delay, true);
    if (over()) co_return;
    spawn(carry_out(fault));
}

net::awaitable<void> director::carry_out(const process_fault& fault)
{
    for (supervised* const one : called_.at(fault.process)) {
        if (!one->started) continue;
        record_.faults.push_back(
            {{"fault", fault.name},
             {"process", one->spec->name},
             {"did", to_string(fault.what)},
             {"at_ms", std::chrono::duration<double, std::milli>(now()).count()}});
        if (fault.what == process_action::restart) {
            co_await restart(*one);
            continue;
        }
        if (!one->actor || one->has_ended()) continue;
        switch (fault.what) {
        case process_action::kill:
            one->record->killed = true;
            one->actor->kill();
            break;
        case process_action::pause:
            one->paused = true;
            one->actor->pause();
            break;
        case process_action::resume:
            one->paused = false;
            one->actor->resume();
            break;
        case process_action::restart: break; // see above
        }
    }
}

net::awaitable<void> director::restart(supervised& one)
{
    one.restarts = true;
    if (one.actor && !one.has_ended()) {
        one.actor->kill();
        co_await until(
            &one, [&] { return one.has_ended(); }, net::never);
    }
    one.restarts = false;
    if (ending_) co_return;
    one.start_over();
    spawn(play(one));
}

// What the links did by themselves, at its time.
void director::note_partitions()
{
    if (record_.network == network_kind::direct || scenario_.partitions.empty()) return;
    std::vector<json> all(record_.faults.begin(), record_.faults.end());
    const auto note = [&](const link::partition& one, const char* did, duration at) {
        if (at < record_.elapsed)
            all.push_back({{"fault", one.name},
                           {"did", did},
                           {"at_ms", std::chrono::duration<double, std::milli>(at).count()}});
    };
    for (const link::partition& one : scenario_.partitions) {
        note(one, "partition", one.from);
        note(one, "heal", one.until);
    }
    std::ranges::stable_sort(all, {}, [](const json& one) { return one["at_ms"].get<double>(); });
    record_.faults = std::move(all);
}

// Whether a restart of it is under way, or will come at a known time.
bool director::may_restart(const supervised& one) const
{
    return one.restarts || std::ranges::any_of(scenario_.faults, [&](const process_fault& fault) {
               return fault.what == process_action::restart && fault.at &&
                      one.spec->is_called(fault.process) && now() < *fault.at + fault.delay;
           });
}

} // namespace badwire::harness
