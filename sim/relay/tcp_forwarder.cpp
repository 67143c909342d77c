#include "sim/relay/tcp_forwarder.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "sim/relay/listening_pair.hpp"

namespace badwire::relay {

using boost::asio::awaitable;
using boost::asio::ip::tcp;
using namespace std::chrono_literals;

void tcp_forwarder::open(tcp::acceptor listening, const endpoint& upstream,
                         const std::string& flow_name)
{
    ports_.push_back(std::make_shared<port>(port{.listening = std::move(listening),
                                                 .pause = boost::asio::steady_timer(core_->context),
                                                 .upstream = upstream,
                                                 .flow_name = flow_name}));
    shut_during_cuts();
    // The coroutine's frame refers to this: the handler keeps it.
    boost::asio::co_spawn(core_->context, accept(ports_.back()),
                          [self = shared_from_this()](const std::exception_ptr& failed) {
                              if (failed) std::rethrow_exception(failed);
                          });
}

void tcp_forwarder::close()
{
    closed_ = true;
    next_change_.cancel();
    shut();
}

void tcp_forwarder::shut()
{
    boost::system::error_code ignored; // nothing to do about it
    for (const auto& at : ports_) {
        at->listening.close(ignored);
        at->pause.cancel();
    }
    ports_.clear();
    for (const auto& connection : std::exchange(connections_, {})) connection->abort();
}

void tcp_forwarder::asked_changed()
{
    shut_during_cuts();
    for (const auto& connection : std::vector(connections_.begin(), connections_.end()))
        connection->asked_changed(); // may end it
}

// Whether a connection's first segments would be lost now.
bool tcp_forwarder::cut(const port& at)
{
    for (const auto which : {link::direction::up, link::direction::down}) {
        if (core_->lane_of_set_up(which)->asked().cut) return true;
        link::lane& along = core_->along(which);
        if (!at.flow_name.empty() && along.cuts(along.open_flow(at.flow_name))) return true;
    }
    return false;
}

void tcp_forwarder::shut_during_cuts()
{
    const link::duration now = core_->time_of_both(clock::now());
    core_->up.advance(now);
    core_->down.advance(now);
    for (const auto& at : ports_) {
        const bool shut = cut(*at);
        if (shut || at->shut) drop_all(at->listening.native_handle(), shut);
        at->shut = shut;
    }

    const auto next = std::min(core_->up.next_change(), core_->down.next_change());
    if (next == link::forever) return;
    next_change_.expires_at(core_->start + next);
    next_change_.async_wait([self = weak_from_this()](boost::system::error_code cancelled) {
        const auto still = self.lock();
        if (!cancelled && still && !still->closed_) still->asked_changed();
    });
}

awaitable<void> tcp_forwarder::accept(std::shared_ptr<port> at)
{
    for (;;) {
        tcp::socket client(core_->context);
        auto [failed] = co_await at->listening.async_accept(client, as_result);
        if (!at->listening.is_open()) co_return;
        if (failed) {
            // Out of descriptors, most likely: clients that wait are served when some are free.
            at->pause.expires_after(100ms);
            co_await at->pause.async_wait(as_result);
            if (!at->listening.is_open()) co_return;
            continue;
        }
        if (!core_->admit()) {
            reset(client);
            continue;
        }
        const std::uint64_t number = at->flow_name.empty() ? 0 : at->accepted++;
        auto connection = std::make_shared<tcp_connection>(
            core_, std::move(client), at->flow_name, number,
            [self = std::weak_ptr(weak_from_this())](tcp_connection& ended) {
                if (const auto owner = self.lock())
                    owner->connections_.erase(ended.shared_from_this());
            });
        connections_.insert(connection);
        connection->start(at->upstream, probe_);
    }
}

} // namespace badwire::relay
