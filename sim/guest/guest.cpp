#include "sim/guest/guest.hpp"

#include <csignal>

#include <fmt/format.h>

#include "sim/guest/guest_threads.hpp"
#include "sim/guest/thread_status.hpp"

namespace badwire::guest {
namespace {

std::vector<int> call_numbers(bool refused)
{
    std::vector<int> found;
    for (const auto& one : call_table::all())
        if ((one.handler == nullptr) == refused) found.push_back(one.number);
    return found;
}

} // namespace

thread::~thread()
{
    program.world_.queue().unschedule(*this);
    program.host_.forget(*this);
    for (const interest& one : plan.on) one.in->forget(*this);
}

void thread::wake()
{
    if (is == state::parked && !scheduled()) program.world_.queue().schedule_now(*this);
}

void thread::time_is_up()
{
    timed_out = true;
    wake();
}

guest::guest(sim::host& of, guest_options options)
    : host_(of),
      world_(of.in()),
      options_(std::move(options)),
      random_(options_.seed),
      streams_(options_.takes_input, options_.terminal)
{
    const auto trapped = call_numbers(false);
    const auto refused = call_numbers(true);
    tree_ = std::make_unique<process_tree>(image{options_.executable, options_.words, options_.env,
                                                 options_.folder, streams_.theirs(),
                                                 options_.terminal, options_.first_number},
                                           trapped, refused);
    streams_.handed_over();
    world_.add(*this);
    root_ = tree_->root();
    thread& first = add_thread(root_);
    prepare(*first.of);
    stand(first);
}

guest::~guest()
{
    over_ = true;
    world_.remove(*this);
    tree_.reset();
    release();
}

thread& guest::add_thread(pid_t id)
{
    const thread_numbers its = numbers_of(id);
    auto& owner = processes_[its.process];
    if (!owner)
        owner = std::make_unique<process>(process{
            .id = its.process, .own = its.own, .parent = its.parent, .its = memory(its.process)});
    auto& made = threads_[id];
    made = std::make_unique<thread>(*this, id, its.own, *owner);
    owner->threads.push_back(made.get());
    return *made;
}

// A thread or process by the number that the program knows.
thread* guest::find_own(pid_t own)
{
    for (const auto& [id, one] : threads_)
        if (one->own == own) return one.get();
    return nullptr;
}

// What the processor's cycle counter shows: nanoseconds, and never the same twice.
std::uint64_t guest::cycles()
{
    return static_cast<std::uint64_t>(shown_by(CLOCK_MONOTONIC).count()) + ++cycles_read_;
}

thread* guest::find(pid_t id)
{
    const auto found = threads_.find(id);
    return found == threads_.end() ? nullptr : found->second.get();
}

void guest::prepare(const process& which)
{
    const auto random = random_bytes(16);
    prepare_image(which.id, std::span<const std::byte, 16>(random));
}

std::vector<std::byte> guest::random_bytes(std::size_t count)
{
    std::vector<std::byte> made(count);
    for (std::byte& one : made) one = static_cast<std::byte>(random_() & 0xff);
    return made;
}

// ---- from outside

void guest::type(std::string_view text)
{
    if (over_) return;
    streams_.type(text);
    look_for_signals_ = options_.terminal; // Ctrl+C is one
    after_step();
}

void guest::end_input()
{
    if (over_) return;
    streams_.end_input();
    after_step();
}

void guest::signal(int number)
{
    if (over_ || status_) return;
    ::kill(-root_, number); // as a terminal does: it leads a group of its own
    look_for_signals_ = true;
    after_step();
}

void guest::kill()
{
    if (over_) return;
    finish([ended = options_.ended] { ended(SIGKILL); });
}

std::string guest::computes() const
{
    const bool alone = std::ranges::any_of(processes_, [](const auto& entry) {
        const auto& threads = entry.second->threads;
        return threads.size() == 1 && threads.front()->slices > 0;
    });
    return alone ? "a thread of it computed for seconds without a call, and in virtual time "
                   "computing takes no "
                   "time; run it on relay or direct"
                 : "";
}

std::vector<sim::waiting> guest::waits_for() const
{
    std::vector<sim::waiting> told;
    for (const thread* one : parked_)
        if (one->plan.what) told.push_back({one->plan.what(), one->since});
    return told;
}

} // namespace badwire::guest
