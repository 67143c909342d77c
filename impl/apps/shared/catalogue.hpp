// catalogue.hpp: what each program's file gives to the catalogue: how to parse its arguments.
#pragma once

#include "impl/apps/shared/program.hpp"

namespace badwire::apps {

using arguments = std::span<const std::string>;

invocation parse_datagram_receiver(const program&, arguments);
invocation parse_datagram_sender(const program&, arguments);
invocation parse_datagram_receiver_sender(const program&, arguments);
invocation parse_datagram_sender_receiver(const program&, arguments);
invocation parse_connection_server(const program&, arguments);
invocation parse_connection_client(const program&, arguments);
invocation parse_duplex_server(const program&, arguments);
invocation parse_duplex_client(const program&, arguments);
invocation parse_loop_server(const program&, arguments);
invocation parse_loop_client(const program&, arguments);
invocation parse_object_server(const program&, arguments);
invocation parse_object_client(const program&, arguments);
invocation parse_int_server(const program&, arguments);
invocation parse_int_client(const program&, arguments);
invocation parse_iterative_server(const program&, arguments);
invocation parse_concurrent_server(const program&, arguments);
invocation parse_sum_client(const program&, arguments);
invocation parse_tcp_ftp_server(const program&, arguments);
invocation parse_tcp_ftp_client(const program&, arguments);
invocation parse_multicast_receiver(const program&, arguments);
invocation parse_multicast_sender(const program&, arguments);
invocation parse_multicast_group(const program&, arguments);
invocation parse_multicast_chat(const program&, arguments);
invocation parse_multicast_election(const program&, arguments);
invocation parse_udp_ftp_server(const program&, arguments);
invocation parse_udp_ftp_client(const program&, arguments);
invocation parse_file_server(const program&, arguments);
invocation parse_file_client(const program&, arguments);
invocation parse_stream_server(const program&, arguments);
invocation parse_stream_client(const program&, arguments);
invocation parse_calculator_server(const program&, arguments);
invocation parse_calculator_client(const program&, arguments);
invocation parse_tcp_chat_server(const program&, arguments);
invocation parse_tcp_chat_client(const program&, arguments);
invocation parse_udp_chat(const program&, arguments);
invocation parse_multi_chat_server(const program&, arguments);

} // namespace badwire::apps
