#include "impl/wire/employee.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "impl/net/basics.hpp"
#include "impl/net/random.hpp"

namespace badwire::wire {
namespace {

using testing::HasSubstr;
constexpr codec codecs[] = {codec::json, codec::cbor, codec::msgpack, codec::pickle};

std::string refusal(std::string_view bytes)
{
    try {
        decode_employee(bytes);
    } catch (const net::failure& failure) {
        return failure.what();
    }
    return "accepted";
}

TEST(Employee, SurvivesEveryCodecWhichIsRecognised)
{
    for (const codec which : codecs)
        for (const employee& who :
             {employee{101, "Alice", std::int64_t{45000}}, employee{INT64_MIN, "Zoë", 1.25},
              employee{INT64_MAX, "", std::int64_t{-5}}}) {
            const auto decoded = decode_employee(encode(who, which));
            EXPECT_EQ(decoded.from, which);
            EXPECT_EQ(decoded.who, who) << name_of(which);
        }
}

TEST(Employee, EveryTruncationIsRefused)
{
    for (const codec which : codecs) {
        const std::string whole = encode({101, "Alice", 1.5}, which);
        for (std::size_t size = 0; size < whole.size(); ++size)
            EXPECT_NE(refusal(whole.substr(0, size)), "accepted") << name_of(which) << size;
    }
}

TEST(Employee, NestingAndStrangeFieldsAreRefusedByName)
{
    EXPECT_THAT(refusal(R"({"emp_id": {"a": 1}})"), HasSubstr("emp_id must not hold a map"));
    EXPECT_THAT(refusal(R"({"emp_id": 1, "name": "x", "salary": [1]})"), HasSubstr("a list"));
    EXPECT_THAT(refusal(R"({"rank": 1})"), HasSubstr("rank"));
    EXPECT_THAT(refusal(R"({"emp_id": 1.5})"), HasSubstr("fraction"));
    EXPECT_THAT(refusal(R"({"emp_id": 18446744073709551615})"), HasSubstr("64 bits"));
    EXPECT_THAT(refusal(R"({"emp_id": 1})"), HasSubstr("missing"));
    EXPECT_THAT(refusal("hello"), HasSubstr("neither json"));
    EXPECT_THAT(refusal(R"({"emp_id":)" + std::string(4000, '[')), HasSubstr("a list"));
}

TEST(Employee, OneThatIsTooLargeOrNotTextIsNotSent)
{
    EXPECT_THROW(encode({1, std::string(5000, 'x'), 1.0}, codec::pickle), net::failure);
    EXPECT_THROW(encode({1, "\xff", 1.0}, codec::msgpack), net::failure);
}

TEST(Employee, RandomBytesAndRandomDamageNeverCrash)
{
    net::random_source random(1);
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = encode({101, "Alice", 1.5}, codecs[random.below(4)]);
        for (std::uint64_t i = random.below(6); i > 0; --i)
            bytes[random.below(bytes.size())] = static_cast<char>(random.below(256));
        (void)refusal(bytes);
        for (char& byte : bytes) byte = static_cast<char>(random.below(256));
        bytes[0] = '\x80';
        bytes[1] = '\x04';
        (void)refusal(bytes);
    }
}

} // namespace
} // namespace badwire::wire
