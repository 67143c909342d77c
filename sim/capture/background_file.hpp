// background_file.hpp: a file that one thread fills and another one writes, so that a slow disk
// does not delay the first thread.
//
// Bytes are appended to a buffer in memory; a full buffer is handed over, finished (by a function
// that may still change it) and written. At most waiting_bytes_max bytes wait to be written; beyond
// that, the appending caller waits, so that nothing is lost. An error of the disk is remembered for
// close(), and later bytes are thrown away. Without a thread of its own, append() does all of this.
//
// append(), hand_over() and close() belong to one thread.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace badwire::capture {

class background_file {
public:
    struct options {
        bool own_thread = true;
        std::size_t buffer_bytes = std::size_t{1} << 20;
        std::size_t waiting_bytes_max = std::size_t{64} << 20;
    };
    using finisher = std::function<void(std::span<std::byte>)>;

    /// Makes the file, or empties it. Throws system_error. `finish` is called with the bytes of
    /// whole appends, on the thread that writes.
    background_file(std::string path, const options& wanted, finisher finish);
    ~background_file(); // closes; errors are lost
    background_file(const background_file&) = delete;
    background_file& operator=(const background_file&) = delete;

    /// Room for that many bytes (at most buffer_bytes); the caller must fill all of it before the
    /// next call. May wait.
    std::byte* append(std::size_t bytes)
    {
        if (bytes > options_.buffer_bytes - filling_.used) hand_over();
        std::byte* const at = filling_.bytes.get() + filling_.used;
        filling_.used += bytes;
        return at;
    }

    /// Hands over what was appended so far, to be written soon. May wait.
    void hand_over();

    /// Writes everything and closes the file. Throws system_error for the first error since the
    /// file was made. Later calls do nothing.
    void close();

private:
    struct buffer {
        std::unique_ptr<std::byte[]> bytes;
        std::size_t used = 0;
    };

    buffer empty_buffer();
    void write(buffer& full);
    void write_all_that_comes();

    const std::string path_;
    const options options_;
    const finisher finish_;
    int file_ = -1;
    buffer filling_; // belongs to the appending thread

    std::mutex mutex_;
    std::condition_variable came_, went_;
    std::deque<buffer> full_;   // guarded by mutex_
    std::vector<buffer> empty_; // guarded by mutex_
    bool closing_ = false;      // guarded by mutex_
    std::error_code failed_;    // belongs to the writing thread until it is joined
    std::thread thread_;
};

} // namespace badwire::capture
