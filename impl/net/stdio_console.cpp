#include "impl/net/stdio_console.hpp"

#include <cstdio>
#include <optional>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read_until.hpp>
#include <unistd.h>

namespace badwire::net {
namespace {

constexpr std::size_t longest_line_bytes = 1 << 20;

class process_console final : public stdio_console {
public:
    explicit process_console(asio::io_context& context) : context_(context) {}

    void prompt(std::string_view text) override { print(stdout, text, ""); }
    void write_line(std::string_view line) override { print(stdout, line, "\n"); }
    void write_error_line(std::string_view line) override { print(stderr, line, "\n"); }

    bool is_terminal() const override { return ::isatty(STDOUT_FILENO) == 1; }

    void stop() override
    {
        stopped_ = true;
        if (input_) input_->close();
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
        if (!input_ && !open_input()) {
            read_plain_file(std::move(handler));
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
    static void print(std::FILE* stream, std::string_view text, const char* end)
    {
        // One call under the stream's lock: lines of several threads are never mixed.
        std::fprintf(stream, "%.*s%s", static_cast<int>(text.size()), text.data(), end);
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
    // and terminals but no plain files: then false.
    bool open_input()
    {
        if (plain_file_) return false;
        asio::posix::stream_descriptor opened(context_);
        error_code failed;
        const int descriptor = ::dup(STDIN_FILENO);
        if (descriptor >= 0) opened.assign(descriptor, failed);
        if (descriptor < 0 || failed) {
            if (descriptor >= 0) ::close(descriptor);
            plain_file_ = true;
            return false;
        }
        input_.emplace(std::move(opened));
        return true;
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
};

} // namespace

std::unique_ptr<stdio_console> make_stdio_console(asio::io_context& context)
{
    return std::make_unique<process_console>(context);
}

} // namespace badwire::net
