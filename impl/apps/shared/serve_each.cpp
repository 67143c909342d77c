#include "impl/apps/shared/serve_each.hpp"

#include "impl/apps/shared/endpoints.hpp"
#include "impl/talk/task_scope.hpp"

namespace badwire::apps {

namespace {

net::awaitable<void> accept_clients(net::network& network, net::tcp_listener& listener,
                                    std::size_t at_once, const client_service& serve,
                                    talk::task_scope& clients)
{
    for (;;) {
        co_await clients.below(at_once);
        net::tcp_stream client = co_await accept(network, listener);
        clients.spawn(talk::telling_failure(network, serve(std::move(client))));
    }
}

} // namespace

net::awaitable<void> serve_each(net::network& network, net::tcp_listener& listener,
                                std::size_t at_once, client_service serve)
{
    talk::task_scope clients(network);
    co_await clients.run(accept_clients(network, listener, at_once, serve, clients));
}

} // namespace badwire::apps
