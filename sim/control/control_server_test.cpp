// The API over HTTP, with a real relay on loopback. Time limits only end a broken run.
#include "sim/control/control_server.hpp"

#include <future>
#include <thread>

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sim/control/client.hpp"
#include "sim/relay/listening_pair.hpp"
#include "sim/relay/relay_peers_for_tests.hpp"

using namespace badwire;
using namespace badwire::relay::testing;
using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using control::control_options;
using control::control_server;
using control::reply;
using nlohmann::json;

namespace {

// The relay, its server and the peers' sockets run on the test's thread; requests, which block, run
// on another.
struct ControlServerTest : ::testing::Test {
    boost::asio::io_context context;
    peer server_end{context}, client{context};
    control::fleet links{
        context, [](const std::string& name) { return relay::relay_options{.name = name}; }};
    relay::endpoint at = links
                             .add({.name = "wan",
                                   .listen = {{loopback, 0}, "127.0.0.1:0"},
                                   .upstream = {server_end.address(), "server"}})
                             .listening();
    std::optional<control_server> control;

    ControlServerTest() { start({}); }
    void start(control_options options)
    {
        control.reset();
        options.listen = {loopback, 0};
        control.emplace(context, links, options);
    }

    template <typename Ask>
    auto elsewhere(Ask ask)
    {
        auto answer = std::async(std::launch::async, ask);
        EXPECT_TRUE(
            run_until(context, [&] { return answer.wait_for(0s) == std::future_status::ready; }));
        return answer.get();
    }
    reply ask(std::string_view method, std::string_view target, std::string_view body = {},
              std::string_view token = {})
    {
        const auto port = std::to_string(control->listening().port());
        return elsewhere([=] {
            return control::send_request({"127.0.0.1", port}, method, target, body, token, 20s);
        });
    }
    // Sends bytes that may not be HTTP, and returns the answer until the server closes.
    std::string raw(const std::string& bytes)
    {
        const auto to = control->listening();
        return elsewhere([=] {
            boost::asio::io_context mine;
            tcp::socket socket(mine);
            socket.connect(to);
            boost::system::error_code failed;
            boost::asio::write(socket, boost::asio::buffer(bytes), failed);
            std::string said;
            boost::asio::read(socket, boost::asio::dynamic_buffer(said), failed);
            return said;
        });
    }
    bool passes(const std::string& text)
    {
        client.send(text, at);
        const auto count = [&] {
            link::counters counted;
            links.each([&](const control::controlled_link&, const relay::relay& through) {
                counted = through.count(link::direction::up);
            });
            return counted;
        };
        const auto done = count().delivered + count().dropped + 1;
        EXPECT_TRUE(
            run_until(context, [&] { return count().delivered + count().dropped == done; }));
        std::optional<std::string> came;
        const auto limit = std::chrono::steady_clock::now() + 50ms;
        run_until(context, [&] {
            return (came = server_end.receive()) || std::chrono::steady_clock::now() > limit;
        });
        return came == text;
    }
};

const std::string get_version = "GET /version HTTP/1.1\r\nHost: localhost\r\n";

} // namespace

TEST_F(ControlServerTest, CutCutsAndHealHeals)
{
    EXPECT_TRUE(passes("before"));
    EXPECT_EQ(ask("POST", "/proxies/wan", R"({"cut": true})").status, 200u);
    EXPECT_FALSE(passes("while it is cut"));
    EXPECT_EQ(ask("POST", "/proxies/wan", R"({"cut": false})").status, 200u);
    EXPECT_TRUE(passes("after"));
    const auto counters = json::parse(ask("GET", "/proxies/wan/counters").body);
    EXPECT_EQ(counters.at("up").at("delivered"), 2);
    EXPECT_EQ(counters.at("up").at("dropped"), 1);
}

TEST_F(ControlServerTest, AToxicTakesEffectWithTheNextPacket)
{
    ask("POST", "/proxies/wan/toxics",
        R"({"name": "mute", "type": "loss", "stream": "upstream", "attributes": {"value": 1}})");
    EXPECT_FALSE(passes("lost"));
    EXPECT_EQ(ask("DELETE", "/proxies/wan/toxics/mute").status, 204u);
    EXPECT_TRUE(passes("through"));
}

TEST_F(ControlServerTest, ACutHoldsAStreamAndHealingLetsItGoOn)
{
    auto server = relay::listen_to_both(context, {loopback, 0}); // a port that is free for TCP, too
    auto& link = links.find("wan");
    link.move(link.listen(), {server.datagrams.local_endpoint(), "server"});
    const auto entrance = link.listening();
    tcp::socket sender(context), receiver(context);
    sender.connect({entrance.address(), entrance.port()});
    server.connections.async_accept(receiver,
                                    [](boost::system::error_code failed) { EXPECT_FALSE(failed); });
    ASSERT_TRUE(run_until(context, [&] { return receiver.is_open(); }));

    EXPECT_EQ(ask("PATCH", "/proxies/wan", R"({"cut": true})").status, 200u);
    boost::asio::write(sender, boost::asio::buffer("hello", 5));
    const auto limit = std::chrono::steady_clock::now() + 50ms;
    run_until(context, [&] { return std::chrono::steady_clock::now() > limit; });
    EXPECT_EQ(receiver.available(), 0u);
    EXPECT_EQ(ask("PATCH", "/proxies/wan", R"({"cut": false})").status, 200u);
    EXPECT_TRUE(run_until(context, [&] { return receiver.available() == 5; }));

    ask("POST", "/proxies/wan/toxics", R"({"type": "reset_peer", "stream": "upstream"})");
    char byte = 0;
    boost::system::error_code ended;
    sender.non_blocking(true);
    EXPECT_TRUE(run_until(context, [&] {
        sender.read_some(boost::asio::buffer(&byte, 1), ended);
        return ended && ended != boost::asio::error::would_block;
    }));
    EXPECT_EQ(ended, boost::asio::error::connection_reset);
}

TEST_F(ControlServerTest, OneConnectionCarriesManyRequests)
{
    const auto said = raw(get_version + "\r\n" + get_version + "\r\n" + get_version +
                          "Connection: close\r\n\r\n");
    std::size_t answers = 0;
    for (auto at_byte = said.find("200 OK"); at_byte != std::string::npos;
         at_byte = said.find("200 OK", at_byte + 1))
        ++answers;
    EXPECT_EQ(answers, 3u);
}

TEST_F(ControlServerTest, MalformedRequestsAreRefused)
{
    EXPECT_NE(raw("hello\r\n\r\n").find(" 400 "), std::string::npos);
    EXPECT_NE(raw("GET /version HTTP/1.1\r\nHost localhost\r\n\r\n").find(" 400 "),
              std::string::npos);
    EXPECT_NE(raw("GET /version HTTP/1.1\r\n\r\n").find(" 400 "), std::string::npos) << "no Host";
    EXPECT_NE(raw(get_version + "X: " + std::string(20'000, 'x') + "\r\n\r\n").find(" 431 "),
              std::string::npos);
    EXPECT_NE(
        raw("POST /reset HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n").find(" 400 "),
        std::string::npos);
    EXPECT_EQ(ask("POST", "/proxies/wan", "no JSON").status, 400u);
    EXPECT_EQ(ask("DELETE", "/reset").status, 405u);
    EXPECT_EQ(ask("GET", "/version").status, 200u) << "and it still answers";
}

TEST_F(ControlServerTest, HugeBodiesAreRefused)
{
    const std::string head = "PUT /links/wan/impairments HTTP/1.1\r\nHost: localhost\r\n";
    EXPECT_NE(raw(head + "Content-Length: 9999999999999\r\n\r\n").find(" 413 "), std::string::npos);
    EXPECT_EQ(ask("PUT", "/links/wan/impairments", std::string(3 << 20, ' ')).status, 413u);
    std::string chunks = head + "Transfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 40; ++i) chunks += "10000\r\n" + std::string(0x10000, ' ') + "\r\n";
    EXPECT_NE(raw(chunks + "0\r\n\r\n").find(" 413 "), std::string::npos);
    EXPECT_EQ(ask("GET", "/version").status, 200u);
}

TEST_F(ControlServerTest, WhoWaitsToSendIsToldToGoOn)
{
    const auto said = raw("POST /reset HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                          "Connection: close\r\nContent-Length: 2\r\n\r\n{}");
    EXPECT_TRUE(said.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n"))
        << said;
}

TEST_F(ControlServerTest, SlowClientsLoseTheirPlace)
{
    start({.connections_max = 2, .request_timeout = 30s});
    std::vector<std::unique_ptr<tcp::socket>> slow;
    for (int i = 0; i < 2; ++i) {
        slow.push_back(std::make_unique<tcp::socket>(context));
        slow.back()->connect(control->listening());
        boost::asio::write(*slow.back(), boost::asio::buffer(get_version)); // incomplete
    }
    const auto asked = std::chrono::steady_clock::now();
    EXPECT_EQ(ask("GET", "/version").status, 200u);
    EXPECT_LT(std::chrono::steady_clock::now() - asked, 10s) << "who has asked has a place at once";
}

TEST_F(ControlServerTest, ForeignHostsAndWebPagesAreRefused)
{
    EXPECT_NE(raw("GET /version HTTP/1.1\r\nHost: evil.example\r\n\r\n").find(" 403 "),
              std::string::npos);
    EXPECT_NE(raw("POST /reset HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\n\r\n")
                  .find(" 403 "),
              std::string::npos);
    EXPECT_FALSE(raw("POST /links/wan HTTP/1.1\r\nHost: localhost\r\nOrigin: null\r\n"
                     "Content-Length: 18\r\n\r\n{\"enabled\": false}")
                     .empty());
    EXPECT_TRUE(passes("nothing was cut"));
}

TEST_F(ControlServerTest, WithATokenOnlyWhoKnowsItIsServed)
{
    start({.token = "secret"});
    EXPECT_EQ(ask("GET", "/version").status, 401u);
    EXPECT_EQ(ask("GET", "/version", {}, "guess").status, 401u);
    EXPECT_EQ(ask("GET", "/version", {}, "secret").status, 200u);
}

TEST_F(ControlServerTest, ATakenPortIsAnError)
{
    control_options options{.listen = control->listening()};
    EXPECT_THROW(control_server(context, links, options), boost::system::system_error);
}

TEST_F(ControlServerTest, ClosedWhileSomebodyAsks)
{
    tcp::socket asking(context);
    asking.connect(control->listening());
    boost::asio::write(asking, boost::asio::buffer(get_version)); // incomplete
    context.restart();
    context.run_for(20ms);
    control->close();
    links.close();
    context.restart();
    context.run_for(5s); // ends when all work is done
    EXPECT_TRUE(context.stopped());
}

TEST(ControlClientTest, UrlsAsPeopleWriteThem)
{
    const auto parsed = [](std::string_view url) {
        const auto made = control::parse_url(url);
        return made ? made->host + " " + made->port : "none";
    };
    EXPECT_EQ(parsed("http://127.0.0.1:8474"), "127.0.0.1 8474");
    EXPECT_EQ(parsed("http://localhost/"), "localhost 8474");
    EXPECT_EQ(parsed("http://[::1]:99/"), "::1 99");
    for (const char* bad : {"", "127.0.0.1:8474", "https://localhost", "http://", "http://x:y",
                            "http://x:", "http://x/path", "http://[::1"})
        EXPECT_EQ(parsed(bad), "none") << bad;
}
