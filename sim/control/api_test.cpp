// The API without HTTP around it. The relay is real, but nothing is sent through it.
#include "sim/control/api.hpp"

#include <algorithm>
#include <cctype>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "sim/link/options_json.hpp"

using namespace badwire;
using namespace std::chrono_literals;
using control::answer;
using link::direction;
using nlohmann::json;

namespace {

const auto loopback = boost::asio::ip::make_address("127.0.0.1");

struct ApiTest : ::testing::Test {
    boost::asio::io_context context;
    control::fleet links{context, [](const std::string& name) {
                             return relay::relay_options{
                                 .name = name, .link = link::parse_link_options({{"loss", 0.1}})};
                         }};
    relay::endpoint at = links
                             .add({.name = "wan",
                                   .listen = {{loopback, 0}, "127.0.0.1:0"},
                                   .upstream = {{loopback, 9}, "127.0.0.1:9"}})
                             .listening();
    const relay::relay* through = nullptr; // wan's
    control::api api{links, "1.2.3"};

    ApiTest()
    {
        links.each(
            [&](const control::controlled_link&, const relay::relay& one) { through = &one; });
    }

    answer ask(std::string_view method, std::string_view target, const std::string& body = {})
    {
        std::optional<answer> said;
        boost::asio::co_spawn(context,
                              api.handle({.method = method, .target = target, .body = body}),
                              [&](const std::exception_ptr& failed, answer made) {
                                  EXPECT_FALSE(failed);
                                  said = std::move(made);
                              });
        context.restart();
        while (!said) context.run_one();
        return *said;
    }
    // The body of an answer that must be good.
    json get(std::string_view method, std::string_view target, const std::string& body = {},
             unsigned status = 200)
    {
        const answer said = ask(method, target, body);
        EXPECT_EQ(said.status, status) << method << " " << target << ": " << said.body;
        return json::parse(said.body);
    }
    unsigned status(std::string_view method, std::string_view target, const std::string& body = {})
    {
        const answer said = ask(method, target, body);
        if (said.status >= 400) {
            EXPECT_EQ(json::parse(said.body).at("status"), said.status);
            EXPECT_FALSE(json::parse(said.body).at("error").get<std::string>().empty());
        }
        return said.status;
    }
    // Whether nobody listens there.
    static bool can_listen(const relay::endpoint& where)
    {
        boost::asio::io_context mine;
        boost::asio::ip::udp::socket probe(mine, where.protocol());
        boost::system::error_code failed;
        probe.bind(where, failed);
        return !failed;
    }
    const link::impairments& up() const { return through->asked(direction::up); }
    const link::impairments& down() const { return through->asked(direction::down); }
};

} // namespace

TEST_F(ApiTest, WhatThereIsToSee)
{
    EXPECT_EQ(get("GET", "/version"), (json{{"version", "1.2.3"}}));
    const json wan{{"name", "wan"},
                   {"listen", "127.0.0.1:" + std::to_string(at.port())},
                   {"upstream", "127.0.0.1:9"},
                   {"enabled", true},
                   {"cut", false},
                   {"toxics", json::array()}};
    EXPECT_EQ(get("GET", "/proxies"), (json{{"wan", wan}}));
    EXPECT_EQ(get("GET", "/proxies/wan"), wan);
    EXPECT_EQ(get("GET", "/links/wan/?pretty=1"), wan);
    EXPECT_EQ(get("GET", "/proxies/w%61n/toxics"), json::array());
    EXPECT_EQ(get("GET", "/links/wan/impairments").at("up").at("loss"), 0.1);
    EXPECT_EQ(get("GET", "/proxies/wan/counters").at("down").at("offered"), 0);
    EXPECT_EQ(get("GET", "/openapi.json").at("info").at("title"), "badwire control");
}

TEST_F(ApiTest, CutAndHeal)
{
    EXPECT_EQ(get("POST", "/proxies/wan", R"({"cut": true})").at("cut"), true);
    EXPECT_TRUE(up().cut && down().cut);
    EXPECT_EQ(up().loss.probability, 0.1) << "the rest stays";
    EXPECT_EQ(get("PATCH", "/links/wan", R"({"cut": false})").at("cut"), false);
    EXPECT_FALSE(up().cut || down().cut);
}

TEST_F(ApiTest, WhatIsNotEnabledDoesNotListen)
{
    EXPECT_EQ(get("POST", "/proxies/wan", R"({"enabled": false})").at("enabled"), false);
    EXPECT_TRUE(can_listen(at));
    EXPECT_FALSE(up().cut) << "no cable is pulled";
    EXPECT_EQ(get("PATCH", "/links/wan", R"({"enabled": true})").at("enabled"), true);
    EXPECT_FALSE(can_listen(at)) << "at the same port";
}

TEST_F(ApiTest, LinksComeMoveAndGo)
{
    const json made =
        get("POST", "/proxies",
            R"({"name": "lan", "listen": "localhost:0", "upstream": "localhost:9"})", 201);
    const auto listening = made.at("listen").get<std::string>();
    EXPECT_TRUE(listening.starts_with("127.0.0.1:") && !listening.ends_with(":0")) << listening;
    EXPECT_EQ(made.at("upstream"), "localhost:9") << "as it was written";
    EXPECT_EQ(made.at("enabled"), true);
    EXPECT_EQ(get("GET", "/proxies/lan"), made);
    EXPECT_EQ(get("GET", "/proxies").size(), 2u);
    EXPECT_EQ(status("POST", "/proxies", made.dump()), 400u) << "\"cut\" is no wish";
    EXPECT_EQ(status("POST", "/proxies", R"({"name": "lan", "upstream": "localhost:9"})"), 409u);

    const json moved = get("POST", "/proxies/lan", R"({"upstream": "127.0.0.1:10"})");
    EXPECT_EQ(moved.at("upstream"), "127.0.0.1:10");
    EXPECT_EQ(moved.at("listen"), listening) << "it stays where it was";
    EXPECT_NE(get("PATCH", "/proxies/lan", R"({"listen": "127.0.0.1:0"})").at("listen"), listening);

    EXPECT_EQ(ask("DELETE", "/proxies/lan").status, 204u);
    EXPECT_EQ(status("GET", "/proxies/lan"), 404u);
    EXPECT_EQ(status("DELETE", "/proxies/lan"), 404u);
    EXPECT_EQ(get("GET", "/proxies").size(), 1u);
}

TEST_F(ApiTest, ALinkThatCannotMoveStaysWhereItIs)
{
    const json before = get("GET", "/proxies/wan");
    get("POST", "/proxies", R"({"name": "lan", "upstream": "127.0.0.1:9"})", 201);
    const json other = get("GET", "/proxies/lan");
    const json wish{{"listen", other.at("listen")}};
    EXPECT_EQ(status("POST", "/proxies/wan", wish.dump()), 409u);
    EXPECT_EQ(get("GET", "/proxies/wan"), before);
    EXPECT_FALSE(can_listen(at)) << "it listens";
    const json itself{{"upstream", before.at("listen")}};
    EXPECT_EQ(status("POST", "/proxies/wan", itself.dump()), 400u);
    EXPECT_EQ(get("GET", "/proxies/wan"), before);
}

TEST_F(ApiTest, ManyAreMadeAtOnce)
{
    const std::string both = R"([{"name": "a", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:9"},
                                 {"name": "b", "upstream": "127.0.0.1:9", "enabled": false}])";
    const json made = get("POST", "/populate", both, 201).at("proxies");
    ASSERT_EQ(made.size(), 2u);
    EXPECT_EQ(made[0].at("name"), "a");
    EXPECT_EQ(made[1].at("enabled"), false);
    get("POST", "/proxies/a/toxics", R"({"type": "latency"})");

    const json again{{{"name", "a"}, {"listen", made[0].at("listen")}, {"upstream", "127.0.0.1:9"}},
                     {{"name", "b"}, {"upstream", "127.0.0.1:10"}}};
    const json now = get("POST", "/populate", again.dump(), 201).at("proxies");
    EXPECT_EQ(now[0].at("toxics").size(), 1u) << "what is there already stays as it is";
    EXPECT_EQ(now[1].at("upstream"), "127.0.0.1:10");
    EXPECT_EQ(now[1].at("enabled"), true);

    EXPECT_EQ(status("POST", "/populate", R"([{"name": "c", "upstream": "127.0.0.1:9"},
                                              {"name": "d"}])"),
              400u);
    EXPECT_EQ(status("GET", "/proxies/c"), 404u) << "nothing is made where one is wrong";
}

TEST_F(ApiTest, WhatIsNoLinkIsRefused)
{
    for (const char* body :
         {"", "5", "[]", "{}", R"({"name": "x"})", R"({"name": "", "upstream": "127.0.0.1:9"})",
          R"({"name": "x", "upstream": "127.0.0.1"})",
          R"({"name": "x", "upstream": "127.0.0.1:0"})", R"({"name": "x", "upstream": 9})",
          R"({"name": "x", "upstream": "127.0.0.1:9", "listen": ":99999"})",
          R"({"name": "x", "upstream": "127.0.0.1:9", "toxics": [{"type": "latency"}]})",
          R"({"name": "x", "upstream": "127.0.0.1:9", "port": 1})"})
        EXPECT_EQ(status("POST", "/proxies", body), 400u) << body;
    EXPECT_NE(ask("POST", "/proxies", R"({"name": "x", "upstream": "nobody.invalid:9"})")
                  .body.find("/upstream: no machine \\\"nobody.invalid\\\" is known"),
              std::string::npos);
    EXPECT_EQ(get("GET", "/proxies").size(), 1u);
}

TEST_F(ApiTest, AToxiproxyClientSendsTheWholeProxyBack)
{
    json proxy = get("GET", "/proxies/wan");
    proxy["enabled"] = false;
    EXPECT_EQ(get("POST", "/proxies/wan", proxy.dump()), proxy);
    proxy["toxics"] = nullptr;
    EXPECT_EQ(status("POST", "/proxies/wan", proxy.dump()), 200u);
    proxy["name"] = "lan";
    EXPECT_EQ(status("POST", "/proxies/wan", proxy.dump()), 400u);
    for (const char* body : {"{}", "5", R"({"enabled": "no"})", R"({"enable": true})", "", "{"})
        EXPECT_EQ(status("POST", "/proxies/wan", body), 400u) << body;
}

TEST_F(ApiTest, ToxicsComeChangeAndGo)
{
    const json slow = get("POST", "/proxies/wan/toxics",
                          R"({"name": "slow", "type": "latency", "attributes": {"latency": 50}})");
    EXPECT_EQ(slow.at("stream"), "downstream");
    EXPECT_EQ(down().delay, link::delay_model(50ms, 50ms));
    EXPECT_TRUE(up().delay.is_zero());
    EXPECT_EQ(get("GET", "/proxies/wan/toxics/slow"), slow);
    EXPECT_EQ(get("GET", "/proxies/wan").at("toxics"), json::array({slow}));

    get("POST", "/proxies/wan/toxics/slow", R"({"attributes": {"latency": 70}})");
    EXPECT_EQ(down().delay, link::delay_model(70ms, 70ms));
    get("PATCH", "/proxies/wan/toxics/slow", R"({"attributes": {"jitter": 10}})");
    EXPECT_EQ(down().delay, link::delay_model(60ms, 80ms));

    EXPECT_EQ(status("POST", "/proxies/wan/toxics", R"({"name": "slow", "type": "cut"})"), 409u);
    EXPECT_EQ(ask("DELETE", "/proxies/wan/toxics/slow").status, 204u);
    EXPECT_TRUE(down().delay.is_zero());
    EXPECT_EQ(status("DELETE", "/proxies/wan/toxics/slow"), 404u);
}

TEST_F(ApiTest, ToxicsOverrideInOrderOfCreation)
{
    get("POST", "/proxies/wan/toxics", R"({"name": "a", "type": "loss", "stream": "upstream",
                                           "attributes": {"value": 0.2}})");
    get("POST", "/proxies/wan/toxics", R"({"name": "b", "type": "loss", "stream": "upstream",
                                           "attributes": {"value": 0.3}})");
    EXPECT_EQ(up().loss.probability, 0.3);
    ask("DELETE", "/proxies/wan/toxics/b");
    EXPECT_EQ(up().loss.probability, 0.2);
    ask("DELETE", "/proxies/wan/toxics/a");
    EXPECT_EQ(up().loss.probability, 0.1) << "what it was started with";
}

TEST_F(ApiTest, ARefusedChangeChangesNothing)
{
    const json before = get("GET", "/proxies/wan/impairments");
    for (const char* body : {R"({"type": "loss", "attributes": {"value": 7}})", R"({"type": "x"})",
                             R"({"type": "exact", "attributes": {"value": [{"match": {"regex": "("},
                                 "action": "drop"}]}})"})
        EXPECT_EQ(status("POST", "/proxies/wan/toxics", body), 400u) << body;
    for (const char* body : {R"({"up": {"loss": 0.5}, "down": {"loss": 7}})", R"({"los": 1})", "[]",
                             R"({"schedule": [{"at": "1s", "cut": true}]})",
                             R"({"down": {"rate": {"trace": "/etc/passwd"}}})"})
        for (const char* method : {"PUT", "PATCH"})
            EXPECT_EQ(status(method, "/proxies/wan/impairments", body), 400u) << method << body;
    EXPECT_EQ(get("GET", "/proxies/wan/impairments"), before);
    EXPECT_EQ(get("GET", "/proxies/wan/toxics"), json::array());
}

TEST_F(ApiTest, ImpairmentsAreWrittenWholeOrByKey)
{
    get("POST", "/proxies/wan/toxics", R"({"type": "mtu", "attributes": {"value": 500}})");
    get("PATCH", "/proxies/wan/impairments", R"({"delay": "5ms", "down": {"delay": "7ms"}})");
    EXPECT_EQ(up().loss.probability, 0.1);
    EXPECT_EQ(up().delay, link::delay_model(5ms, 5ms));
    EXPECT_EQ(down().delay, link::delay_model(7ms, 7ms));
    EXPECT_EQ(down().mtu, 500u) << "what toxics did stays";
    EXPECT_EQ(get("GET", "/proxies/wan/toxics"), json::array());

    get("PUT", "/proxies/wan/impairments", R"({"up": {"loss": 0.5}})");
    EXPECT_EQ(up(), (link::impairments{.loss = 0.5}));
    EXPECT_EQ(down(), link::impairments{});

    EXPECT_EQ(ask("POST", "/reset").status, 204u);
    EXPECT_EQ(up(), (link::impairments{.loss = 0.1}));
    EXPECT_EQ(down(), (link::impairments{.loss = 0.1}));
}

TEST_F(ApiTest, ResetHealsOpensAndTakesToxicsAway)
{
    get("POST", "/proxies/wan", R"({"enabled": false, "cut": true})");
    get("POST", "/proxies/wan/toxics", R"({"type": "mtu", "attributes": {"value": 500}})");
    EXPECT_EQ(ask("POST", "/reset").status, 204u);
    EXPECT_EQ(get("GET", "/proxies/wan").at("enabled"), true);
    EXPECT_EQ(get("GET", "/proxies/wan").at("toxics"), json::array());
    EXPECT_EQ(down(), (link::impairments{.loss = 0.1}));
}

TEST_F(ApiTest, WhatIsNotThereAndWhatItDoesNotTake)
{
    EXPECT_EQ(status("GET", "/proxies/lan"), 404u);
    EXPECT_EQ(status("GET", "/proxies/wan/toxics/slow"), 404u);
    EXPECT_EQ(status("GET", "/proxies/wan/toxics/slow/x"), 404u);
    EXPECT_EQ(status("GET", "/"), 404u);
    EXPECT_EQ(status("GET", ""), 404u);
    EXPECT_EQ(status("GET", "/proxies/%"), 400u);
    EXPECT_EQ(status("GET", "/proxies/%ff%00"), 404u) << "no UTF-8, and answered in UTF-8";
    EXPECT_EQ(status("DELETE", "/proxies"), 405u);
    EXPECT_EQ(ask("PUT", "/proxies/wan").allow, "GET, POST, PATCH, DELETE");
    EXPECT_EQ(status("BREW", "/reset"), 405u);
    EXPECT_EQ(status("POST", "/proxies/wan", std::string(100'000, '[')), 400u);
    EXPECT_EQ(status("POST", "/proxies/wan/toxics", "{\"type\": \"\xff\"}"), 400u);
}

TEST_F(ApiTest, TheDescriptionNamesEveryRouteAndNoOther)
{
    const json description = control::openapi();
    std::vector<std::string> described;
    for (const auto& [path, operations] : description.at("paths").items())
        for (const auto& [method, _] : operations.items()) {
            if (method == "parameters") continue;
            std::string upper = method;
            std::transform(upper.begin(), upper.end(), upper.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
            described.push_back(upper + " " + path);
        }
    auto served = control::api::routes();
    std::sort(served.begin(), served.end());
    std::sort(described.begin(), described.end());
    EXPECT_EQ(described, served);
}
