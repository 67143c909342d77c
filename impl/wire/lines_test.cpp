#include "impl/wire/lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/base/bytes.hpp"
#include "impl/net/basics.hpp"
#include "impl/wire/frame.hpp"

namespace badwire::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct text_sink : transfer_sink {
    explicit text_sink(std::string& file) : file_(file) {}
    void write(std::span<const std::byte> bytes) override { written_ += as_text(bytes); }
    void commit() override { file_ = written_; }
    std::string& file_;
    std::string written_;
};

std::string carried(std::string_view contents)
{
    std::string file = "never committed";
    lines_receiver receiver(std::make_unique<text_sink>(file));
    for (const auto datagram : plan_lines(contents).datagrams)
        EXPECT_FALSE(receiver.on_datagram(as_bytes(datagram))) << "ended early at " << datagram;
    EXPECT_TRUE(receiver.on_datagram(as_bytes(lines_end)));
    EXPECT_EQ(receiver.received_bytes(), file.size());
    return file;
}

TEST(Lines, EachLineTravelsWithoutItsNewline)
{
    EXPECT_THAT(plan_lines("a\n\nb\r\n").datagrams, ElementsAre("a", "", "b\r"));
}

TEST(Lines, AnUnterminatedLastLineTravelsWithTheOneBefore)
{
    EXPECT_THAT(plan_lines("a\nb\nc").datagrams, ElementsAre("a", "b\nc"));
    EXPECT_THAT(plan_lines("\nc").datagrams, ElementsAre("\nc"));
    EXPECT_THAT(plan_lines("a\n\nc").datagrams, ElementsAre("a", "\nc"));
}

TEST(Lines, AnEmptyFileIsNoDatagram) { EXPECT_THAT(plan_lines("").datagrams, IsEmpty()); }

TEST(Lines, EveryFileOfLinesArrivesAsItWasSent)
{
    for (const std::string contents :
         {"", "\n", "\n\n", "a\n", "a\nb", "a\nb\n", "a\n\n", "\na", "a\n\nb", "a\r\nb\r\n",
          "__END__\n", "a\n__END__\nb\n", "a\n__END__", "__END__\nb", "\n__END__\n\n"}) {
        EXPECT_EQ(carried(contents), contents);
        EXPECT_TRUE(plan_lines(contents).exact) << contents;
    }
}

TEST(Lines, ASingleUnterminatedLineIsTheOneFileThatCannotArriveExactly)
{
    EXPECT_FALSE(plan_lines("abc").exact);
    EXPECT_EQ(carried("abc"), "abc\n");
    EXPECT_FALSE(plan_lines("__END__").exact);
    EXPECT_EQ(carried("__END__"), "__END__\n");
}

TEST(Lines, ALineThatFitsNoDatagramIsRefusedBeforeAnythingIsSent)
{
    const std::string longest(datagram_size_max, 'x');
    EXPECT_EQ(carried(longest + "\n"), longest + "\n");
    EXPECT_THROW(plan_lines("a\n" + longest + "x\n"), net::failure);
    EXPECT_FALSE(plan_lines(longest + "\nb").exact) << "the last two do not fit together";
}

TEST(Lines, ASenderThatKeepsItsNewlinesIsUnderstoodToo)
{
    std::string file;
    lines_receiver receiver(std::make_unique<text_sink>(file));
    for (const auto* line : {"a\n", "\n", "b\n", "__END__"}) receiver.on_datagram(as_bytes(line));
    EXPECT_EQ(file, "a\n\nb\n");
}

} // namespace
} // namespace badwire::wire
