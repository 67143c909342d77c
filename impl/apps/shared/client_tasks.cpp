#include "impl/apps/shared/client_tasks.hpp"

#include <exception>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/task_group.hpp"

namespace badwire::apps {

net::awaitable<void> serve_side_by_side(net::network& network, net::tcp_listener& listener,
                                        const client_service& serve)
{
    task_group clients(network);
    std::exception_ptr end;
    try {
        for (;;) {
            net::tcp_stream client = co_await accept(network, listener);
            clients.spawn(serve(std::move(client)));
        }
    } catch (...) {
        end = std::current_exception();
    }
    co_await clients.below(1);
    std::rethrow_exception(end);
}

} // namespace badwire::apps
