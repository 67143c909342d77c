// service_thread.hpp: an io_context that runs in a thread of its own, which others ask.
//
// Thread-safe. Calls wait for the thread, and must be made without the GIL.
#pragma once

#include <exception>
#include <functional>
#include <mutex>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

namespace badwire::bindings {

class service_thread {
public:
    service_thread() : open_(context_.get_executor()) {}
    service_thread(const service_thread&) = delete;
    /// end() must have been called, if it was started.
    ~service_thread() = default;

    boost::asio::io_context& context() { return context_; }
    void start();

    /// What `work` returns there, between two of its events, or here after the end. Throws what that
    /// throws, and the failure of the thread.
    nlohmann::json ask(const std::function<nlohmann::json()>& work,
                       const std::function<nlohmann::json()>& after_end);

    /// Calls `stop` there and waits for its end, then calls `ended`; the next time nothing. Throws the
    /// failure of the thread, and what `ended` throws.
    void end(const std::function<void()>& stop, const std::function<void()>& ended);

private:
    void serve();

    boost::asio::io_context context_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> open_;
    std::mutex one_at_a_time_;
    std::exception_ptr problem_; // the thread's; read on it or after its end
    std::thread thread_;
};

} // namespace badwire::bindings
