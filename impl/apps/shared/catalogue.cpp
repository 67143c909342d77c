#include "impl/apps/shared/catalogue.hpp"

#include <algorithm>

namespace badwire::apps {

std::span<const program> catalogue()
{
    using enum role;
    using enum transport;
    constexpr bool serves_for_ever = true;
    constexpr bool ends = false;
    constexpr bool multicast = true;
    static const std::vector<program> programs = {
        {"datagram-receiver", "3.1", "Prints one datagram and who sent it.", server, udp,
         parse_datagram_receiver},
        {"datagram-sender", "3.1", "Sends one datagram.", client, udp, parse_datagram_sender},
        {"datagram-receiver-sender", "3.2", "Receives a datagram and answers it.", server, udp,
         parse_datagram_receiver_sender},
        {"datagram-sender-receiver", "3.2", "Sends a datagram and waits for the answer.", client,
         udp, parse_datagram_sender_receiver},
        {"connection-server", "4.1", "Welcomes one client and ends.", server, tcp,
         parse_connection_server},
        {"connection-client", "4.1", "Connects and prints the welcome.", client, tcp,
         parse_connection_client},
        {"duplex-server", "4.2", "Greets one client and prints its answer.", server, tcp,
         parse_duplex_server},
        {"duplex-client", "4.2", "Prints the server's greeting and answers it.", client, tcp,
         parse_duplex_client},
        {"loop-server", "4.3", "Greets one client after the other, for ever.", server, tcp,
         parse_loop_server, serves_for_ever},
        {"loop-client", "4.3", "Waits its turn, prints the greeting and says thanks.", client, tcp,
         parse_loop_client},
        {"object-server", "4.4", "Receives an Employee and prints its fields.", server, tcp,
         parse_object_server},
        {"object-client", "4.4", "Sends an Employee.", client, tcp, parse_object_client},
        {"int-server", "4.5", "Receives two integers and prints their sum.", server, tcp,
         parse_int_server},
        {"int-client", "4.5", "Sends two integers.", client, tcp, parse_int_client},
        {"iterative-server", "4.6.1", "Adds up 1 to count, slowly, for one client at a time.",
         server, tcp, parse_iterative_server, serves_for_ever},
        {"concurrent-server", "4.6.2", "Adds up 1 to count, slowly, for many clients at once.",
         server, tcp, parse_concurrent_server, serves_for_ever},
        {"sum-client", "4.6", "Asks a server for the sum of 1 to count.", client, tcp,
         parse_sum_client},
        {"tcp-ftp-server", "Q1a", "Receives files over connections.", server, tcp,
         parse_tcp_ftp_server, serves_for_ever},
        {"tcp-ftp-client", "Q1a", "Sends a file over a connection, unit by unit.", client, tcp,
         parse_tcp_ftp_client},
        {"multicast-receiver", "5.1", "Prints one datagram sent to a group.", peer, udp,
         parse_multicast_receiver, ends, multicast},
        {"multicast-sender", "5.1", "Sends one datagram to a group.", client, udp,
         parse_multicast_sender, ends, multicast},
        {"multicast-group", "5.2", "Sends one message on Enter and prints everybody's.", peer, udp,
         parse_multicast_group, ends, multicast},
        {"udp-ftp-server", "Q1b", "Receives files over datagrams.", server, udp,
         parse_udp_ftp_server, serves_for_ever},
        {"udp-ftp-client", "Q1b", "Sends a file over datagrams.", client, udp,
         parse_udp_ftp_client},
        {"file-server", "Q2", "Offers the files of a folder, a thread per client.", server, tcp,
         parse_file_server, serves_for_ever},
        {"file-client", "Q2", "Fetches a file, and goes on where it broke off.", client, tcp,
         parse_file_client},
        {"stream-server", "Q4", "Streams the files of a folder, to many clients at once.", server,
         udp, parse_stream_server, serves_for_ever},
        {"stream-client", "Q4", "Receives a stream, and plays it while it arrives.", client, udp,
         parse_stream_client},
        {"calculator-server", "Q3",
         "Calculates with integers of any size, for many clients at once.", server, tcp,
         parse_calculator_server, serves_for_ever},
        {"calculator-client", "Q3", "Has one calculation done.", client, tcp,
         parse_calculator_client},
        {"tcp-chat-server", "Q5a", "Writes with one client, in turn.", server, tcp,
         parse_tcp_chat_server},
        {"tcp-chat-client", "Q5a", "Writes with a chat server, in turn, and begins.", client, tcp,
         parse_tcp_chat_client},
        {"udp-chat", "Q5b", "Writes with an equal peer, in turn, over datagrams.", peer, udp,
         parse_udp_chat},
        {"multi-chat-server", "Q6", "Writes with many clients at once, with each in turn.", server,
         tcp, parse_multi_chat_server, serves_for_ever},
        {"multicast-chat", "Q7", "Sends what is typed to a group and prints what others say.", peer,
         udp, parse_multicast_chat, ends, multicast},
        {"multicast-election", "Q8", "Votes for A or B and counts everybody's votes.", peer, udp,
         parse_multicast_election, ends, multicast},
    };
    return programs;
}

const program* find_program(std::string_view name)
{
    const auto programs = catalogue();
    const auto found = std::find_if(programs.begin(), programs.end(),
                                    [&](const program& each) { return each.name == name; });
    return found == programs.end() ? nullptr : &*found;
}

} // namespace badwire::apps
