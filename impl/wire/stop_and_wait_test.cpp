// A sender and a server on a channel that loses, delays, reorders, duplicates and damages, in
// virtual time: the file is there and identical, or it is not there.
#include "impl/wire/stop_and_wait.hpp"

#include <cstring>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/net/random.hpp"
#include "impl/wire/memory_files.hpp"

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

struct badness {
    std::uint64_t loss_percent = 0;
    std::uint64_t duplicate_percent = 0;
    std::uint64_t corrupt_percent = 0;
    net::duration delay_max = 1ms; // uniform from 0: reorders
    std::function<bool(const transfer_datagram&)> drop = {};
};

struct world {
    explicit world(std::uint64_t seed = 1) : random(seed) {}

    void send(bool to_server, std::span<const std::byte> bytes, const badness& bad)
    {
        std::vector<std::byte> datagram(bytes.begin(), bytes.end());
        if (bad.drop && bad.drop(*decode_transfer(bytes))) return;
        if (random.below(100) < bad.loss_percent) return;
        if (random.below(100) < bad.corrupt_percent)
            datagram[random.below(datagram.size())] ^= std::byte{0x10};
        const int copies = random.below(100) < bad.duplicate_percent ? 2 : 1;
        for (int i = 0; i < copies; ++i) {
            const auto delay =
                net::duration(random.below(static_cast<std::uint64_t>(bad.delay_max.count())));
            arriving.emplace(now + delay, std::pair(to_server, datagram));
        }
    }

    // Until the sender has finished and nothing is on its way; the server's answers included.
    void run(stop_and_wait_sender& sender, transfer_server& server, const badness& bad)
    {
        const net::udp::endpoint address(net::asio::ip::address_v4::loopback(), 7);
        sender.start(now);
        for (;;) {
            for (auto next = sender.next_datagram(); !next.empty(); next = sender.next_datagram())
                send(true, next, bad);
            if (sender.finished() && arriving.empty()) break;
            const net::time_point due = arriving.empty() ? net::never : arriving.begin()->first;
            now = std::min({due, sender.deadline(), server.deadline()});
            if (now == due) {
                const auto [to_server, bytes] = arriving.begin()->second;
                arriving.erase(arriving.begin());
                if (!to_server) sender.on_datagram(bytes, now);
                else if (const auto reply = server.on_datagram(bytes, address, now); !reply.empty())
                    send(false, reply, bad);
            }
            sender.on_time(now);
            server.on_time(now);
        }
    }

    net::random_source random;
    net::time_point now{};
    std::multimap<net::time_point, std::pair<bool, std::vector<std::byte>>> arriving;
};

struct transfer {
    explicit transfer(std::string contents, std::uint32_t unit_size = 100,
                      std::string name = "file", sender_options options = {.session = 9})
        : contents_(std::move(contents)),
          sender(options, {unit_size, contents_.size(), std::move(name)},
                 [this](std::span<std::byte> unit) {
                     const std::size_t size = std::min(unit.size(), contents_.size() - offset_);
                     std::memcpy(unit.data(), contents_.data() + offset_, size);
                     offset_ += size;
                     return size;
                 })
    {
    }

    std::string contents_;
    std::size_t offset_ = 0;
    memory_files store;
    stop_and_wait_sender sender;
    transfer_server server{{}, store.opener()};
};

std::string text_of(std::size_t size, net::random_source& random)
{
    std::string text(size, '\0');
    for (char& byte : text) byte = static_cast<char>(random.below(256));
    return text;
}

TEST(stop_and_wait, on_a_good_network_each_unit_is_sent_once)
{
    world world;
    transfer transfer(text_of(1050, world.random));
    world.run(transfer.sender, transfer.server, {});
    EXPECT_THAT(transfer.sender.problem(), IsEmpty());
    EXPECT_EQ(transfer.store.files.at("file"), transfer.contents_);
    EXPECT_EQ(transfer.sender.counters().units, 13) << "11 of data, open and end";
    EXPECT_EQ(transfer.sender.counters().retransmissions, 0);
    EXPECT_FALSE(transfer.server.lingering()) << "the sender said bye";
}

TEST(stop_and_wait, on_any_bad_network_the_file_is_identical_or_absent)
{
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        world world(seed);
        const badness bad{.loss_percent = world.random.below(60),
                          .duplicate_percent = world.random.below(40),
                          .corrupt_percent = world.random.below(20),
                          .delay_max = 1ms + 1ms * static_cast<int>(world.random.below(1500))};
        transfer transfer(text_of(world.random.below(1500), world.random),
                          1 + static_cast<std::uint32_t>(world.random.below(200)));
        world.run(transfer.sender, transfer.server, bad);

        const auto found = transfer.store.files.find("file");
        const bool there = found != transfer.store.files.end();
        EXPECT_TRUE(there || !transfer.sender.problem().empty());
        if (there) {
            EXPECT_EQ(found->second, transfer.contents_);
        }
    }
}

TEST(stop_and_wait, with_less_than_a_third_lost_every_file_arrives)
{
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        world world(seed);
        transfer transfer(text_of(800, world.random));
        world.run(transfer.sender, transfer.server,
                  {.loss_percent = 30, .duplicate_percent = 20, .delay_max = 50ms});
        EXPECT_THAT(transfer.sender.problem(), IsEmpty());
        EXPECT_EQ(transfer.store.files["file"], transfer.contents_);
        EXPECT_GT(transfer.sender.counters().retransmissions, 0);
    }
}

TEST(stop_and_wait, an_empty_file_arrives)
{
    world world;
    transfer transfer("");
    world.run(transfer.sender, transfer.server, {});
    EXPECT_EQ(transfer.store.files.count("file"), 1u);
    EXPECT_EQ(transfer.sender.counters().units, 2);
}

TEST(stop_and_wait, a_lost_last_acknowledgment_is_answered_again)
{
    world world;
    transfer transfer("hello");
    int lost = 0;
    badness bad;
    bad.drop = [&](const transfer_datagram& datagram) {
        return datagram.kind == datagram_kind::ack && datagram.unit == 2 && lost++ < 3;
    };
    world.run(transfer.sender, transfer.server, bad);
    EXPECT_THAT(transfer.sender.problem(), IsEmpty());
    EXPECT_EQ(transfer.sender.counters().retransmissions, 3);
    EXPECT_EQ(transfer.server.duplicates(), 3);
}

TEST(stop_and_wait, karns_rule_an_ambiguous_acknowledgment_is_no_sample)
{
    world world;
    transfer transfer("hello");
    bool dropped = false;
    badness bad;
    bad.drop = [&](const transfer_datagram& datagram) {
        return datagram.kind == datagram_kind::open && !std::exchange(dropped, true);
    };
    const net::time_point begin = world.now;
    transfer.sender.start(begin);
    EXPECT_EQ(transfer.sender.deadline() - begin, 1s);
    transfer.sender.on_time(begin + 1s);
    EXPECT_EQ(transfer.sender.deadline() - begin, 3s) << "backed off to 2 s";
    std::vector<std::byte> ack;
    encode({datagram_kind::ack, 9, 0}, ack);
    transfer.sender.on_datagram(ack, begin + 1001ms);
    EXPECT_FALSE(transfer.sender.rto().srtt()) << "which of the two opens was that for?";
    EXPECT_EQ(transfer.sender.rto().rto(), 2s) << "the back-off stays until a sample";
    encode({datagram_kind::ack, 9, 1}, ack);
    transfer.sender.on_datagram(ack, begin + 1011ms);
    EXPECT_EQ(transfer.sender.rto().srtt(), 10ms);
}

TEST(stop_and_wait, a_sender_gives_up_after_its_retries)
{
    world world;
    transfer transfer("hello", 100, "file", {.session = 9, .retries = 3});
    world.run(transfer.sender, transfer.server, {.loss_percent = 100});
    EXPECT_EQ(transfer.sender.problem(), "unit 0 was sent 4 times and never acknowledged");
    EXPECT_EQ(transfer.sender.counters().retransmissions, 3);
}

TEST(stop_and_wait, a_sender_gives_up_when_it_hears_nothing)
{
    world world;
    transfer transfer("hello");
    world.run(transfer.sender, transfer.server, {.loss_percent = 100});
    EXPECT_EQ(transfer.sender.problem(), "heard nothing from the receiver for 30s");
    EXPECT_EQ(world.now - net::time_point{}, 30s);
}

TEST(stop_and_wait, a_refusal_is_told_with_its_reason_and_leaves_no_file)
{
    for (const auto* name : {"refused", "full disk"}) {
        world world;
        transfer transfer("hello", 100, name);
        world.run(transfer.sender, transfer.server, {.loss_percent = 20});
        EXPECT_THAT(transfer.sender.problem(), HasSubstr("refused it: "));
        EXPECT_THAT(transfer.store.files, IsEmpty());
        EXPECT_EQ(transfer.store.unfinished, 0);
    }
}

TEST(stop_and_wait, a_file_whose_digest_differs_is_refused)
{
    memory_files store;
    stop_and_wait_receiver receiver({100, 5, "file"}, store.opener()("file"));
    std::vector<std::byte> reply;
    receiver.on_datagram({datagram_kind::open, 9, 0}, reply);
    receiver.on_datagram({datagram_kind::data, 9, 1, as_bytes("hello")}, reply);
    const auto end = encode(transfer_end{5, {}});
    receiver.on_datagram({datagram_kind::end, 9, 2, end}, reply);
    EXPECT_EQ(receiver.now(), stop_and_wait_receiver::state::refused);
    EXPECT_EQ(decode_transfer(reply)->kind, datagram_kind::refuse);
    EXPECT_THAT(store.files, IsEmpty());
}

} // namespace
} // namespace badwire::wire
