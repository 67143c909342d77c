#include "impl/apps/shared/player.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>

#include "impl/wire/text.hpp"

namespace badwire::apps {

using net::asio::redirect_error;
using net::asio::use_awaitable;

player::player(net::network& network, talk::task_scope& tasks, const net::growing_file& file,
               std::vector<std::string> command)
    : network_(network),
      tasks_(tasks),
      file_(file),
      command_(std::move(command)),
      wake_(network.make_timer())
{
}

void player::start()
{
    if (command_.empty()) return;
    const std::string name = wire::printable(command_.front());
    net::child_command command{command_};
    command.feeds_input = feeds_ =
        std::find(command_.begin(), command_.end(), "-") != command_.end();
    if (!feeds_) {
        const std::string path = file_.part();
        command.words.push_back(path.starts_with('-') ? "./" + path : path); // no option
    }
    try {
        child_ = network_.start_child(command);
    } catch (const net::failure& failure) {
        network_.metrics().set("player_exit", 127); // as a shell says it
        return network_.console().complain("{}", wire::printable(failure.what()));
    }
    if (!child_)
        return network_.console().say("{} is not started: in virtual time nothing else runs", name);
    network_.console().say("started {}", name);
    tasks_.spawn(watch());
    if (feeds_) tasks_.spawn(feed());
}

void player::on_bytes(std::uint64_t bytes)
{
    if (bytes <= there_) return;
    there_ = bytes;
    wake_.cancel();
}

void player::on_end()
{
    no_more_ = true;
    wake_.cancel();
}

net::awaitable<void> player::feed()
{
    constexpr std::size_t piece_size = 64 << 10;
    std::vector<std::byte> piece(piece_size);
    net::error_code error;
    for (std::uint64_t at = 0; !error && !gone_ && !network_.stopped();) {
        if (at == there_) {
            if (no_more_) break;
            wake_.expires_at(net::never);
            net::error_code woken;
            co_await wake_.async_wait(redirect_error(use_awaitable, woken));
            continue;
        }
        const std::size_t wanted = std::min<std::uint64_t>(piece.size(), there_ - at);
        const std::size_t size = read_at(at, std::span(piece).first(wanted));
        if (size == 0) break;
        at += co_await child_.async_write_some(net::asio::buffer(piece.data(), size),
                                               redirect_error(use_awaitable, error));
    }
    child_.close_input();
}

// A disk that cannot be read ends the player's input, not the stream.
std::size_t player::read_at(std::uint64_t offset, std::span<std::byte> into) const
{
    try {
        return file_.read_at(offset, into);
    } catch (const net::failure& failure) {
        network_.console().complain("{}", failure.what());
        return 0;
    }
}

net::awaitable<void> player::watch()
{
    net::error_code error;
    const int status = co_await child_.async_wait(redirect_error(use_awaitable, error));
    gone_ = true;
    wake_.cancel();
    if (error) co_return;
    network_.metrics().set("player_exit", status);
    network_.console().say("the player ended, exit status {}", status);
}

} // namespace badwire::apps
