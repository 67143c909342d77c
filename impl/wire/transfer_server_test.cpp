#include "impl/wire/transfer_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"
#include "impl/wire/memory_files_for_tests.hpp"

namespace badwire::wire {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;

struct TransferServerTest : testing::Test {
    static net::udp::endpoint peer(std::uint16_t port)
    {
        return {net::asio::ip::address_v4::loopback(), port};
    }

    void classic(std::string_view text, std::uint16_t port = 1)
    {
        EXPECT_TRUE(server.on_datagram(as_bytes(text), peer(port), now).empty());
    }

    std::optional<datagram_kind> framed(datagram_kind kind, std::uint32_t session,
                                        std::uint32_t unit, std::span<const std::byte> payload = {},
                                        std::uint16_t port = 1)
    {
        std::vector<std::byte> datagram;
        encode({kind, session, unit, payload}, datagram);
        const auto reply = server.on_datagram(datagram, peer(port), now);
        if (reply.empty()) return std::nullopt;
        return decode_transfer(reply)->kind;
    }

    std::optional<datagram_kind> open(std::uint32_t session, std::string name,
                                      std::uint16_t port = 1)
    {
        return framed(datagram_kind::open, session, 0, encode(transfer_open{100, 0, name}), port);
    }

    std::optional<datagram_kind> finish(std::uint32_t session)
    {
        return framed(datagram_kind::end, session, 1, encode(transfer_end{0, sha256().finish()}));
    }

    memory_files store;
    net::time_point now{};
    transfer_server server{{.idle = 10s, .linger = 5s, .transfers_max = 3}, store.opener()};
};

TEST_F(TransferServerTest, AClassicSenderIsRecognisedByItsFirstBytes)
{
    for (const auto* text : {"notes.txt", "a", "", "b", "__END__"}) classic(text);
    EXPECT_EQ(store.files["notes.txt"], "a\n\nb\n");
    const auto events = server.take_events();
    ASSERT_EQ(events.size(), 1u);
    EXPECT_EQ(events[0].problem, "");
    EXPECT_EQ(events[0].bytes, 5u);
}

TEST_F(TransferServerTest, SendersOfBothWiresAreKeptApart)
{
    classic("one", 1);
    EXPECT_EQ(open(5, "three", 3), datagram_kind::ack);
    classic("two", 2);
    classic("1", 1);
    classic("2", 2);
    classic("__END__", 2);
    classic("__END__", 1);
    EXPECT_EQ(store.files["one"], "1\n");
    EXPECT_EQ(store.files["two"], "2\n");
    EXPECT_EQ(store.unfinished, 1);
}

TEST_F(TransferServerTest, ALostEndDoesNotHangTheServer)
{
    classic("notes.txt");
    classic("a");
    open(5, "other", 2);
    EXPECT_EQ(server.deadline(), now + 10s);
    server.on_time(now + 10s);
    EXPECT_EQ(store.unfinished, 0);
    EXPECT_THAT(store.files, IsEmpty());
    const auto events = server.take_events();
    ASSERT_EQ(events.size(), 2u);
    EXPECT_THAT(events[0].problem, HasSubstr("nothing came for 10s"));
    EXPECT_EQ(server.deadline(), net::never);
}

TEST_F(TransferServerTest, ItLingersUntilByeOrForItsTime)
{
    open(5, "file");
    EXPECT_EQ(finish(5), datagram_kind::ack);
    EXPECT_TRUE(server.lingering());
    EXPECT_EQ(finish(5), datagram_kind::ack) << "the sender did not hear the first";
    server.on_time(now + 4s);
    EXPECT_TRUE(server.lingering());
    framed(datagram_kind::bye, 5, 1);
    EXPECT_FALSE(server.lingering());
}

TEST_F(TransferServerTest, EvenAfterLingeringItCanRepeatItsLastAcknowledgment)
{
    open(5, "file");
    finish(5);
    server.on_time(now += 5s);
    EXPECT_FALSE(server.lingering());
    EXPECT_EQ(finish(5), datagram_kind::ack);
    server.on_time(now += 60s);
    EXPECT_EQ(finish(5), std::nullopt) << "forgotten";
    EXPECT_EQ(server.deadline(), net::never);
}

TEST_F(TransferServerTest, ALateCopyOfAFinishedTransferStartsNoOther)
{
    open(5, "file");
    finish(5);
    framed(datagram_kind::bye, 5, 1);
    server.take_events();
    EXPECT_EQ(open(5, "file"), std::nullopt);
    EXPECT_EQ(store.unfinished, 0);
    server.on_time(now + 60s);
    EXPECT_THAT(server.take_events(), IsEmpty());
}

TEST_F(TransferServerTest, OnlySoManyTransfersAtOnce)
{
    EXPECT_EQ(open(1, "a"), datagram_kind::ack);
    EXPECT_EQ(open(2, "b"), datagram_kind::ack);
    EXPECT_EQ(open(3, "c"), datagram_kind::ack);
    EXPECT_EQ(open(4, "d"), datagram_kind::refuse);
    finish(1);
    framed(datagram_kind::bye, 1, 1);
    EXPECT_EQ(open(4, "d"), datagram_kind::ack) << "what is over makes room";
}

TEST_F(TransferServerTest, DamagedFramedDatagramsAreCountedAndPassForNothingElse)
{
    std::vector<std::byte> datagram;
    encode({datagram_kind::open, 1, 0, encode(transfer_open{100, 0, "file"})}, datagram);
    const std::size_t bits = datagram.size() * 8;
    std::int64_t sent = 0;
    for (std::size_t first = 0; first < bits; ++first)
        for (const std::size_t flips : {1, 2, 8}) {
            auto damaged = datagram;
            for (std::size_t i = 0; i < flips; ++i) {
                const std::size_t bit = (first + 37 * i) % bits;
                damaged[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
            }
            EXPECT_TRUE(server.on_datagram(damaged, peer(1), now).empty()) << first << " " << flips;
            ++sent;
        }
    EXPECT_EQ(server.corrupt(), sent);
    EXPECT_THAT(server.take_events(), IsEmpty());
    EXPECT_EQ(store.unfinished, 0);
}

TEST_F(TransferServerTest, ARefusedClassicFileIsComplainedAboutOnce)
{
    for (const auto* text : {"refused", "a", "b", "__END__"}) classic(text);
    EXPECT_EQ(server.take_events().size(), 1u);
    for (const auto* text : {"good", "a", "__END__"}) classic(text);
    EXPECT_EQ(store.files["good"], "a\n");
}

TEST_F(TransferServerTest, OnTheClassicWireAloneEverythingIsClassic)
{
    transfer_server alone({.framed = false}, store.opener());
    std::vector<std::byte> datagram;
    encode({datagram_kind::open, 1, 0, encode(transfer_open{100, 0, "x"})}, datagram);
    for (const auto& text :
         {as_bytes("file"), std::span<const std::byte>(datagram), as_bytes("__END__")})
        alone.on_datagram(text, peer(1), now);
    EXPECT_EQ(store.files["file"], std::string(as_text(datagram)) + "\n");
}

} // namespace
} // namespace badwire::wire
