#include "impl/apps/shared/serve_each.hpp"

#include <deque>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/talk/task_scope.hpp"

namespace badwire::apps {

namespace {

// Who waits does so in the listener's queue.
net::awaitable<void> accept_when_free(net::network& network, net::tcp_listener& listener,
                                      std::size_t at_once, const client_service& serve,
                                      talk::task_scope& clients)
{
    for (;;) {
        co_await clients.below(at_once);
        net::tcp_stream client = co_await accept(network, listener);
        clients.spawn(talk::telling_failure(network, serve(std::move(client))));
    }
}

// Who waits does so in a queue of the program's, which knows how many there are.
class waiting_room {
public:
    waiting_room(net::network& network, capacity of, const client_service& serve,
                 talk::task_scope& clients)
        : network_(network), capacity_(of), serve_(serve), clients_(clients)
    {
    }

    net::awaitable<void> accept_all(net::tcp_listener& listener)
    {
        for (;;) {
            net::tcp_stream client = co_await accept(network_, listener);
            if (serving_ + queue_.size() >= capacity_.room) {
                network_.metrics().add("turned_away");
                client.close();
                continue;
            }
            queue_.push_back(std::move(client));
            if (serving_ < capacity_.at_once) {
                ++serving_;
                clients_.spawn(serve_queue());
            }
        }
    }

private:
    net::awaitable<void> serve_queue()
    {
        while (!queue_.empty()) {
            net::tcp_stream client = std::move(queue_.front());
            queue_.pop_front();
            co_await talk::telling_failure(network_, serve_(std::move(client)));
        }
        --serving_;
    }

    net::network& network_;
    capacity capacity_;
    const client_service& serve_;
    talk::task_scope& clients_;
    std::deque<net::tcp_stream> queue_;
    std::size_t serving_ = 0;
};

} // namespace

net::awaitable<void> serve_each(net::network& network, net::tcp_listener& listener, capacity of,
                                client_service serve)
{
    talk::task_scope clients(network);
    waiting_room room(network, of, serve, clients);
    if (of.room == any_number)
        co_await clients.run(accept_when_free(network, listener, of.at_once, serve, clients));
    else co_await clients.run(room.accept_all(listener));
}

} // namespace badwire::apps
