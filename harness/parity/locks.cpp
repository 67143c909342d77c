// Locks below those of the C library: futexes that are moved, operated on, and handed over.
#include "harness/parity/case.hpp"

#include <ctime>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>

namespace parity {
namespace {

long futex(std::uint32_t* word, int what, std::uint32_t value, std::uintptr_t second = 0,
           std::uint32_t* other = nullptr, std::uint32_t third = 0)
{
    return syscall(SYS_futex, word, what, value, second, other, third);
}

void futexes_moved()
{
    static std::uint32_t first = 0, second = 0;
    std::atomic<int> awake{0};
    std::vector<std::thread> all;
    for (int i = 0; i < 4; ++i)
        all.emplace_back([&awake] {
            futex(&first, FUTEX_WAIT_PRIVATE, 0);
            ++awake;
        });
    rest(50);
    say("changed meanwhile", futex(&first, FUTEX_CMP_REQUEUE_PRIVATE, 1, 9, &second, 5));
    say("one woken, two moved", futex(&first, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2, &second, 0));
    rest(50);
    say("awake", awake);
    say("moved again", futex(&second, FUTEX_REQUEUE_PRIVATE, 0, 1, &first));
    say("woken there", futex(&second, FUTEX_WAKE_PRIVATE, 9));
    rest(50);
    say("awake", awake);
    second = 6;
    // second += 1; whoever waits at the second only where it was 5
    say("one, by an operation", futex(&first, FUTEX_WAKE_OP_PRIVATE, 1, 1, &second,
                                      FUTEX_OP(FUTEX_OP_ADD, 1, FUTEX_OP_CMP_EQ, 5)));
    say("the word", second);
    say("the last", futex(&first, FUTEX_WAKE_PRIVATE, 9));
    for (auto& one : all) one.join();
    say("awake", awake);
}

timespec in_milliseconds(long count)
{
    timespec made{};
    clock_gettime(CLOCK_REALTIME, &made);
    made.tv_nsec += count * 1'000'000;
    made.tv_sec += made.tv_nsec / 1'000'000'000;
    made.tv_nsec %= 1'000'000'000;
    return made;
}

std::string name_of(int error) { return error == 0 ? "done" : strerrorname_np(error); }

void locks_that_lend_priority()
{
    static pthread_mutex_t lock;
    pthread_mutexattr_t wanted;
    pthread_mutexattr_init(&wanted);
    say("lends", name_of(pthread_mutexattr_setprotocol(&wanted, PTHREAD_PRIO_INHERIT)));
    pthread_mutexattr_settype(&wanted, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(&lock, &wanted);
    say("lock", name_of(pthread_mutex_lock(&lock)));
    say("again", name_of(pthread_mutex_lock(&lock)));
    std::atomic<int> inside{0};
    std::vector<std::thread> all;
    all.emplace_back([] {
        say("try", name_of(pthread_mutex_trylock(&lock)));
        const timespec soon = in_milliseconds(30);
        say("timed", name_of(pthread_mutex_timedlock(&lock, &soon)));
        say("not mine", name_of(pthread_mutex_unlock(&lock)));
    });
    all.back().join();
    for (int i = 0; i < 3; ++i)
        all.emplace_back([&inside] {
            pthread_mutex_lock(&lock);
            ++inside;
            rest(10);
            pthread_mutex_unlock(&lock);
        });
    rest(30);
    say("inside", inside);
    say("unlock", name_of(pthread_mutex_unlock(&lock)));
    for (std::size_t i = 1; i < all.size(); ++i) all[i].join();
    say("inside", inside);
    say("free", name_of(pthread_mutex_trylock(&lock)));
}

// A process that ends with a lock that others share leaves it to the next, and tells.
void locks_whose_holder_ends()
{
    void* const shared = mmap(nullptr, sizeof(pthread_mutex_t), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    auto* const lock = static_cast<pthread_mutex_t*>(shared);
    pthread_mutexattr_t wanted;
    pthread_mutexattr_init(&wanted);
    pthread_mutexattr_setpshared(&wanted, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&wanted, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(lock, &wanted);
    std::fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        pthread_mutex_lock(lock);
        rest(100);
        _exit(0);
    }
    rest(30);
    say("lock", name_of(pthread_mutex_lock(lock)));
    say("consistent", name_of(pthread_mutex_consistent(lock)));
    say("unlock", name_of(pthread_mutex_unlock(lock)));
    waitpid(child, nullptr, 0);
}

} // namespace

case_table lock_cases()
{
    return {{"futexes_moved", futexes_moved},
            {"locks_that_lend_priority", locks_that_lend_priority},
            {"locks_whose_holder_ends", locks_whose_holder_ends}};
}

} // namespace parity
