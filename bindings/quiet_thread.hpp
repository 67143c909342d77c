// quiet_thread.hpp: a thread that gets no signals, so that Python's own threads get them.
#pragma once

#include <csignal>
#include <functional>
#include <thread>
#include <utility>

namespace badwire::bindings {

/// Starts `work` in a thread with every signal blocked. Throws std::system_error.
inline std::thread quiet_thread(std::function<void()> work)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before); // a new thread inherits the mask
    try {
        std::thread started(std::move(work));
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        return started;
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
}

} // namespace badwire::bindings
