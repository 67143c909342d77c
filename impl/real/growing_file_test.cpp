#include "impl/real/disk_files.hpp"

#include <array>
#include <fstream>
#include <iterator>

#include <gtest/gtest.h>
#include <stdlib.h> // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX's

#include "impl/net/basics.hpp"

namespace badwire::net {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

struct GrowingFileOnDisk : testing::Test {
    GrowingFileOnDisk()
    {
        std::string pattern = (fs::temp_directory_path() / "badwire-growing-XXXXXX").string();
        folder = mkdtemp(pattern.data());
    }
    ~GrowingFileOnDisk() override { fs::remove_all(folder); }

    std::string contents(const std::string& name) const
    {
        std::ifstream file(folder / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }

    fs::path folder;
};

TEST_F(GrowingFileOnDisk, IsReadWhileItGrowsAndItsGapsAreZeros)
{
    const auto file = disk_files(folder).grow("received/song");
    file->write_at(4, bytes("efgh"));
    EXPECT_EQ(contents("received/song.part"), std::string("\0\0\0\0efgh", 8));
    file->write_at(0, bytes("abcd"));
    std::array<std::byte, 6> read{};
    EXPECT_EQ(file->read_at(4, read), 4u);
    EXPECT_EQ(read[0], std::byte{'e'});
    EXPECT_EQ(file->part(), (folder / "received/song.part").string());
    EXPECT_FALSE(fs::exists(folder / "received/song"));
}

TEST_F(GrowingFileOnDisk, IsThereUnderBothNamesAfterCommitAndThenUnderItsOwn)
{
    {
        const auto file = disk_files(folder).grow("song");
        file->write_at(0, bytes("abcd"));
        file->resize(3);
        file->commit();
        EXPECT_EQ(contents("song"), "abc");
        EXPECT_EQ(contents("song.part"), "abc");
    }
    EXPECT_EQ(contents("song"), "abc");
    EXPECT_FALSE(fs::exists(folder / "song.part"));
    EXPECT_FALSE(fs::exists(folder / "song.part.whole"));
}

TEST_F(GrowingFileOnDisk, AnUncommittedPartIsKeptUnlessNothingCame)
{
    {
        const auto file = disk_files(folder).grow("song");
        file->write_at(0, bytes("abcd"));
    }
    EXPECT_EQ(contents("song.part"), "abcd");
    {
        const auto file = disk_files(folder).grow("song");
    }
    EXPECT_FALSE(fs::exists(folder / "song.part"));
}

TEST_F(GrowingFileOnDisk, AWholeFileIsNeverWrittenThroughALeftOverSecondName)
{
    disk_files(folder).write("song", "whole");
    fs::create_hard_link(folder / "song", folder / "song.part");
    const auto file = disk_files(folder).grow("song");
    file->write_at(0, bytes("new"));
    EXPECT_EQ(contents("song"), "whole");
}

TEST_F(GrowingFileOnDisk, HasOneWriterAndFollowsNoLink)
{
    const auto file = disk_files(folder).grow("song");
    EXPECT_THROW(disk_files(folder).grow("song"), failure);
    fs::create_symlink(folder / "elsewhere", folder / "other.part");
    EXPECT_THROW(disk_files(folder).grow("other"), failure);
    EXPECT_FALSE(fs::exists(folder / "elsewhere"));
}

} // namespace
} // namespace badwire::net
