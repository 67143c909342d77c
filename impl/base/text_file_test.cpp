#include "impl/base/text_file.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

using namespace badwire;

namespace {

struct TextFile : testing::Test {
    TextFile() : folder(mkdtemp(pattern)) {}
    ~TextFile() override { std::filesystem::remove_all(folder); }

    std::string refusal(const std::filesystem::path& file, std::size_t most = 100) const
    {
        try {
            read_regular_file(file, most);
        } catch (const unreadable& error) {
            return error.what();
        }
        return "read";
    }

    char pattern[32] = "/tmp/text_file_XXXXXX";
    std::filesystem::path folder;
};

} // namespace

TEST_F(TextFile, ARegularFileIsReadWhole)
{
    std::ofstream(folder / "a") << std::string("one\0two", 7);
    EXPECT_EQ(read_regular_file(folder / "a", 7), std::string("one\0two", 7));
    std::filesystem::create_symlink("a", folder / "link");
    EXPECT_EQ(read_regular_file(folder / "link", 7).size(), 7u);
    EXPECT_EQ(refusal(folder / "a", 6), "it is larger than 6 bytes");
}

TEST_F(TextFile, WhatIsNoRegularFileIsRefusedAtOnce)
{
    EXPECT_EQ(refusal(folder / "none"), "there is no such file");
    EXPECT_EQ(refusal(folder), "it is a folder, not a regular file");
    ASSERT_EQ(mkfifo((folder / "fifo").c_str(), 0600), 0);
    EXPECT_EQ(refusal(folder / "fifo"), "it is a named pipe, not a regular file");
    EXPECT_EQ(refusal("/dev/zero"), "it is a device, not a regular file");
}

TEST_F(TextFile, AFileThatHidesItsSizeIsBoundedToo)
{
    EXPECT_EQ(refusal("/proc/self/maps", 10), "it is larger than 10 bytes");
    std::ofstream(folder / "large") << "";
    std::filesystem::resize_file(folder / "large", std::uintmax_t{1} << 40);
    EXPECT_EQ(refusal(folder / "large", 16 << 20), "it is larger than 16 MiB");
}
