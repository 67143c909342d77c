// object-server, object-client (course 4.4): an object travels as bytes and is rebuilt.
#include <cmath>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/talk/stream.hpp"
#include "impl/wire/employee.hpp"
#include "impl/wire/text.hpp"

namespace badwire::apps {

namespace {

constexpr std::uint16_t object_transfer_port = 5000;

// An object ends where its sender closes. If the sender does not, it ends when nothing came for the
// quiet time and the bytes make sense; if they make none, the rest may still be on its way.
net::awaitable<wire::decoded_employee> read_employee(net::tcp_stream& client, net::duration timeout)
{
    std::string bytes;
    allow(client, timeout);
    const net::time_point deadline = client.expiry();
    for (bool last_chance = false;;) {
        const talk::arrival got =
            co_await talk::read_more(client, bytes, wire::employee_size_max + 1 - bytes.size());
        const bool over = got == talk::arrival::end || bytes.size() > wire::employee_size_max ||
                          (got == talk::arrival::quiet && last_chance);
        if (over) co_return wire::decode_employee(bytes);
        if (got == talk::arrival::quiet) {
            try {
                co_return wire::decode_employee(bytes);
            } catch (const net::failure&) {
                client.expires_at(deadline);
            }
        } else client.expires_after(talk::quiet_time);
        last_chance = client.expiry() >= deadline;
        if (last_chance) client.expires_at(deadline);
    }
}

net::awaitable<void> object_server(net::network& network, server_options options)
{
    net::tcp_listener listener = listen_tcp(network, options);
    net::tcp_stream client = co_await accept(network, listener);
    const std::string address = talk::peer_of(client);

    const wire::decoded_employee received = co_await read_employee(client, options.timeout);
    client.close();
    network.console().say("Employee received from {} as {}", address, name_of(received.from));
    network.console().say("ID: {}", received.who.id);
    network.console().say("Name: {}", wire::printable(received.who.name));
    std::visit([&](auto salary) { network.console().say("Salary: {}", salary); },
               received.who.salary);
    network.metrics().add("messages");
}

struct object_client_options : client_options {
    wire::employee who{101, "Alice", {}};
    std::string salary = "45000"; // as the user gave it
    wire::codec codec = wire::codec::json;
};

net::awaitable<void> object_client(net::network& network, object_client_options options)
{
    const std::string bytes = wire::encode(options.who, options.codec);
    net::tcp_stream server = co_await connect(network, options);
    co_await talk::write_text(server, bytes);
    server.shutdown_send();
    network.console().say("Employee sent ({} bytes)", bytes.size());
    network.metrics().add("messages");
    network.metrics().add("sent_bytes", static_cast<std::int64_t>(bytes.size()));
}

void describe_object_client(option_parser& parser, object_client_options& options)
{
    using enum wire::codec;
    parser.client(options, "the server");
    parser.number("--id", options.who.id, INT64_MIN, INT64_MAX, "The employee's number");
    parser.text("--name", options.who.name, "The employee's name");
    parser.text("--salary", options.salary, "A whole or decimal number");
    parser.choice("--codec", options.codec,
                  {{"json", json}, {"cbor", cbor}, {"msgpack", msgpack}, {"pickle", pickle}},
                  "How the object is written; pickle is the course's own");
    parser.afterwards([&] {
        const auto whole = wire::parse_number<std::int64_t>(options.salary);
        const auto real = wire::parse_number<double>(options.salary);
        if (whole) options.who.salary = *whole;
        else if (real && std::isfinite(*real)) options.who.salary = *real;
        else parser.reject(fmt::format("--salary: \"{}\" is not a number", options.salary));
    });
}

} // namespace

std::vector<program> object_transfer_programs()
{
    return {
        entry<server_options>(
            {"object-server", "4.4", "Receives an Employee and prints its fields.", role::server},
            {.port = object_transfer_port, .timeout = std::chrono::seconds(10)},
            [](option_parser& parser, server_options& options) {
                parser.server(options, "the connected client's object");
            },
            object_server),
        entry<object_client_options>(
            {"object-client", "4.4", "Sends an Employee.", role::client},
            {{.port = object_transfer_port, .timeout = std::chrono::seconds(10)}},
            describe_object_client, object_client),
    };
}

} // namespace badwire::apps
