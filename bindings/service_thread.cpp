#include "bindings/service_thread.hpp"

#include <future>

#include <boost/asio/post.hpp>

#include "bindings/quiet_thread.hpp"

namespace badwire::bindings {

void service_thread::start()
{
    thread_ = quiet_thread([this] { serve(); });
}

// One handler's exception must not end the service of the others; the caller gets the first one.
void service_thread::serve()
{
    for (;;) {
        try {
            context_.run();
            return;
        } catch (...) {
            if (!problem_) problem_ = std::current_exception();
        }
    }
}

nlohmann::json service_thread::ask(const std::function<nlohmann::json()>& work,
                                   const std::function<nlohmann::json()>& after_end)
{
    const std::lock_guard lock(one_at_a_time_);
    if (!thread_.joinable()) return after_end();
    std::promise<nlohmann::json> promised;
    boost::asio::post(context_, [&] {
        try {
            if (problem_) std::rethrow_exception(problem_);
            promised.set_value(work());
        } catch (...) {
            promised.set_exception(std::current_exception());
        }
    });
    return promised.get_future().get();
}

void service_thread::end(const std::function<void()>& stop, const std::function<void()>& ended)
{
    const std::lock_guard lock(one_at_a_time_);
    if (!thread_.joinable()) return;
    boost::asio::post(context_, [&] {
        stop();
        open_.reset();
    });
    thread_.join();
    ended();
    if (problem_) std::rethrow_exception(problem_);
}

} // namespace badwire::bindings
