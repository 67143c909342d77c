#include "sim/relay/delay_queue.hpp"

#include <random>

#include <gtest/gtest.h>

using badwire::relay::delay_queue;

TEST(DelayQueue, LetsOutByDueTimeAndThenByArrival)
{
    delay_queue<int, std::string> queue;
    for (auto [due, item] : std::initializer_list<std::pair<int, const char*>>{
             {5, "e"}, {1, "a"}, {5, "f"}, {3, "c"}, {1, "b"}, {3, "d"}})
        queue.push(due, item);
    std::string order;
    while (!queue.empty()) order += queue.pop();
    EXPECT_EQ(order, "abcdef");
}

TEST(DelayQueue, AgreesWithASortWhateverIsPushedAndPopped)
{
    std::mt19937 random(1);
    delay_queue<unsigned, int> queue;
    std::vector<std::pair<unsigned, int>> reference;
    for (int i = 0; i < 5000; ++i) {
        if (random() % 3 != 0) {
            const unsigned due = random() % 2 == 0 ? static_cast<unsigned>(i)
                                                   : static_cast<unsigned>(random() % 5000);
            queue.push(due, i);
            reference.emplace_back(due, i);
        } else if (!reference.empty()) {
            const auto next = std::ranges::min_element(reference);
            ASSERT_EQ(queue.due(), next->first);
            ASSERT_EQ(queue.pop(), next->second);
            reference.erase(next);
        }
        ASSERT_EQ(queue.size(), reference.size());
    }
}
