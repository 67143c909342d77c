// What tshark, which knows nothing of badwire, makes of a capture of frames.
#include <cstdio>
#include <fstream>
#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include "sim/capture/capture_watcher.hpp"
#include "sim/hosts/frames_for_tests.hpp"
#include "sim/hosts/segments.hpp"
#include "sim/link/conveyor.hpp"
#include "sim/link/options_json.hpp"

using namespace badwire;
using namespace badwire::hosts;
using namespace badwire::hosts::for_tests;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t fin = 1, syn = 2, ack = 16;

struct kept_frame {
    bytes_of bytes;
    link::packet_facts facts{};
    std::span<std::byte> payload() { return parse_frame(bytes).payload(std::span(bytes)); }
};
using handle = std::unique_ptr<kept_frame>;

// A link of frames, in virtual time: what leaves is shown to the capture when its time has come.
struct FrameCapture : testing::Test {
    struct carrier {
        link::addresses arriving() const { return {}; }
        link::addresses leaving() const { return {}; }
        handle keep() { return std::make_unique<kept_frame>(kept_frame{bytes}); }
        handle copy(kept_frame& original) { return std::make_unique<kept_frame>(original); }
        void leave(handle kept, link::duration due) { my.waiting.emplace(due, std::move(kept)); }
        void hold(link::conveyor<handle>::slot, link::duration) {}
        carrier later_on(const kept_frame&) const { return *this; }
        static void drop(handle) {}
        FrameCapture& my;
        const bytes_of& bytes;
    };

    explicit FrameCapture() : writer(path, {.epoch = 0s}), watcher(writer, "wan", frames) {}
    ~FrameCapture() override { ::unlink(path.c_str()); }

    void start(const char* options)
    {
        const auto asked = link::parse_link_options(nlohmann::ordered_json::parse(options));
        for (const auto& [which, held] : {std::pair{link::direction::up, asked.up},
                                          std::pair{link::direction::down, asked.down}}) {
            lanes.push_back(std::make_unique<link::lane>(7, "wan", which, held));
            conveyors.push_back(std::make_unique<link::conveyor<handle>>(
                *lanes.back(),
                link::witnesses{
                    [this](std::string_view line) { trace += std::string(line) + '\n'; }, &watcher},
                link::coordinates::always));
        }
    }

    void offer(link::duration now, const bytes_of& bytes)
    {
        leave_until(now);
        const frame parsed = parse_frame(bytes);
        const std::size_t way = parsed.from == v4_ends().from ? 0 : 1;
        link::flow& flow = lanes[way]->open_flow("client");
        link::offered_packet what{
            .of = flow, .payload = bytes, .time = now, .arrived = now, .frame = bytes};
        std::optional<segment_tracker::tracked> told;
        if (parsed.kind == frame_kind::tcp) {
            told = tracker.next(bytes, parsed);
            what.payload = told->canonical;
            what.tcp = &told->segment;
        }
        conveyors[way]->offer(what, carrier{*this, bytes});
    }

    void leave_until(link::duration now)
    {
        while (!waiting.empty() && waiting.begin()->first <= now) {
            auto [due, kept] = std::move(*waiting.begin());
            waiting.erase(waiting.begin());
            const std::size_t way = parse_frame(kept->bytes).from == v4_ends().from ? 0 : 1;
            conveyors[way]->delivered({*kept->facts.of,
                                       kept->facts.index,
                                       kept->payload(),
                                       {},
                                       due,
                                       &kept->facts,
                                       kept->bytes});
        }
    }

    /// What tshark prints, of one side of the link: as if it had been captured there. It has nothing
    /// to complain about.
    std::string tshark(int side, const std::string& fields, const std::string& filter = "frame")
    {
        leave_until(1h);
        writer.close();
        const std::string of_side = path + ".side";
        run("tshark -r " + path + fmt::format(" -Y frame.interface_id=={} -w ", side) + of_side);
        std::string printed =
            run("tshark -r " + of_side +
                " -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -o ip.check_checksum:TRUE "
                "-T fields -E separator=/s " +
                fields + " -Y '" + filter + "'");
        ::unlink(of_side.c_str());
        return printed;
    }

    std::string run(const std::string& command)
    {
        const std::string errors = path + ".errors";
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(
            ::popen((command + " 2> " + errors).c_str(), "r"), ::pclose);
        std::string printed;
        for (int c = 0; (c = std::fgetc(out.get())) != EOF;) printed += static_cast<char>(c);
        std::ifstream complaints(errors);
        for (std::string line; std::getline(complaints, line);)
            if (!line.starts_with("Running as user")) ADD_FAILURE() << line;
        ::unlink(errors.c_str());
        return printed;
    }

    static constexpr auto frames = capture::capture_watcher::contents::frames;
    const std::string path =
        testing::TempDir() + "frames_" + std::to_string(::getpid()) + ".pcapng";
    capture::pcapng_writer writer;
    capture::capture_watcher watcher;
    std::vector<std::unique_ptr<link::lane>> lanes;
    std::vector<std::unique_ptr<link::conveyor<handle>>> conveyors;
    std::multimap<link::duration, handle> waiting;
    segment_tracker tracker;
    std::string trace;
};

} // namespace

TEST_F(FrameCapture, ShowsARetransmissionAndWhyItWasNeeded)
{
    start(R"({"delay": "10ms", "up": {"exact": [{"tcp": "data", "nth": 2}]}})");
    const ends up = v4_ends(), down{up.to, up.from, up.to_port, up.from_port};
    const std::uint32_t mine = 0xfffffff0, yours = 500;
    const std::string full(1000, 'x');
    const auto sends = [&](std::uint32_t from, std::uint8_t flags, std::string_view data = {}) {
        return tcp(up,
                   {.sequence = mine + from,
                    .acknowledged = flags & ack ? yours + 1 : 0,
                    .window = 60'000,
                    .flags = flags},
                   data);
    };
    const auto answers = [&](std::uint32_t to, std::uint8_t flags) {
        return tcp(down, {.sequence = yours + (flags & syn ? 0 : 1),
                          .acknowledged = mine + to,
                          .window = 60'000,
                          .flags = flags});
    };
    offer(0ms, sends(0, syn));
    offer(10ms, answers(1, syn | ack));
    offer(20ms, sends(1, ack));
    for (const std::uint32_t from : {1u, 1001u, 2001u}) offer(21ms, sends(from, ack, full));
    offer(31ms, answers(1001, ack));
    offer(31ms, answers(1001, ack));
    offer(250ms, sends(1001, ack, full));
    offer(260ms, answers(3001, ack));
    offer(270ms, sends(3001, fin | ack));

    const std::string fields = "-e tcp.checksum.status -e tcp.seq -e tcp.len "
                               "-e tcp.analysis.retransmission -e tcp.analysis.duplicate_ack";
    EXPECT_EQ(tshark(0, fields, "tcp.len > 0"), "1 1 1000  \n1 1001 1000  \n1 2001 1000  \n"
                                                "1 1001 1000 1 \n");
    EXPECT_EQ(tshark(1, fields, "tcp.len > 0"), "1 1 1000  \n1 2001 1000  \n1 1001 1000 1 \n");
    EXPECT_EQ(tshark(0, "-e tcp.seq -e frame.comment", "frame.comment contains dropped"),
              "1001 dropped by exact rule 1 {\"nth\":2,\"tcp\":\"data\"}\n");
    EXPECT_EQ(tshark(1, "-e eth.dst -e frame.comment", "tcp.flags == 2"),
              "02:00:00:00:00:02 delayed by 10ms: asked \"10ms\"\n");

    // The trace has words for segments, and knows the one that was sent again.
    EXPECT_NE(trace.find(R"("occurrence":0,"words":"data 1001:2001","fate":"dropped")"),
              std::string::npos);
    EXPECT_NE(trace.find(R"("occurrence":1,"words":"data 1001:2001","fate":"delivered")"),
              std::string::npos);
}

TEST_F(FrameCapture, HasDatagramsAndOtherFramesToTheByteWithTheirStories)
{
    const std::string rule = R"({"action":"duplicate","match":{"text":"hello"}})";
    start((R"({"up": {"exact": [)" + rule + "]}}").c_str());
    offer(0ms, ethernet(0x0806,
                        from_hex("0001 0800 0604 0001 020000000001 0a4d0001 000000000000"
                                 "0a4d0002"),
                        "ff ff ff ff ff ff"));
    offer(1ms, udp(v4_ends(), "hello", {.options = from_hex("94040000")}) + bytes_of(5));
    EXPECT_EQ(tshark(0, "-e frame.protocols -e ip.dst -e udp.checksum.status -e frame.len"),
              "eth:ethertype:arp   42\neth:ethertype:ip:udp:data 10.77.0.2 1 56\n");
    EXPECT_EQ(tshark(1, "-e udp.length -e frame.comment", "udp"),
              "13 duplicated: 1 copy more; by exact rule 1 " + rule +
                  "\n13 copy 1 of: duplicated: 1 copy more; by exact rule 1 " + rule + "\n");
    EXPECT_EQ(trace.find("words"), std::string::npos);
}
