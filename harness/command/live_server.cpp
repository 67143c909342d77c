#include "harness/command/live_server.hpp"

#include <optional>
#include <stdexcept>
#include <thread>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "impl/base/address.hpp"
#include "reports/live.hpp"
#include "sim/control/gatekeeper.hpp"

namespace badwire::harness {

struct live_server::state {
    boost::asio::io_context context{1};
    control::event_feed feed;
    std::optional<control::control_server> server{};
    std::string url{};
    std::thread serving{};
};

live_server::live_server(control::control_options of, const std::string& title,
                         control::fleet* links)
    : state_(std::make_unique<state>())
{
    if (of.token.empty() && !of.listen.address().is_loopback()) of.token = control::random_token();
    of.page = reports::live_page(title);
    of.events = &state_->feed;
    try {
        if (links != nullptr) state_->server.emplace(state_->context, *links, of);
        else state_->server.emplace(state_->context, of);
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error(fmt::format("--serve: cannot listen on {}: {}", to_text(of.listen),
                                             error.code().message()));
    }
    state_->url = fmt::format("http://{}/{}", to_text(state_->server->listening()),
                              of.token.empty() ? "" : "#token=" + of.token);
    state_->serving = std::thread([self = state_.get()] { self->context.run(); });
}

live_server::~live_server() { stop(); }

void live_server::stop()
{
    if (!state_->serving.joinable()) return;
    boost::asio::post(state_->context, [self = state_.get()] {
        self->feed.gather();
        self->server->finish(std::chrono::seconds(2), [self] { self->context.stop(); });
    });
    state_->serving.join();
}

control::event_feed& live_server::feed() { return state_->feed; }

std::string live_server::url() const { return state_->url; }

} // namespace badwire::harness
