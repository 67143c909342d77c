// The API without HTTP around it. The relay is real, but nothing is sent through it.
#include "sim/control/api.hpp"

#include <algorithm>
#include <cctype>

#include <gtest/gtest.h>

#include "sim/link/options_json.hpp"

using namespace badwire;
using namespace std::chrono_literals;
using control::answer;
using link::direction;
using nlohmann::json;

namespace {

struct ApiTest : ::testing::Test {
    boost::asio::io_context context;
    relay::relay through{context, {.link = link::parse_link_options({{"loss", 0.1}})}};
    relay::endpoint at = through.open({boost::asio::ip::make_address("127.0.0.1"), 0},
                                      {boost::asio::ip::make_address("127.0.0.1"), 9}, "");
    control::controlled_link link{through, "wan"};
    control::api api{link, "1.2.3"};

    answer ask(std::string_view method, std::string_view target, const std::string& body = {})
    {
        return api.handle({.method = method, .target = target, .body = body});
    }
    // The body of an answer that must be good.
    json get(std::string_view method, std::string_view target, const std::string& body = {})
    {
        const answer said = ask(method, target, body);
        EXPECT_EQ(said.status, 200u) << method << " " << target << ": " << said.body;
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
    const link::impairments& up() const { return through.asked(direction::up); }
    const link::impairments& down() const { return through.asked(direction::down); }
};

} // namespace

TEST_F(ApiTest, WhatThereIsToSee)
{
    EXPECT_EQ(get("GET", "/version"), (json{{"version", "1.2.3"}}));
    const json wan{{"name", "wan"},
                   {"listen", "127.0.0.1:" + std::to_string(at.port())},
                   {"upstream", "127.0.0.1:9"},
                   {"enabled", true},
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
    EXPECT_EQ(get("POST", "/proxies/wan", R"({"enabled": false})").at("enabled"), false);
    EXPECT_TRUE(up().cut && down().cut);
    EXPECT_EQ(up().loss.probability, 0.1) << "the rest stays";
    EXPECT_EQ(get("PATCH", "/links/wan", R"({"enabled": true})").at("enabled"), true);
    EXPECT_FALSE(up().cut || down().cut);
}

TEST_F(ApiTest, AToxiproxyClientSendsTheWholeProxyBack)
{
    json proxy = get("GET", "/proxies/wan");
    proxy["enabled"] = false;
    EXPECT_EQ(get("POST", "/proxies/wan", proxy.dump()), proxy);
    proxy["toxics"] = nullptr;
    EXPECT_EQ(status("POST", "/proxies/wan", proxy.dump()), 200u);
    proxy["upstream"] = "127.0.0.1:10";
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

TEST_F(ApiTest, ResetHealsAndTakesToxicsAway)
{
    get("POST", "/proxies/wan", R"({"enabled": false})");
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
    EXPECT_EQ(status("POST", "/proxies", R"({"name": "x"})"), 405u);
    EXPECT_EQ(ask("DELETE", "/proxies/wan").allow, "GET, POST, PATCH");
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
