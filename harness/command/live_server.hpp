// live_server.hpp: --serve: the page that shows a network while it runs, on a thread of its own, so that
// those who watch cost those who send nothing. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "sim/control/control_server.hpp"

namespace badwire::harness {

class live_server {
public:
    /// Serves the page of that title, and the control API of `links`, which may be null. Says where.
    /// `of`: the address, with a token made up where one is needed and none is given. Throws
    /// runtime_error: it cannot listen there.
    live_server(control::control_options of, const std::string& title, control::fleet* links);
    ~live_server();
    live_server(const live_server&) = delete;

    /// Gives viewers a moment to read what was told, and closes. What a request still asks of the
    /// links is then in their io_context, which must run it before this is destroyed.
    void stop();

    control::event_feed& feed();
    /// "http://127.0.0.1:8475/", with the token if there is one.
    std::string url() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

} // namespace badwire::harness
