#include "sim/capture/background_file.hpp"

#include <cassert>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace badwire::capture {
namespace {

constexpr std::size_t empty_buffers_kept = 4;

std::error_code last_error() { return {errno, std::generic_category()}; }

} // namespace

background_file::background_file(std::string path, const options& wanted, finisher finish)
    : path_(std::move(path)), options_(wanted), finish_(std::move(finish))
{
    file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file_ < 0) throw std::system_error(last_error(), "cannot write to " + path_);
    try {
        filling_ = empty_buffer();
        if (options_.own_thread) thread_ = std::thread([this] { write_all_that_comes(); });
    } catch (...) {
        ::close(file_);
        throw;
    }
}

background_file::~background_file()
{
    try {
        close();
    } catch (const std::system_error&) { // close() tells callers that ask
    }
}

void background_file::hand_over()
{
    if (filling_.used == 0) return;
    if (!options_.own_thread) return write(filling_);

    std::unique_lock lock(mutex_);
    went_.wait(
        lock, [this] { return full_.size() * options_.buffer_bytes < options_.waiting_bytes_max; });
    full_.push_back(std::move(filling_));
    filling_ = {};
    if (!empty_.empty()) {
        filling_ = std::move(empty_.back());
        empty_.pop_back();
    }
    lock.unlock();
    came_.notify_one();
    if (!filling_.bytes) filling_ = empty_buffer();
}

void background_file::close()
{
    if (file_ < 0) return;
    hand_over();
    if (thread_.joinable()) {
        {
            const std::lock_guard lock(mutex_);
            closing_ = true;
        }
        came_.notify_one();
        thread_.join();
    }
    if (::close(file_) != 0 && !failed_) failed_ = last_error();
    file_ = -1;
    if (failed_) throw std::system_error(failed_, "could not write all of " + path_);
}

background_file::buffer background_file::empty_buffer()
{
    return {std::make_unique_for_overwrite<std::byte[]>(options_.buffer_bytes), 0};
}

void background_file::write(buffer& full)
{
    std::span<std::byte> left(full.bytes.get(), full.used);
    full.used = 0;
    if (failed_) return;
    finish_(left);
    while (!left.empty()) {
        const auto written = ::write(file_, left.data(), left.size());
        if (written >= 0) left = left.subspan(static_cast<std::size_t>(written));
        else if (errno != EINTR) {
            failed_ = last_error();
            return;
        }
    }
}

void background_file::write_all_that_comes()
{
    std::unique_lock lock(mutex_);
    for (;;) {
        came_.wait(lock, [this] { return closing_ || !full_.empty(); });
        if (full_.empty()) return;
        // A buffer stays in the queue while it is written, because it still takes memory.
        buffer writing = std::move(full_.front());
        lock.unlock();
        write(writing);
        lock.lock();
        full_.pop_front();
        if (empty_.size() < empty_buffers_kept) empty_.push_back(std::move(writing));
        went_.notify_one();
    }
}

} // namespace badwire::capture
