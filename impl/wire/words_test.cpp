#include "impl/wire/words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace badwire::wire {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(SplitWords, AtBlanksOutsideQuotationMarks)
{
    EXPECT_THAT(split_words("sox  -t wav\t-"), Optional(ElementsAre("sox", "-t", "wav", "-")));
    EXPECT_THAT(split_words(R"(mpv --title="my song" 'it"s' '')"),
                Optional(ElementsAre("mpv", "--title=my song", "it\"s", "")));
    EXPECT_THAT(split_words(" \n"), Optional(IsEmpty()));
    EXPECT_THAT(split_words("$HOME;`id`|x\\ y"), Optional(ElementsAre("$HOME;`id`|x\\", "y")));
    EXPECT_EQ(split_words("say 'it"), std::nullopt);
}

} // namespace
} // namespace badwire::wire
