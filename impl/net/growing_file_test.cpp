#include "impl/net/growing_file.hpp"

#include <array>
#include <iterator>

#include <gtest/gtest.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX's

#include "impl/net/network.hpp"

namespace badwire::net {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

struct GrowingFile : testing::Test {
    GrowingFile()
    {
        std::string pattern = (fs::temp_directory_path() / "badwire-growing-XXXXXX").string();
        folder = mkdtemp(pattern.data());
    }
    ~GrowingFile() override { fs::remove_all(folder); }

    std::string contents(const std::string& name) const
    {
        std::ifstream file(folder / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }

    fs::path folder;
};

TEST_F(GrowingFile, IsReadWhileItGrowsAndItsGapsAreZeros)
{
    growing_file file(files(folder), "received/song");
    file.write_at(4, bytes("efgh"));
    EXPECT_EQ(contents("received/song.part"), std::string("\0\0\0\0efgh", 8));
    file.write_at(0, bytes("abcd"));
    std::array<std::byte, 6> read{};
    EXPECT_EQ(file.read_at(4, read), 4u);
    EXPECT_EQ(read[0], std::byte{'e'});
    EXPECT_EQ(file.partial(), folder / "received/song.part");
    EXPECT_FALSE(fs::exists(folder / "received/song"));
}

TEST_F(GrowingFile, IsThereUnderBothNamesAfterCommitAndThenUnderItsOwn)
{
    {
        growing_file file(files(folder), "song");
        file.write_at(0, bytes("abcd"));
        file.resize(3);
        file.commit();
        EXPECT_EQ(contents("song"), "abc");
        EXPECT_EQ(contents("song.part"), "abc");
    }
    EXPECT_EQ(contents("song"), "abc");
    EXPECT_FALSE(fs::exists(folder / "song.part"));
    EXPECT_FALSE(fs::exists(folder / "song.part.whole"));
}

TEST_F(GrowingFile, AnUncommittedPartIsKeptUnlessNothingCame)
{
    {
        growing_file file(files(folder), "song");
        file.write_at(0, bytes("abcd"));
    }
    EXPECT_EQ(contents("song.part"), "abcd");
    {
        growing_file file(files(folder), "song");
    }
    EXPECT_FALSE(fs::exists(folder / "song.part"));
}

TEST_F(GrowingFile, AWholeFileIsNeverWrittenThroughALeftOverSecondName)
{
    files(folder).write("song", "whole");
    fs::create_hard_link(folder / "song", folder / "song.part");
    growing_file file(files(folder), "song");
    file.write_at(0, bytes("new"));
    EXPECT_EQ(contents("song"), "whole");
}

TEST_F(GrowingFile, HasOneWriterAndFollowsNoLink)
{
    growing_file file(files(folder), "song");
    EXPECT_THROW(growing_file(files(folder), "song"), failure);
    fs::create_symlink(folder / "elsewhere", folder / "other.part");
    EXPECT_THROW(growing_file(files(folder), "other"), failure);
    EXPECT_FALSE(fs::exists(folder / "elsewhere"));
}

} // namespace
} // namespace badwire::net
