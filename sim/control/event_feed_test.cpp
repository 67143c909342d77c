#include "sim/control/event_feed.hpp"

#include <thread>

#include <gtest/gtest.h>

using badwire::control::event_feed;

namespace {

std::function<std::string()> words(std::string text)
{
    return [text = std::move(text)] { return text; };
}

std::size_t count(const std::string& text, std::string_view of)
{
    std::size_t times = 0;
    for (auto at = text.find(of); at != std::string::npos; at = text.find(of, at + 1)) ++times;
    return times;
}

} // namespace

TEST(EventFeed, AViewerIsToldTheStateThenEverythingInOrder)
{
    event_feed feed;
    event_feed::place viewer;
    EXPECT_EQ(feed.read(viewer), "") << "nothing has begun";
    feed.state(words("S"), true);
    feed.push("packet", words("1"));
    feed.push("packet", words("2"));
    feed.gather();
    EXPECT_EQ(feed.read(viewer), "event: state\ndata: S\n\n"
                                 "id: 1\nevent: state\ndata: S\n\n"
                                 "id: 2\nevent: packet\ndata: 1\n\n"
                                 "id: 3\nevent: packet\ndata: 2\n\n");
    EXPECT_EQ(feed.read(viewer), "");
    feed.end(words("E"));
    EXPECT_FALSE(feed.over(viewer));
    feed.gather();
    EXPECT_EQ(feed.read(viewer), "id: 4\nevent: end\ndata: E\n\n");
    EXPECT_TRUE(feed.over(viewer));
}

TEST(EventFeed, WhoComesLateSeesTheRunThatGoesOn)
{
    event_feed feed;
    feed.state(words("first"), true);
    feed.push("packet", words("of the first"));
    feed.state(words("second"), true);
    feed.push("packet", words("of the second"));
    feed.state(words("second, cut"), false);
    feed.gather();
    event_feed::place viewer;
    const std::string text = feed.read(viewer);
    EXPECT_TRUE(text.starts_with("event: state\ndata: second, cut\n\n")) << text;
    EXPECT_EQ(count(text, "of the first"), 0U);
    EXPECT_EQ(count(text, "of the second"), 1U);
}

TEST(EventFeed, ASlowViewerIsToldHowMuchItMissed)
{
    event_feed feed({.kept_bytes_max = 1000});
    feed.state(words("S"), true);
    feed.gather();
    event_feed::place slow;
    feed.read(slow);
    for (int i = 0; i < 100; ++i) feed.push("packet", words(std::string(80, 'x')));
    feed.gather();
    const std::string text = feed.read(slow);
    const std::size_t seen = count(text, "event: packet");
    EXPECT_LT(seen, 12U);
    EXPECT_GT(seen, 5U);
    EXPECT_TRUE(
        text.starts_with("event: left_out\ndata: {\"events\":" + std::to_string(100 - seen)))
        << text;
}

TEST(EventFeed, WhatComesTooFastIsLeftOutAndCounted)
{
    event_feed feed({.waiting_max = 10});
    feed.state(words("S"), true);
    for (int i = 0; i < 25; ++i) feed.push("packet", words("p"));
    feed.state(words("T"), false);
    feed.gather();
    event_feed::place viewer;
    const std::string text = feed.read(viewer);
    EXPECT_EQ(count(text, "event: packet"), 9U);
    EXPECT_EQ(count(text, "{\"events\":16}"), 1U) << text;
    EXPECT_EQ(count(text, "data: T"), 2U) << "a state is never left out: " << text;
}

TEST(EventFeed, AViewerThatWasCutOffGoesOnWhereItWas)
{
    event_feed feed;
    feed.state(words("S"), true);
    for (const char* one : {"a", "b", "c"}) feed.push("packet", words(one));
    feed.gather();
    auto again = event_feed::resume_after(2);
    EXPECT_EQ(feed.read(again),
              "id: 3\nevent: packet\ndata: b\n\nid: 4\nevent: packet\ndata: c\n\n");
    auto of_another_server = event_feed::resume_after(1000);
    EXPECT_EQ(count(feed.read(of_another_server), "event: packet"), 3U);
}

TEST(EventFeed, ManyThreadsTellAndNothingIsLostOrTwice)
{
    event_feed feed;
    int woken = 0;
    std::mutex waking;
    feed.on_more([&] {
        const std::lock_guard lock(waking);
        ++woken;
    });
    feed.state(words("S"), true);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int j = 0; j < 1000; ++j) feed.push("packet", words("p"));
        });
    for (std::thread& one : threads) one.join();
    feed.gather();
    event_feed::place viewer;
    std::string all;
    for (std::string text; !(text = feed.read(viewer)).empty();) all += text;
    EXPECT_EQ(count(all, "event: packet"), 4000U);
    EXPECT_EQ(woken, 1) << "once, until it is gathered";
}
