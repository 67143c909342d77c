// reply_desk.hpp: which clients wait for the operator of a chat with many (course Q6), and which
// client a typed line is for. No I/O; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace badwire::wire {

using client_number = std::uint64_t;

class reply_desk {
public:
    /// The client's message came: it waits for a reply, behind those that already do.
    void asks(client_number client);
    void leaves(client_number client);

    /// The client that has waited longest; nothing when no client waits.
    std::optional<client_number> next() const;

    struct reply {
        client_number to;
        std::string text;
    };
    enum class outcome {
        answered,
        nobody_waits, // keep the line until a client does
        refused       // the client that it names does not wait
    };

    /// `@2 text` is for client 2, anything else for the client that has waited longest; `@@` in
    /// front stands for a message that begins with @. Once answered, that client waits no more.
    outcome typed(const std::string& line, reply& made);

private:
    std::deque<client_number> waiting_;
};

} // namespace badwire::wire
