// udp_relay_for_tests.hpp: what tests of datagrams through the relay have in common.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "sim/relay/relay_peers_for_tests.hpp"

namespace badwire::relay::testing {

inline std::string numbered(int i) { return "datagram " + std::to_string(i); }

inline std::span<const std::byte> bytes_of(const std::string& text)
{
    return std::as_bytes(std::span(text));
}

/// The fates that the link has for these datagrams, one after the other, in the direction up.
class prediction {
public:
    prediction(const relay_options& options, const std::string& flow)
        : lane_(options.seed, options.name, link::direction::up, options.link.up),
          flow_(lane_.open_flow(flow))
    {
    }

    link::fate of(const std::string& text)
    {
        return lane_.decide(flow_, bytes_of(text), std::chrono::nanoseconds(0));
    }

    std::string corrupted(std::string text, const link::fate& met)
    {
        lane_.corrupt(flow_, met, std::as_writable_bytes(std::span(text)));
        return text;
    }

private:
    link::lane lane_;
    link::flow& flow_;
};

/// Which of the numbered datagrams the link lets through.
inline std::vector<std::string> let_through(const relay_options& options, const std::string& flow,
                                            int count)
{
    prediction predicted(options, flow);
    std::vector<std::string> passed;
    for (int i = 0; i < count; ++i)
        if (!predicted.of(numbered(i)).dropped) passed.push_back(numbered(i));
    return passed;
}

inline std::vector<std::string> sorted(std::vector<std::string> of)
{
    std::ranges::sort(of);
    return of;
}

class RelayTest : public ::testing::Test {
protected:
    boost::asio::io_context context;
    peer server{context};

    endpoint open(relay& through, const std::string& flow_name = {})
    {
        return through.open({loopback, 0}, server.address(), flow_name);
    }

    // Datagrams that reach the server until the relay is done with all that were offered.
    std::vector<std::string> arrivals(const relay& through, std::uint64_t offered)
    {
        std::vector<std::string> arrived;
        const auto count = [&] { return through.count(link::direction::up); };
        EXPECT_TRUE(run_until(context,
                              [&] {
                                  while (auto text = server.receive()) arrived.push_back(*text);
                                  return count().offered == offered &&
                                         arrived.size() + count().dropped + count().undeliverable ==
                                             offered + count().duplicated;
                              }))
            << count().offered << " offered, " << arrived.size() << " arrived";
        return arrived;
    }
};

} // namespace badwire::relay::testing
