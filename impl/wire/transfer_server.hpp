// transfer_server.hpp: the receiving end of file transfers over one datagram socket: many senders
// at once, each on the framed or the classic wire, told apart by their address and session.
//
// Without I/O and without a clock. Not thread-safe. It remembers a bounded number of transfers, and
// forgets each that has been silent for too long.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "impl/net/basics.hpp"
#include "impl/wire/lines.hpp"
#include "impl/wire/window_receiver.hpp"

namespace badwire::wire {

struct transfer_server_options {
    net::duration idle =
        std::chrono::seconds(30); // how long an unfinished transfer may be silent; 0: for ever
    net::duration linger = std::chrono::seconds(20); // a finished one may be asked for its last ack
    net::duration memory = std::chrono::minutes(1);  // and is remembered this long to repeat it
    std::size_t transfers_max = 256;
    bool framed = true;           // false: every datagram is of the classic wire
    wire::flaw flaw = flaw::none; // planted
};

struct transfer_event {
    net::udp::endpoint sender;
    std::string name;
    std::uint64_t bytes;
    std::string problem; // empty: the file is there, whole
    /// Bytes a second after the transfer's first second; 0: it was over by then, or is not known.
    double settled_goodput = 0;
};

class transfer_server {
public:
    /// Opens the sink for a file that a peer named; throws net::failure.
    using open_sink = std::function<std::unique_ptr<transfer_sink>(const std::string& name)>;

    transfer_server(transfer_server_options options, open_sink open)
        : options_(options), open_(std::move(open))
    {
    }

    /// The answers to the sender of this datagram, often none. Valid until the next call.
    std::span<const std::byte> on_datagram(std::span<const std::byte> bytes,
                                           const net::udp::endpoint& sender, net::time_point now);

    void on_time(net::time_point now); // harmless when called early
    net::time_point deadline() const;  // when to call it

    /// The transfers that ended since the last call, well or not.
    std::vector<transfer_event> take_events() { return std::exchange(events_, {}); }

    /// Whether a finished transfer's last acknowledgment may still have to be repeated.
    bool lingering() const;

    std::int64_t duplicates() const { return duplicates_; }
    std::int64_t corrupt() const { return corrupt_; }

private:
    struct framed_transfer {
        window_receiver receiver;
        net::time_point heard_at;
        net::time_point opened_at;
        bool lingered = false;
        net::time_point settled_at = net::never; // when the first second was over
        std::uint64_t settled_bytes = 0;         // how many had come by then

        void settle(net::time_point now);
        double settled_goodput(net::time_point now) const;
    };
    struct classic_transfer {
        std::string name;
        std::optional<lines_receiver> receiver; // empty: refused, ignored up to its end
        net::time_point heard_at;
    };
    using session_key = std::pair<net::udp::endpoint, std::uint32_t>;

    void on_framed(const transfer_datagram& datagram, const net::udp::endpoint& sender,
                   net::time_point now);
    void open_framed(const transfer_datagram& datagram, const net::udp::endpoint& sender,
                     net::time_point now);
    void on_classic(std::span<const std::byte> bytes, const net::udp::endpoint& sender,
                    net::time_point now);
    void open_classic(std::string name, const net::udp::endpoint& sender, net::time_point now);
    bool make_room();
    bool has_framed(const net::udp::endpoint& sender) const;
    net::time_point expiry(const framed_transfer& transfer) const;
    net::time_point expiry(const classic_transfer& transfer) const;

    transfer_server_options options_;
    open_sink open_;
    std::map<session_key, framed_transfer> framed_;
    std::map<net::udp::endpoint, classic_transfer> classic_;
    std::vector<transfer_event> events_;
    std::vector<std::byte> reply_;
    std::int64_t duplicates_ = 0;
    std::int64_t corrupt_ = 0;
};

} // namespace badwire::wire
