#include "sim/hosts/memberships.hpp"

#include <optional>

#include "impl/base/bytes.hpp"

namespace badwire::hosts {
namespace {

using boost::asio::ip::address;
using bytes_view = std::span<const std::byte>;

// The types of messages of one of the two protocols, and where they have their group.
struct report_format {
    std::uint8_t report_v1, report_v2, leave, report_with_records;
    std::size_t group_offset, address_bytes;
};
constexpr report_format igmp_format{0x12, 0x16, 0x17, 0x22, 4, 4};
constexpr report_format mld_format{131, 131, 132, 143, 8, 16};

address address_at(bytes_view bytes, std::size_t offset, std::size_t size)
{
    const auto* const from = reinterpret_cast<const unsigned char*>(bytes.data() + offset);
    if (size == 4) {
        boost::asio::ip::address_v4::bytes_type raw{};
        std::copy_n(from, raw.size(), raw.begin());
        return boost::asio::ip::address_v4(raw);
    }
    boost::asio::ip::address_v6::bytes_type raw{};
    std::copy_n(from, raw.size(), raw.begin());
    return boost::asio::ip::address_v6(raw);
}

// RFC 3376, section 4.2.12. Blocking some sources says nothing about the group.
std::optional<bool> joins(std::uint8_t record_type, bool has_sources)
{
    enum : std::uint8_t { is_include = 1, is_exclude, to_include, to_exclude, allow_sources };
    switch (record_type) {
    case is_include:
    case to_include: return has_sources;
    case is_exclude:
    case to_exclude: return true;
    case allow_sources: return has_sources ? std::optional(true) : std::nullopt;
    default: return std::nullopt;
    }
}

// Both protocols have the same records, but for the size of an address.
std::vector<membership> of_records(bytes_view report, const report_format& format)
{
    constexpr std::size_t report_head_bytes = 8, record_head_bytes = 4;
    std::vector<membership> found;
    std::size_t at = report_head_bytes;
    for (auto left = load_big<std::uint16_t>(report, 6); left > 0; --left) {
        if (report.size() - at < record_head_bytes + format.address_bytes) break;
        const auto type = std::to_integer<std::uint8_t>(report[at]);
        const auto auxiliary_words = std::to_integer<std::size_t>(report[at + 1]);
        const std::size_t sources = load_big<std::uint16_t>(report, at + 2);
        const std::size_t bytes =
            record_head_bytes + (sources + 1) * format.address_bytes + 4 * auxiliary_words;
        if (report.size() - at < bytes) break;
        if (const auto joined = joins(type, sources > 0))
            found.push_back(
                {address_at(report, at + record_head_bytes, format.address_bytes), *joined});
        at += bytes;
    }
    return found;
}

} // namespace

std::vector<membership> memberships_of(std::span<const std::byte> bytes, const frame& parsed)
{
    const bool igmp = parsed.kind == frame_kind::igmp;
    if (!igmp && parsed.kind != frame_kind::multicast_listener) return {};
    const report_format& format = igmp ? igmp_format : mld_format;
    const bytes_view report = parsed.payload(bytes);
    if (report.size() < 8) return {};
    const auto type = std::to_integer<std::uint8_t>(report[0]);
    if (type == format.report_with_records) return of_records(report, format);
    const bool reports = type == format.report_v1 || type == format.report_v2;
    if (!reports && type != format.leave) return {};
    if (report.size() < format.group_offset + format.address_bytes) return {};
    return {{address_at(report, format.group_offset, format.address_bytes), reports}};
}

} // namespace badwire::hosts
