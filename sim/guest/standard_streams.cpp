#include "sim/guest/standard_streams.hpp"

#include <cerrno>
#include <shared_mutex>
#include <system_error>
#include <tuple>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "impl/base/new_terminal.hpp"
#include "sim/guest/process_tree.hpp"

namespace badwire::guest {
namespace {

[[noreturn]] void fail(const char* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

owned_descriptor open_or_fail(const char* path, int flags)
{
    owned_descriptor opened(open(path, flags | O_CLOEXEC));
    if (!opened) fail(path);
    return opened;
}

void set_never_blocks(const owned_descriptor& of)
{
    fcntl(of.get(), F_SETFL, fcntl(of.get(), F_GETFL) | O_NONBLOCK);
}

// Both ends of a pipe: to read from and to write to.
std::pair<owned_descriptor, owned_descriptor> make_pipe()
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) fail("making a pipe");
    return {owned_descriptor(ends[0]), owned_descriptor(ends[1])};
}

std::string read_all(const owned_descriptor& from)
{
    std::string read;
    char some[4096];
    for (;;) {
        const ssize_t length = from ? ::read(from.get(), some, sizeof some) : 0;
        if (length <= 0) return read;
        read.append(some, static_cast<std::size_t>(length));
    }
}

} // namespace

standard_streams::standard_streams(bool takes_input, bool terminal)
{
    if (terminal) {
        const new_terminal made = open_terminal();
        terminal_ = owned_descriptor(made.master);
        for (auto* one : {&theirs_[0], &theirs_[1], &typed_})
            *one = open_or_fail(made.name.c_str(), O_RDWR | O_NOCTTY);
        const winsize size{24, 80, 0, 0};
        ioctl(terminal_.get(), TIOCSWINSZ, &size);
        set_never_blocks(terminal_);
    } else {
        if (takes_input) std::tie(theirs_[0], input_) = make_pipe();
        else theirs_[0] = open_or_fail("/dev/null", O_RDONLY);
        std::tie(output_, theirs_[1]) = make_pipe();
        set_never_blocks(output_);
        if (input_) set_never_blocks(input_);
    }
    std::tie(errors_, theirs_[2]) = make_pipe();
    set_never_blocks(errors_);
    const auto identify = [](const owned_descriptor& of) {
        struct stat about {};
        fstat(of.get(), &about);
        return identity{about.st_dev, about.st_ino};
    };
    output_is_ = identify(theirs_[1]);
    errors_is_ = identify(theirs_[2]);
}

std::array<int, 3> standard_streams::theirs() const
{
    return {theirs_[0].get(), theirs_[1].get(), theirs_[2].get()};
}

void standard_streams::handed_over()
{
    for (auto& one : theirs_) one.close();
}

bool standard_streams::is_output(const struct stat& what) const
{
    return what.st_ino == output_is_.inode && what.st_dev == output_is_.device;
}

bool standard_streams::is_errors(const struct stat& what) const
{
    return what.st_ino == errors_is_.inode && what.st_dev == errors_is_.device;
}

void standard_streams::type(std::string_view text)
{
    kept_ += text;
    push();
}

void standard_streams::end_input()
{
    ends_ = true;
    if (terminal_) kept_ += '\4'; // what Ctrl-D sends
    push();
}

void standard_streams::push()
{
    const owned_descriptor& into = terminal_ ? terminal_ : input_;
    while (into && !kept_.empty()) {
        const ssize_t taken = ::write(into.get(), kept_.data(), kept_.size());
        if (taken <= 0) break;
        kept_.erase(0, static_cast<std::size_t>(taken));
        // A terminal takes what is typed in its own time; whoever looks at the other side waits for that.
        pollfd look{typed_.get(), POLLIN, 0};
        if (typed_) poll(&look, 1, 0);
    }
    if (!ends_ || !kept_.empty()) return;
    const std::shared_lock nobody_starts(process_tree::closing());
    input_.close();
}

std::string standard_streams::take_output() { return read_all(terminal_ ? terminal_ : output_); }
std::string standard_streams::take_errors() { return read_all(errors_); }

} // namespace badwire::guest
