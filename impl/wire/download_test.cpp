#include "impl/wire/download.hpp"

#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

TEST(Download, RequestsAndAnswersSurviveTheWayAndNonsenseIsRefused)
{
    const download_request request{7, sha256().finish(), "Grüße"};
    EXPECT_EQ(decode_download_request(encode(request)), request);
    EXPECT_FALSE(decode_download_request(encode(download_request{7, {}, ""}))) << "no name";
    EXPECT_FALSE(decode_download_request({}));
    EXPECT_EQ(decode_download_answer(encode(download_answer{9, 7})), (download_answer{9, 7}));
    EXPECT_FALSE(decode_download_answer(encode(download_answer{7, 9}))) << "behind the end";
    EXPECT_FALSE(decode_download_answer({}));
}

} // namespace
} // namespace badwire::wire
