#include "sim/capture/background_file.hpp"

#include <atomic>
#include <cstring>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <unistd.h>

using badwire::capture::background_file;

namespace {

struct BackgroundFileTest : ::testing::TestWithParam<bool> {
    const std::string path = ::testing::TempDir() + "background_file_" + std::to_string(::getpid());
    background_file::options small{
        .own_thread = GetParam(), .buffer_bytes = 64, .waiting_bytes_max = 256};

    ~BackgroundFileTest() override { ::unlink(path.c_str()); }
    std::string contents() const
    {
        std::ostringstream text;
        text << std::ifstream(path, std::ios::binary).rdbuf();
        return text.str();
    }
};

void append(background_file& file, std::string_view text)
{
    std::memcpy(file.append(text.size()), text.data(), text.size());
}

void leave_alone(std::span<std::byte>) {}

} // namespace

TEST_P(BackgroundFileTest, WhatIsAppendedIsInTheFileInOrder)
{
    std::string expected;
    background_file file(path, small, leave_alone);
    for (int i = 0; i < 10'000; ++i) { // far more than may wait
        const std::string text = "<" + std::to_string(i) + ">";
        append(file, text);
        expected += text;
    }
    file.close();
    EXPECT_EQ(contents(), expected);
}

TEST_P(BackgroundFileTest, TheFinisherSeesWholeAppends)
{
    background_file file(path, small, [](std::span<std::byte> bytes) {
        ASSERT_EQ(bytes.size() % 10, 0u);
        for (std::size_t i = 0; i < bytes.size(); i += 10) bytes[i] = std::byte{'X'};
    });
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        append(file, "0123456789");
        expected += "X123456789";
    }
    file.close();
    EXPECT_EQ(contents(), expected);
}

TEST_P(BackgroundFileTest, AFullDiskIsReportedAtTheEndAndStopsNobody)
{
    background_file file("/dev/full", small, leave_alone);
    for (int i = 0; i < 1000; ++i) append(file, "0123456789");
    try {
        file.close();
        FAIL() << "no error";
    } catch (const std::system_error& error) {
        EXPECT_EQ(error.code(), std::errc::no_space_on_device);
        EXPECT_NE(std::string(error.what()).find("/dev/full"), std::string::npos);
    }
    EXPECT_NO_THROW(file.close()) << "once is enough";
}

TEST_P(BackgroundFileTest, AFolderThatIsNotThereIsAnErrorAtOnce)
{
    EXPECT_THROW(background_file("/no/such/folder/file", small, leave_alone), std::system_error);
}

INSTANTIATE_TEST_SUITE_P(Threads, BackgroundFileTest, ::testing::Bool(),
                         [](const auto& own) { return own.param ? "ItsOwn" : "TheCallers"; });

TEST(BackgroundFileLimitTest, WhoAppendsMoreThanMayWaitWaitsAndNothingIsLost)
{
    // A pipe that nobody reads for a while: its 64 KiB and the waiting bytes fill up.
    const std::string path = ::testing::TempDir() + "background_pipe_" + std::to_string(::getpid());
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    std::atomic<std::size_t> appended = 0;
    constexpr std::size_t total = 1 << 20, waiting_most = 16 << 10, pipe_holds = 64 << 10;
    std::thread appending([&] {
        background_file file(path, {.buffer_bytes = 1024, .waiting_bytes_max = waiting_most},
                             leave_alone);
        for (; appended < total; appended += 512) std::memset(file.append(512), 'x', 512);
    });
    std::ifstream reader(path, std::ios::binary);
    std::this_thread::sleep_for(std::chrono::milliseconds(100)); // the writer is stuck long before
    EXPECT_LE(appended, pipe_holds + waiting_most + 4096u);
    std::size_t read = 0;
    for (char bytes[4096]; reader.read(bytes, sizeof bytes) || reader.gcount();)
        read += static_cast<std::size_t>(reader.gcount());
    appending.join();
    EXPECT_EQ(read, total);
    ::unlink(path.c_str());
}
