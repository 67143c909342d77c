#include "impl/apps/shared/metric_words.hpp"

#include <array>

namespace badwire::apps {

std::span<const metric_word> metric_words()
{
    static constexpr auto words = std::to_array<metric_word>({
        {"answered", "requests of a load-client that were answered"},
        {"asks", "how often a stream's client asked for it"},
        {"corrupt", "datagrams whose checksum was wrong"},
        {"datagrams", "datagrams of a stream"},
        {"duplicates", "messages or units that came once more"},
        {"elapsed_ms", "from the program's start to its end"},
        {"failed", "requests of a load-client that began and were not answered"},
        {"failed_files", "files that did not arrive, or could not be sent"},
        {"fast_retransmissions", "units sent again before their time was up, since later ones had "
                                 "been acknowledged"},
        {"files", "files that arrived, or were sent, as a whole"},
        {"foreign", "datagrams of another session"},
        {"gave_up", "requests of a load-client whose patience ended"},
        {"goodput_bytes_per_s", "bytes of the file by the time that its transfer took"},
        {"jitter_ms", "of a stream, as RFC 3550 estimates it"},
        {"late_max_ms", "how much later than meant a load-client made a request, at most"},
        {"lost", "datagrams of a stream that never came"},
        {"lost_bytes", "bytes of a stream's file that never came"},
        {"messages", "messages that were exchanged"},
        {"messages_received", "messages of a chat that came"},
        {"messages_sent", "messages of a chat that were sent, without repetitions"},
        {"player_bytes_per_s", "how fast the player of a stream plays"},
        {"player_exit", "the player's exit code"},
        {"received_bytes", "bytes that came"},
        {"refused", "requests that were answered by an error, or connections that were refused"},
        {"reordered", "datagrams of a stream that others had overtaken"},
        {"requests", "requests that a load-client made"},
        {"response_max_ms", "a load-client's longest response time"},
        {"response_mean_ms", "a load-client's mean response time"},
        {"response_p50_ms", "half of a load-client's response times are at most this"},
        {"response_p99_ms", "99 % of a load-client's response times are at most this"},
        {"resumed_bytes", "bytes that were there from a download that broke off"},
        {"retransmissions", "messages or units that were sent again"},
        {"rtt_ms", "from the question to its answer"},
        {"sent_bytes", "bytes that were sent"},
        {"sent_datagrams", "datagrams of an election that were sent"},
        {"sent_messages", "messages that were sent to a group"},
        {"settled_goodput_bytes_per_s", "goodput without the transfer's first second"},
        {"srtt_ms", "the smoothed round-trip time (RFC 6298) at the end"},
        {"stall_ms_total", "how long a stream's player stood still"},
        {"stalls", "how often a stream's player stood still"},
        {"startup_delay_ms", "from the request of a stream until it can be played"},
        {"strangers", "datagrams from an address that is not the peer's"},
        {"timeouts", "how often a retransmission timer ran out"},
        {"turned_away", "clients for whom there was no --room"},
        {"units", "units of a file"},
        {"votes_a", "votes for A that were heard"},
        {"votes_b", "votes for B that were heard"},
    });
    return words;
}

} // namespace badwire::apps
