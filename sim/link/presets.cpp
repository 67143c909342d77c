#include "sim/link/presets.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "sim/link/options_json.hpp"

namespace badwire::link {
namespace {

constexpr std::string_view judged_value = "judged";

constexpr std::array lte_sources{
    preset::source{"rate, 13 Mbit/s down and 6 Mbit/s up",
                   "medians of LTE: Huang et al., A close examination of performance and power "
                   "characteristics "
                   "of 4G LTE networks, MobiSys 2012"},
    preset::source{"delay, 35 ms each way",
                   "half of the round trip of 70 ms in WebPageTest's profile LTE"},
    preset::source{"delay, its deviation of 5 ms", judged_value},
    preset::source{"order kept", "in-sequence delivery of radio link control: 3GPP TS 36.322"},
    preset::source{"queue of 256 KiB", judged_value},
    preset::source{"no loss", "retransmissions of the radio link are to leave at most 1 in 10^6: "
                              "3GPP TS 23.203, table 6.1.7, QCI 9"}};

constexpr std::array wifi_sources{
    preset::source{"rate, 30 Mbit/s",
                   "half of the 65 Mbit/s of IEEE 802.11n with one stream in 20 MHz "
                   "(MCS 7); the half is judged, "
                   "for the overhead of the channel access"},
    preset::source{"delay, 3 ms each way with a long tail", judged_value},
    preset::source{"order kept",
                   "the receiver's reordering buffer of IEEE 802.11n's block acknowledgments"},
    preset::source{"loss of 1 % in bursts of 3", judged_value},
    preset::source{"queue of 128 packets", judged_value}};

constexpr std::array umts_sources{
    preset::source{"rate, 384 kbit/s down and 64 kbit/s up",
                   "RFC 3481, section 2.2: what was expected of the first 3G systems"},
    preset::source{
        "delay, 150 ms each way",
        "RFC 3481, section 2.1: round trips of a few hundred milliseconds to one second; the lower "
        "end is judged"},
    preset::source{"delay, its deviation of 50 ms with a long tail",
                   "RFC 3481, section 2.4, tells of spikes; the number is judged"},
    preset::source{"order kept", "in-sequence delivery of radio link control: 3GPP TS 25.322"},
    preset::source{"no loss",
                   "RFC 3481, section 2.5: few packets are lost, since the radio link repeats what "
                   "was damaged"},
    preset::source{"queue of 20 packets", judged_value}};

constexpr std::array dsl_sources{
    preset::source{
        "rate, 8 Mbit/s down and 800 kbit/s up",
        "what ITU-T G.992.5 (ADSL2+) reaches on a line of some kilometres; the numbers are judged"},
    preset::source{"delay, 22 ms each way",
                   "half of the round trip of 44 ms that DSL took on average in peak periods: FCC, "
                   "Measuring Broadband America, February 2013"},
    preset::source{"loss of 0.1 %",
                   "the bound of ITU-T Y.1541 for its classes 0 to 4, 10^-3, of a whole path; to "
                   "give it to one line is judged"},
    preset::source{"queue of 64 KiB", judged_value}};

constexpr std::array geo_sources{
    preset::source{"delay, 300 ms each way",
                   "RFC 2488, section 2: 239.6 to 279.0 ms from ground to ground "
                   "over one satellite; 21 ms for "
                   "processing are judged"},
    preset::source{"rate, 12 Mbit/s down",
                   "the satellite service of which FCC, Measuring Broadband America, February "
                   "2013, tells"},
    preset::source{"rate, 3 Mbit/s up", judged_value},
    preset::source{"loss of 0.1 % in bursts of 4", judged_value},
    preset::source{"queue of 512 KiB",
                   "judged: between the rate times the round trip up, 225 kB, and down, 900 kB"}};

constexpr std::array leo_sources{
    preset::source{"delay, 25 ms each way",
                   "half of the median round trip of 50 ms: Michel et al., A "
                   "first look at Starlink performance, "
                   "IMC 2022"},
    preset::source{"delay, its deviation of 5 ms",
                   "judged; the quartiles there, 40 and 60 ms, are of servers all over Europe"},
    preset::source{"rate, 180 Mbit/s down and 17 Mbit/s up",
                   "medians there of 178 and 17 Mbit/s, rounded"},
    preset::source{"loss of 0.4 % in bursts of 4",
                   "table 2 there, 0.40 % down and 0.45 % up at about 3 Mbit/s; the length of the "
                   "bursts is judged"},
    preset::source{"queue of 1 MiB", judged_value}};

constexpr std::array datacentre_sources{
    preset::source{"delay, 130 us each way",
                   "judged: a round trip of about a quarter of a millisecond, servers included"},
    preset::source{"loss of 1 in 10^5",
                   "usual drop rates of 10^-5 to 10^-4: Guo et al., Pingmesh, SIGCOMM 2015"},
    preset::source{
        "rate, 1 Gbit/s",
        "the lower of the two speeds, 1 and 10 Gbit/s, of Alizadeh et al., Data center TCP "
        "(DCTCP), SIGCOMM 2010"},
    preset::source{"queue of 100 packets",
                   "judged: a port's share of a shallow buffer, as their switches have"}};

constexpr std::array all_presets{preset{"lte", "4G, as phones use it", R"json({
        "delay": {"normal": {"mean": "35ms", "stddev": "5ms"}, "keep_order": true},
        "up": {"rate": {"limit": "6Mbit/s", "queue": {"bytes": "256KiB"}}},
        "down": {"rate": {"limit": "13Mbit/s", "queue": {"bytes": "256KiB"}}}})json",
                                        lte_sources},
                                 preset{"wifi", "a home's wireless network, 802.11n", R"json({
        "rate": {"limit": "30Mbit/s", "queue": {"packets": 128}},
        "delay": {"lognormal": {"mean": "3ms", "stddev": "3ms"}, "keep_order": true},
        "loss": {"average": 0.01, "burst": 3}})json",
                                        wifi_sources},
                                 preset{"3g", "3G in its early years, W-CDMA", R"json({
        "delay": {"lognormal": {"mean": "150ms", "stddev": "50ms"}, "keep_order": true},
        "up": {"rate": {"limit": "64kbit/s", "queue": {"packets": 20}}},
        "down": {"rate": {"limit": "384kbit/s", "queue": {"packets": 20}}}})json",
                                        umts_sources},
                                 preset{"dsl", "ADSL2+ over a line of some kilometres", R"json({
        "delay": "22ms", "loss": 0.001,
        "up": {"rate": {"limit": "800kbit/s", "queue": {"bytes": "64KiB"}}},
        "down": {"rate": {"limit": "8Mbit/s", "queue": {"bytes": "64KiB"}}}})json",
                                        dsl_sources},
                                 preset{"satellite", "a geostationary satellite", R"json({
        "delay": "300ms", "loss": {"average": 0.001, "burst": 4},
        "up": {"rate": {"limit": "3Mbit/s", "queue": {"bytes": "512KiB"}}},
        "down": {"rate": {"limit": "12Mbit/s", "queue": {"bytes": "512KiB"}}}})json",
                                        geo_sources},
                                 preset{"satellite-leo", "satellites in low orbits", R"json({
        "delay": {"normal": {"mean": "25ms", "stddev": "5ms"}, "keep_order": true},
        "loss": {"average": 0.004, "burst": 4},
        "up": {"rate": {"limit": "17Mbit/s", "queue": {"bytes": "1MiB"}}},
        "down": {"rate": {"limit": "180Mbit/s", "queue": {"bytes": "1MiB"}}}})json",
                                        leo_sources},
                                 preset{"datacentre", "between racks of a data centre", R"json({
        "delay": "130us", "loss": 0.00001,
        "rate": {"limit": "1Gbit/s", "queue": {"packets": 100}}})json",
                                        datacentre_sources}};

std::vector<std::string_view> preset_names()
{
    std::vector<std::string_view> all;
    for (const preset& one : all_presets) all.push_back(one.name);
    return all;
}

} // namespace

std::span<const preset> presets() { return all_presets; }

impairments preset_over(const impairments& before, const reading& name, direction which)
{
    const std::string asked = name.choice(preset_names());
    const auto& found = *std::ranges::find(all_presets, asked, &preset::name);
    return read_document(nlohmann::ordered_json::parse(found.values), [&](const reading& values) {
        return read_direction_over(before, values, which, {});
    });
}

} // namespace badwire::link
