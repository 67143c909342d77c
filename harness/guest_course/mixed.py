"""The student's programs and badwire's own in one world, each way around. Badwire's sum servers wait 250 ms
for further digits of a number without an end."""

from guest_course.systems import (GREETING, POEM, PORTS, SONG, WELCOME, client, group_member, guest, near, server, typed)

GROUP = ("--group", "224.1.1.1", "--port")


def own(program, *args, **more):
    """A program of badwire's."""
    return {"program": program, "args": list(args), **more}


def own_server(program, *args, **more):
    return own(program, *args, port=PORTS[program.replace("-", "_")], **more)


def own_client(program, *args, **more):
    return own(program, *args, to="server", over="wan", **more)


MIXED = {
    "3.1, badwire's receiver": {
        "processes": {"server": own_server("datagram-receiver"), "client": client("datagram_sender")},
        "contains": {"server": "Hello Receiver!"}},
    "3.1, badwire's sender": {
        "processes": {"server": server("datagram_receiver"),
                      "client": own_client("datagram-sender")},
        "contains": {"server": "Received: Hello Receiver!\n"}},
    "3.2, badwire's receiver-sender": {
        "processes": {"server": own_server("datagram-receiver-sender"),
                      "client": client("datagram_sender_receiver")},
        "contains": {"server": "Hello Receiver-Sender!", "client": "Reply: Hello back to sender!\n"}},
    "3.2, badwire's sender-receiver": {
        "processes": {"server": server("datagram_receiver_sender"),
                      "client": own_client("datagram-sender-receiver")},
        "contains": {"server": "Hello Receiver-Sender!", "client": "Hello back to sender!"}},
    "4.1, badwire's server": {
        "processes": {"server": own_server("connection-server"), "client": client("connection_client")},
        "contains": {"client": WELCOME}},
    "4.1, badwire's client": {
        "processes": {"server": server("connection_server"),
                      "client": own_client("connection-client")},
        "contains": {"client": WELCOME}},
    "4.2, badwire's server": {
        "processes": {"server": own_server("duplex-server"), "client": client("duplex_client")},
        "contains": {"server": "Thank you Server. I received your message!",
                     "client": "Server says: Hello Client, connection established!"}},
    "4.2, badwire's client": {
        "processes": {"server": server("duplex_server"),
                      "client": own_client("duplex-client")},
        "contains": {"server": "Client says: Thank you Server. I received your message!",
                     "client": "Hello Client, connection established!"}},
    "4.3, badwire's server": {
        "processes": {"server": own_server("loop-server"), "client": client("loop_client", count=3)},
        "contains": {"server": "Thanks Server!", "client-1": GREETING, "client-3": GREETING}},
    "4.3, badwire's clients": {
        "processes": {"server": server("loop_server"),
                      "client": own_client("loop-client", count=3)},
        "contains": {"server": "Client 3 says: Thanks Server!\n", "client-3": GREETING}},
    "4.4, badwire's server": {
        "processes": {"server": own_server("object-server"), "client": client("object_client")},
        "contains": {"server": "Alice"}},
    "4.4, badwire's client": {
        "processes": {"server": server("object_server"),
                      "client": own_client("object-client", "--codec", "pickle", "--name", "Ada")},
        "contains": {"server": "ID: 101\nName: Ada\nSalary: 45000"}},
    "4.5, badwire's server": {
        "processes": {"server": own_server("int-server"), "client": client("int_client")},
        "contains": {"server": "42"}},
    "4.5, badwire's client": {
        "processes": {"server": server("int_server"), "client": own_client("int-client")},
        "contains": {"server": "Received: 12 and 30\nSum: 42\n"}},
    "4.6.1, badwire's server": {
        "processes": {"server": own_server("iterative-server"), "first": near("sum_client", "100"),
                      "second": near("sum_client", "5", delay="500ms")},
        "contains": {"first": "Sum: 5050\nTime: 20.25 s\n", "second": "Sum: 15\nTime: 21.00 s\n"},
        "waiting": [("first", 0, 20250), ("second", 19750, 1250)]},
    "4.6.1, badwire's clients": {
        "processes": {"server": server("iterative_server"),
                      "first": own("sum-client", "--count", "100", to="server"),
                      "second": own("sum-client", "--count", "5", to="server", delay="500ms")},
        "contains": {"first": "5050", "second": "15"},
        "waiting": [("first", 0, 20000), ("second", 19500, 1000)]},
    "4.6.2, badwire's server": {
        "processes": {"server": own_server("concurrent-server"), "clients": near("sum_clients")},
        "contains": {"clients": "Sum to 5: 15 after 1.25 s\nSum to 10: 55 after 2.25 s\n"
                                "Sum to 20: 210 after 4.25 s\n"},
        "waiting": [("clients", 0, 4250), ("clients", 0, 1250), ("clients", 0, 2250)]},
    "4.6.2, badwire's clients": {
        "processes": {"server": server("concurrent_server"),
                      "first": own("sum-client", "--count", "100", to="server"),
                      "second": own("sum-client", "--count", "5", to="server", delay="500ms")},
        "contains": {"first": "5050", "second": "15"},
        "waiting": [("first", 0, 20000), ("second", 0, 1000)]},
    "5.1, badwire's receiver": {
        "processes": {"receiver": own("multicast-receiver", *GROUP, "5007"),
                      "sender": guest("multicast_sender", after="receiver", delay="1s")},
        "contains": {"receiver": "Hello Multicast Group!"}},
    "5.1, badwire's sender": {
        "processes": {"receiver": guest("multicast_receiver"),
                      "sender": own("multicast-sender", *GROUP, "5007", after="receiver", delay="1s")},
        "contains": {"receiver": "Received: Hello Multicast Group!"}},
    "5.2, a member of each": {
        "processes": {"ours": own("multicast-group", *GROUP, "6000", "--members", "2",
                                  **typed({"after": "1s", "text": ""})),
                      "theirs": group_member("ann", "2s")},
        "contains": {"ours": "Hello from ann!",
                     "theirs": "Received: Hello from a member!\nReceived: Hello from ann!"}},
    "Q1a, badwire's server": {
        "processes": {"server": own_server("tcp-ftp-server", "--once"),
                      "client": client("tcp_ftp_client", "song.bin")},
        "files": SONG, "same": [("song.bin", "server/received/song.bin")]},
    "Q1a, badwire's client": {
        "processes": {"server": server("tcp_ftp_server"),
                      "client": own_client("tcp-ftp-client", "song.bin", "--wire", "classic")},
        "files": SONG, "same": [("song.bin", "server/received/song.bin")]},
    "Q1b, badwire's server": {
        "processes": {"server": own_server("udp-ftp-server", "--once"),
                      "client": client("udp_ftp_client", "poem.txt")},
        "files": POEM, "same": [("poem.txt", "server/received/poem.txt")]},
    "Q1b, badwire's client": {
        "processes": {"server": server("udp_ftp_server"),
                      "client": own_client("udp-ftp-client", "poem.txt", "--wire", "classic")},
        "files": POEM, "same": [("poem.txt", "server/received/poem.txt")]},
    "Q2, badwire's server": {
        "processes": {"server": own_server("file-server"), "client": client("file_client", "song.bin"),
                      "none": client("file_client", "none.txt")},
        "files": SONG, "exit": {"none": 1}, "same": [("song.bin", "client/received_song.bin")],
        "contains": {"none": "ERR:FILE_NOT_FOUND"}},
    "Q2, badwire's client": {
        "processes": {"server": server("file_server"),
                      "client": own_client("file-client", "song.bin", "--wire", "classic")},
        "files": SONG, "same": [("song.bin", "client/received/song.bin")]},
    "Q3, badwire's server": {
        "processes": {"server": own_server("calculator-server"),
                      "client": client("calculator_client", "7", "/", "-2")},
        "contains": {"client": "Result: -4\n"}},
    "Q3, badwire's client": {
        "processes": {"server": server("calculator_server"),
                      "client": own_client("calculator-client", "7", "/", "-2")},
        "contains": {"client": "Result: -4", "server": "7 / -2 = -4\n"}},
    "Q4, badwire's server": {
        "processes": {"server": own_server("stream-server"), "client": client("stream_client", "song.bin")},
        "files": SONG, "same": [("song.bin", "client/received_song.bin")],
        "contains": {"client": "End of stream"}},
    "Q4, badwire's client": {
        "processes": {"server": server("stream_server"),
                      "client": own_client("stream-client", "song.bin", "--wire", "classic")},
        "files": SONG, "same": [("song.bin", "client/received/song.bin")]},
    "Q5a, badwire's server": {
        "processes": {"server": own_server("tcp-chat-server", input=["hi"]),
                      "client": client("tcp_chat_client", "hello", {"when": "hi", "end": True})},
        "contains": {"server": "hello", "client": "Server: hi\n"}},
    "Q5a, badwire's client": {
        "processes": {"server": server("tcp_chat_server", input=["hi"]),
                      "client": own_client("tcp-chat-client",
                                         input=["hello", {"when": "hi", "end": True}])},
        "contains": {"server": "Client: hello\nYou: The client has left\n", "client": "hi"}},
    "Q5b, a peer of each": {
        "processes": {"bob": own("udp-chat", port=47002, input=["hi", "fine"], stays=True),
                      "ann": guest("udp_chat", "47001", "47002", to="bob", over="wan",
                                   input=["hello", "how are you?", {"when": "fine", "end": True}])},
        "contains": {"ann": "You: Peer: hi\nYou: Peer: fine\nYou: Chat ended\n", "bob": "how are you?"}},
    "Q6, badwire's server": {
        "processes": {"server": own_server("multi-chat-server", **typed(
                          {"when": "the second", "text": "@2 for the second"}, "@1 for the first")),
                      "first": near("multi_chat_client", "I am the first", {"when": "for", "end": True}),
                      "second": near("multi_chat_client", "I am the second", {"when": "for", "end": True},
                                     delay="1s")},
        "contains": {"first": "Server: for the first\n", "second": "Server: for the second\n"}},
    "Q6, badwire's clients": {
        "processes": {"server": server("multi_chat_server", input=["for the first", "for the second"]),
                      **{name: own("tcp-chat-client", to="server", delay=delay,
                                        input=[f"I am the {name}", {"when": "for", "end": True}])
                         for name, delay in (("first", "0"), ("second", "1s"))}},
        "contains": {"first": "for the first\n", "second": "for the second\n"}},
    "Q7, a member of each": {
        "processes": {"ours": own("multicast-chat", *GROUP, "6000", **typed(
                          {"after": "1s", "text": "Hello everybody!"}, {"when": "Hello back", "end": True})),
                      "ann": guest("multicast_chat", "ann", **typed(
                          {"when": "everybody", "text": "Hello back"}, {"after": "1s", "end": True}))},
        "contains": {"ours": "ann: Hello back", "ann": "Hello everybody!\nann: Hello back\nLeft the chat\n"}},
    "Q8, electorates of each": {
        "processes": {"ours": own("multicast-election", *GROUP, "6010", "--wire", "classic", count=2,
                                  **typed({"after": "1s", "text": "A"})),
                      "theirs": guest("multicast_election", count=3, **typed({"after": "2s", "text": "B"}))},
        "contains": {**{f"ours-{i}": "Tally: A 2, B 3\nWinner: B" for i in (1, 2)},
                     **{f"theirs-{i}": "Tally: A 2, B 3\nWinner: B" for i in (1, 2, 3)}}},
}
