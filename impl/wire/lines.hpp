// lines.hpp: the classic wire of the course's FTP over UDP (Q1b): the file's name in one datagram,
// one line per datagram without its newline, last __END__. No acknowledgment.
//
// The receiver puts a newline after each datagram, and writes a datagram that has a newline inside
// as it is. So badwire's two ends can say what the classic wire cannot: a last line without a
// newline travels together with the line before it ("b\nc"), and a line that reads __END__ travels
// with its newline. Other implementations see nothing unusual in other files.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "impl/wire/transfer_sink.hpp"

namespace badwire::wire {

inline constexpr std::string_view lines_end = "__END__";

struct lines_plan {
    std::vector<std::string_view> datagrams; // into the contents, without the file's name
    bool exact; // false: the copy will end with a newline that the file does not have
};

/// How `contents` travel. Throws net::failure when a line does not fit into a datagram.
lines_plan plan_lines(std::string_view contents);

/// The receiving end of one file.
class lines_receiver {
public:
    explicit lines_receiver(std::unique_ptr<transfer_sink> sink) : sink_(std::move(sink)) {}

    /// True when this datagram was the end and the file is committed. Throws net::failure.
    bool on_datagram(std::span<const std::byte> bytes);

    std::uint64_t received_bytes() const { return received_; }

private:
    std::unique_ptr<transfer_sink> sink_;
    std::uint64_t received_ = 0;
};

} // namespace badwire::wire
