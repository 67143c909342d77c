#include "impl/real/stdio_console.hpp"

#include <array>
#include <cstdio>
#include <mutex>
#include <optional>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <unistd.h>

#include "impl/real/line_editor.hpp"
#include "impl/real/terminal.hpp"

namespace badwire::net {
namespace {

constexpr std::size_t longest_line_bytes = 1 << 20;

class process_console final : public stdio_console {
public:
    explicit process_console(asio::io_context& context) : context_(context) {}

    void prompt(std::string_view text) override
    {
        const std::lock_guard lock(mutex_);
        if (!terminal_ && !stopped_ && is_interactive()) terminal_.emplace();
        if (terminal_) put(stdout, terminal_->editor.prompt(text, terminal_columns()), "");
        else put(stdout, text, "");
    }
    void write_line(std::string_view line) override { print(stdout, STDOUT_FILENO, line); }
    void write_error_line(std::string_view line) override { print(stderr, STDERR_FILENO, line); }

    bool is_terminal() const override { return ::isatty(STDOUT_FILENO) == 1; }

    void cancel_read() override
    {
        error_code ignored;
        if (!keys_wanted_ && input_) input_->cancel(ignored);
        const std::lock_guard lock(mutex_);
        finish_reader(asio::error::operation_aborted, {});
    }

    void stop() override
    {
        stopped_ = true;
        if (input_) input_->close();
        const std::lock_guard lock(mutex_);
        if (terminal_) put(stdout, "", terminal_->editor.shows_something() ? "\n" : "");
        terminal_.reset();
    }

protected:
    void read_line(line_handler handler) override
    {
        if (stopped_) {
            asio::post(context_, [handler = std::move(handler)]() mutable {
                std::move(handler)(asio::error::operation_aborted, std::string());
            });
            return;
        }
        const bool reading_keys = input_ && keys_wanted_;
        if (!input_ && !open_input()) {
            read_plain_file(std::move(handler));
            return;
        }
        if (keys_wanted_) {
            reader_ = std::make_unique<line_handler>(std::move(handler));
            if (!reading_keys) read_keys();
            serve_reader();
            return;
        }
        asio::async_read_until(
            *input_, asio::dynamic_buffer(buffer_, longest_line_bytes), '\n',
            [this, handler = std::move(handler)](error_code failed, std::size_t length) mutable {
                if (failed == asio::error::eof && !buffer_.empty()) { // a last line with no newline
                    failed = {};
                    length = buffer_.size();
                }
                std::string line = failed ? std::string() : take_line(length);
                std::move(handler)(failed, std::move(line));
            });
    }

private:
    // A person's terminal, while the program lives.
    struct interaction {
        terminal_mode mode;
        line_editor editor;
    };

    void print(std::FILE* stream, int descriptor, std::string_view line)
    {
        const std::lock_guard lock(mutex_);
        if (terminal_ && ::isatty(descriptor) == 1)
            put(stream, terminal_->editor.print(line, terminal_columns()), "");
        else put(stream, line, "\n");
    }

    static void put(std::FILE* stream, std::string_view text, const char* end)
    {
        // One call under the stream's lock: lines of several threads are never mixed.
        std::string whole(text);
        whole += end;
        std::fwrite(whole.data(), 1, whole.size(), stream);
        std::fflush(stream);
    }

    std::string take_line(std::size_t length)
    {
        std::string line = buffer_.substr(0, length);
        buffer_.erase(0, length);
        while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
        return line;
    }

    // A descriptor of our own, so that closing it leaves standard input alone. epoll takes pipes
    // and terminals, but no plain files: then this returns false.
    bool open_input()
    {
        if (plain_file_) return false;
        asio::posix::stream_descriptor opened(context_);
        error_code failed;
        {
            const std::lock_guard lock(mutex_);
            if (!terminal_ && is_interactive()) terminal_.emplace();
            keys_wanted_ = terminal_.has_value();
        }
        int descriptor = keys_wanted_ ? open_terminal() : -1;
        if (descriptor < 0) descriptor = ::dup(STDIN_FILENO);
        if (descriptor >= 0) opened.assign(descriptor, failed);
        if (descriptor < 0 || failed) {
            if (descriptor >= 0) ::close(descriptor);
            plain_file_ = true;
            return false;
        }
        input_.emplace(std::move(opened));
        return true;
    }

    // Keys are read all the time, not just while a line is wanted, so that one can type ahead.
    void read_keys()
    {
        input_->async_read_some(asio::buffer(keys_), [this](error_code failed, std::size_t size) {
            if (failed) input_failed_ = failed;
            else take_keys({keys_.data(), size});
            serve_reader();
            if (!failed) read_keys();
        });
    }

    void take_keys(std::string_view typed)
    {
        const std::lock_guard lock(mutex_);
        if (terminal_) put(stdout, terminal_->editor.keys(typed, terminal_columns()), "");
    }

    // Completes the pending read once there is a line, or once there never can be one.
    void serve_reader()
    {
        const std::lock_guard lock(mutex_);
        if (!reader_) return;
        std::string line;
        error_code failed = input_failed_;
        if (stopped_ || !terminal_) failed = asio::error::operation_aborted;
        else if (terminal_->editor.has_line()) {
            line = terminal_->editor.take_line();
            failed = {};
        } else if (terminal_->editor.ended()) failed = asio::error::eof;
        else if (!failed) return;
        finish_reader(failed, std::move(line));
    }

    // Completes the read of keys that is pending, if any.
    void finish_reader(error_code failed, std::string line)
    {
        if (!reader_) return;
        asio::post(context_,
                   [failed, line = std::move(line), handler = std::move(reader_)]() mutable {
                       std::move (*handler)(failed, std::move(line));
                   });
    }

    void read_plain_file(line_handler handler)
    {
        int next = 0;
        bool any = false;
        while ((next = std::fgetc(stdin)) != EOF && buffer_.size() < longest_line_bytes) {
            any = true;
            buffer_.push_back(static_cast<char>(next));
            if (next == '\n') break;
        }
        const error_code failed = any ? error_code() : error_code(asio::error::eof);
        asio::post(context_, [failed, line = take_line(buffer_.size()),
                              handler = std::move(handler)]() mutable {
            std::move(handler)(failed, std::move(line));
        });
    }

    asio::io_context& context_;
    std::optional<asio::posix::stream_descriptor> input_;
    std::string buffer_;
    bool plain_file_ = false;
    bool stopped_ = false;

    std::mutex mutex_; // output comes from any thread, and the editor must see it
    std::optional<interaction> terminal_;
    bool keys_wanted_ = false;
    std::array<char, 512> keys_{};
    error_code input_failed_;
    std::unique_ptr<line_handler> reader_;
};

} // namespace

std::unique_ptr<stdio_console> make_stdio_console(asio::io_context& context)
{
    return std::make_unique<process_console>(context);
}

} // namespace badwire::net
