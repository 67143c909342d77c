#include "impl/talk/typist.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

namespace badwire::talk {

typist::typist(net::network& network, std::function<void(std::optional<std::string>)> deliver)
    : network_(network), state_(std::make_shared<state>())
{
    state_->deliver = std::move(deliver);
}

void typist::ask()
{
    if (std::exchange(state_->reading, true)) return;
    net::asio::co_spawn(network_.get_executor(), read(network_.console(), state_),
                        net::asio::detached);
}

net::awaitable<void> typist::read(net::console& console, std::shared_ptr<state> state)
{
    net::error_code failed;
    std::string line = co_await console.async_read_line(
        net::asio::redirect_error(net::asio::use_awaitable, failed));
    state->reading = false;
    if (failed == net::asio::error::operation_aborted) co_return; // nobody is there any more
    if (failed) state->deliver(std::nullopt);
    else state->deliver(std::move(line));
}

} // namespace badwire::talk
