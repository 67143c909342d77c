#include "impl/talk/typist.hpp"

#include <boost/asio/redirect_error.hpp>

namespace badwire::talk {

typist::typist(net::network& network, task_scope& tasks,
               std::function<void(std::optional<std::string>)> deliver)
    : network_(network), tasks_(tasks), deliver_(std::move(deliver))
{
}

void typist::ask()
{
    if (!std::exchange(reading_, true)) tasks_.spawn(read());
}

net::awaitable<void> typist::read()
{
    net::error_code failed;
    std::string line = co_await network_.console().async_read_line(
        net::asio::redirect_error(net::asio::use_awaitable, failed));
    reading_ = false;
    if (failed == net::asio::error::operation_aborted) co_return; // the program is ending
    if (failed) deliver_(std::nullopt);
    else deliver_(std::move(line));
}

} // namespace badwire::talk
