#include "impl/wire/pickle.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/net/basics.hpp"

namespace badwire::wire {
namespace {

using namespace std::string_literals;
using testing::HasSubstr;

const employee alice{101, "Alice", std::int64_t{45000}};

// What Python 3.11's pickle.dumps writes of such an object, by protocol.
const std::string protocol_2 =
    "\x80\x02"
    "cemployee\nEmployee\nq\0)\x81q\x01}q\x02(X\x06\0\0\0emp_idq\x03KeX\x04\0\0\0nameq\x04"
    "X\x05\0\0\0Aliceq\x05X\x06\0\0\0salaryq\x06M\xc8\xafub."s;
const std::string protocol_4 = "\x80\x04\x95G\0\0\0\0\0\0\0\x8c\x08"
                               "employee\x94\x8c\x08"
                               "Employee\x94\x93\x94)\x81\x94}\x94(\x8c\x06"
                               "emp_id\x94Ke\x8c\x04"
                               "name\x94\x8c\x05"
                               "Alice\x94\x8c\x06salary\x94M\xc8\xafub."s;

std::string refusal(std::string_view bytes)
{
    try {
        unpickle(bytes);
    } catch (const net::failure& failure) {
        return failure.what();
    }
    return "accepted";
}

TEST(Pickle, WhatPythonWritesIsRead)
{
    EXPECT_EQ(unpickle(protocol_2), alice);
    EXPECT_EQ(unpickle(protocol_4), alice);
}

TEST(Pickle, WhatIsPickledIsReadAgain)
{
    using limits = std::numeric_limits<std::int64_t>;
    for (const auto& who :
         {alice, employee{limits::min(), "", 1.5}, employee{limits::max(), "Zoë", limits::min()},
          employee{-1, std::string(300, 'x'), -0.25}})
        EXPECT_EQ(unpickle(pickle(who)), who);
}

TEST(Pickle, EveryTruncationIsRefused)
{
    for (const std::string& whole : {protocol_2, protocol_4, pickle(alice)})
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_NE(refusal(std::string_view(whole).substr(0, size)), "accepted") << size;
}

TEST(Pickle, ACallOfOsSystemIsRefusedByName)
{
    EXPECT_THAT(refusal("\x80\x02"
                        "cos\nsystem\nX\x02\0\0\0ls\x85R."s),
                HasSubstr("os.system"));
    EXPECT_THAT(refusal("\x80\x04\x8c\x05posix\x8c\x06system\x93\x8c\x02ls\x85R."s),
                HasSubstr("posix.system"));
}

TEST(Pickle, AStrangeOpcodeIsRefusedByName)
{
    EXPECT_THAT(refusal("\x80\x02"
                        "cemployee\nEmployee\n)R."s),
                HasSubstr("REDUCE"));
    EXPECT_THAT(refusal("\x80\x04]."s), HasSubstr("EMPTY_LIST"));
    EXPECT_THAT(refusal("\x80\x04\xff."s), HasSubstr("0xff"));
}

TEST(Pickle, OtherFieldsTypesAndProtocolsAreRefused)
{
    EXPECT_THAT(refusal("\x80\x06."s), HasSubstr("protocol"));
    EXPECT_THAT(refusal("(iemployee\nEmployee\n."s), HasSubstr("protocol"));
    EXPECT_THAT(refusal("\x80\x02"
                        "cemployee\nEmployee\n)\x81}X\x05\0\0\0adminK\x01sb."s),
                HasSubstr("admin"));
    EXPECT_THAT(refusal("\x80\x02"
                        "cemployee\nEmployee\n)\x81}b."s),
                HasSubstr("missing"));
    EXPECT_THAT(refusal(protocol_2 + "x"), HasSubstr("follow"));
    EXPECT_THAT(refusal(std::string(5000, '(')), HasSubstr("larger"));
}

} // namespace
} // namespace badwire::wire
