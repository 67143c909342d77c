// Damages every scenario in many ways. Whatever comes of it is good, or a mistake that is told with
// its place: never a crash, a hang, or an error of another kind.
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "harness/scenario/link_parts.hpp"
#include "harness/scenario/scenario.hpp"
#include "impl/base/printable.hpp"

using namespace badwire;
using namespace badwire::harness;

namespace {

#if defined(__SANITIZE_ADDRESS__)
#define BADWIRE_SLOW_BUILD 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define BADWIRE_SLOW_BUILD 1
#endif
#endif
#ifdef BADWIRE_SLOW_BUILD
constexpr int mutants_each = 4; // times the shards
#else
constexpr int mutants_each = 80; // times the shards
#endif

class mutator {
public:
    explicit mutator(std::uint64_t seed) : random_(seed) {}

    std::string mutant(const std::string& text)
    {
        if (below(4) == 0) return damaged(text);
        json whole = json::parse(text);
        for (std::size_t changes = 1 + below(3); changes > 0; --changes) change(whole);
        return whole.dump(-1, ' ', false, json::error_handler_t::replace);
    }

private:
    std::size_t below(std::size_t end)
    {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
    }

    // Bytes flipped, left out, or doubled; the end cut off.
    std::string damaged(std::string text)
    {
        for (std::size_t changes = 1 + below(4); changes > 0 && !text.empty(); --changes) {
            const std::size_t at = below(text.size());
            switch (below(5)) {
            case 0: text[at] = static_cast<char>(text[at] ^ (1 << below(8))); break;
            case 1: text.erase(at, 1 + below(20)); break;
            case 2: text.insert(at, text.substr(at, 1 + below(40))); break;
            case 3: text.resize(at); break;
            default:
                text.insert(at, std::string(1 + below(300), "[{\"\\,:-0e\0\x1b\xff"[below(12)]));
            }
        }
        return text;
    }

    json strange()
    {
        switch (below(16)) {
        case 0: return nullptr;
        case 1: return true;
        case 2: return -1;
        case 3: return UINT64_MAX;
        case 4: return 1e308;
        case 5: return 0.5;
        case 6: return "";
        case 7: return std::string(1 + below(40'000), "x0${("[below(5)]);
        case 8: return "${matrix.${}";
        case 9: return std::string("\0\x1b[31m\x7f", 7);
        case 10: return "../../../etc/passwd";
        case 11: return json::array();
        case 12: return json::object();
        case 13: return json::array({json::array({json::array({1})})});
        case 14: return std::vector<int>(below(2000), 1);
        default: {
            json deep = 1;
            for (std::size_t i = below(100); i > 0; --i) deep = json{{"a", deep}};
            return deep;
        }
        }
    }

    // Walks to somewhere in it and changes what is there.
    void change(json& part)
    {
        if (!part.is_structured() || part.empty() || below(6) == 0) {
            part = strange();
            return;
        }
        auto child = part.begin();
        std::advance(child, below(part.size()));
        switch (below(8)) {
        case 0: part.erase(child); return;
        case 1:
            if (part.is_array()) part.push_back(json(*child));
            else part[part.begin().key() + "x"] = json(*child);
            return;
        case 2:
            if (part.is_object()) part[std::string(1 + below(30), 'k')] = strange();
            else part.insert(part.begin(), strange());
            return;
        default: change(*child);
        }
    }

    std::mt19937_64 random_;
};

// "good", or what is wrong; throws what must not be thrown.
std::string told(const std::string& text, const std::string& file)
{
    try {
        for (const scenario& one : parse_scenario(text, file)) {
            check_networks(one, {});
            sure_misses(one);
        }
        return "good";
    } catch (const mistake& wrong) {
        return in_file(file, wrong);
    }
}

} // namespace

class Mutants : public ::testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(Shard, Mutants, ::testing::Range<std::uint64_t>(0, 5));

TEST_P(Mutants, EveryDamagedScenarioIsGoodOrAMistakeWithItsPlace)
{
    int scenarios = 0;
    int good = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(BADWIRE_SCENARIOS)) {
        const std::string file = entry.path();
        if (!file.ends_with(".json") || file.ends_with(".schema.json")) continue;
        if (load_scenario(file, true).empty()) continue; // rubrics lie there, too
        std::ostringstream text;
        text << std::ifstream(file).rdbuf();
        ASSERT_EQ(told(text.str(), file), "good");
        mutator mutate(1000 * GetParam() + static_cast<std::uint64_t>(++scenarios));
        for (int i = 0; i < mutants_each; ++i) {
            const std::string mutant = mutate.mutant(text.str());
            SCOPED_TRACE(file + ", mutant " + std::to_string(i));
            std::string said;
            ASSERT_NO_THROW(said = told(mutant, file)) << mutant.substr(0, 2000);
            good += said == "good" ? 1 : 0;
            if (said == "good") continue;
            EXPECT_EQ(said.substr(0, file.size()), file);
            EXPECT_EQ(printable_lines(said, said.size() + 1), said) << "safe to show";
        }
    }
    EXPECT_GT(scenarios, 50);
    EXPECT_GT(good, scenarios * mutants_each / 100) << "some changes do no harm";
    EXPECT_LT(good, scenarios * mutants_each / 2) << "most do";
}
