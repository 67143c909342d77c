"""The course's 21 systems as students write them in plain Python, unmodified in virtual time: ports in the code,
blocking sockets, input() and print(). Every scenario runs twice and must be the same to the last byte."""

import json
import re
from pathlib import Path

import pytest

COURSE = Path(__file__).resolve().parent / "guest_course"
ENDLESS = ("loop_server", "iterative_server", "concurrent_server", "tcp_ftp_server", "udp_ftp_server", "file_server",
           "reliable_ftp_server", "calculator_server", "stream_server", "multi_chat_server")
NO_CACHE = {"env": {"PYTHONDONTWRITEBYTECODE": "1"}}


def guest(name, *words, **more):
    """The student's program of this name, which works in a folder of its own."""
    (program,) = COURSE.glob(f"*/{name}.py")
    return {"command": ["/usr/bin/python3", str(program), *words], **NO_CACHE, **more}


def server(name, port, *words, **more):
    return guest(name, *words, port=port, **more)


def client(name, *typed, **more):
    return guest(name, to="server", **({"input": list(typed)} if typed else {}), **more)


def badwires(program, *words, **more):
    return {"program": program, "args": list(words), **more}


def pair(name_of_server, port, name_of_client, *typed, **more):
    return {"server": server(name_of_server, port), "client": client(name_of_client, *typed, **more)}


def interrupted(process, seconds):
    """The same, and Ctrl+C after so long."""
    return {**process, "command": ["timeout", "--preserve-status", "-s", "INT", str(seconds), *process["command"]]}


def members(program, inputs):
    return {name: guest(program, name, input=typed) for name, typed in inputs.items()}


GROUP = ("--group", "224.1.1.1", "--port")
WAN = {"wan": {"delay": "5ms"}}
POEM = {"poem.txt": {"lines": 40}}
SONG = {"song.bin": {"random": "80KiB"}}
GREETING = "Hello! You are connected to the iterative server."
WELCOME = "Welcome! You have successfully connected to the server."


def tcp_chat(ending, **more):
    return {"server": server("tcp_chat_server", 46000, input=["hi", {"when": "are you", "text": "fine"}], **more),
            "client": client("tcp_chat_client", "hello", {"when": "hi", "text": "how are you?"},
                             {"when": "fine", **ending}, over="wan", **more)}


# Of each system: its processes, its links and files, what is printed to the last line, and which files arrive.
SYSTEMS = {
    "3.1 one datagram": {
        "processes": pair("datagram_receiver", 5000, "datagram_sender", over="wan"), "links": WAN,
        "printed": {"server": ["Receiver is waiting...", "Received: Hello Receiver!", "From: ('127.0.0.1', PORT)"],
                    "client": ["Message sent"]}},
    "3.2 datagram duplex": {
        "processes": pair("datagram_receiver_sender", 6000, "datagram_sender_receiver", over="wan"), "links": WAN,
        "printed": {"server": ["Received: Hello Receiver-Sender!"],
                    "client": ["Reply: Hello back to sender!", "From: ('127.0.0.1', 6000)"]}},
    "4.1 greeting": {
        "processes": pair("connection_server", 3456, "connection_client", over="wan"), "links": WAN,
        "printed": {"server": ["Connected to ('127.0.0.1', PORT)"], "client": [WELCOME]}},
    "4.2 duplex stream": {
        "processes": pair("duplex_server", 3456, "duplex_client", over="wan"), "links": WAN,
        "printed": {"server": ["Client says: Thank you Server. I received your message!"],
                    "client": ["Server says: Hello Client, connection established!"]}},
    "4.3 loop server": {
        "processes": {"server": server("loop_server", 3456),
                      "client": client("loop_client", over="wan", count=3, delay="1s")}, "links": WAN,
        "printed": {"server": [f"Client {i} says: Thanks Server!" for i in (1, 2, 3)], "client-1": [GREETING],
                    "client-3": [GREETING]}},
    "4.4 object transfer": {
        "processes": pair("object_server", 5000, "object_client", over="wan"), "links": WAN,
        "printed": {"server": ["ID: 101", "Name: Alice", "Salary: 45000"], "client": ["Object sent"]}},
    "4.5 integer transfer": {
        "processes": pair("int_server", 6000, "int_client", over="wan"), "links": WAN,
        "printed": {"server": ["Received: 12 and 30", "Sum: 42"], "client": ["Integers sent"]}},
    "4.6.1 iterative sum server": {
        "processes": {"server": server("iterative_server", 4000),
                      "first": client("sum_client", "100"), "second": client("sum_client", "5", delay="500ms"),
                      "third": client("sum_client", "10", delay="1s")},
        "printed": {"server": ["Served a count of 100", "Served a count of 5", "Served a count of 10"],
                    "first": ["Enter count: Sum: 5050", "Time: 20.00 s"],
                    "second": ["Enter count: Sum: 15", "Time: 20.50 s"],
                    "third": ["Enter count: Sum: 55", "Time: 22.00 s"]},
        "waiting": [("first", 0, 20000), ("second", 19500, 1000), ("third", 20000, 2000)]},
    "4.6.2 concurrent sum server": {
        "processes": {"server": server("concurrent_server", 4000),
                      "first": client("sum_client", "100"), "second": client("sum_client", "5", delay="500ms"),
                      "third": client("sum_client", "10", delay="1s")},
        "printed": {"server": ["Served a count of 5", "Served a count of 10", "Served a count of 100"],
                    "first": ["Enter count: Sum: 5050", "Time: 20.00 s"],
                    "second": ["Enter count: Sum: 15", "Time: 1.00 s"],
                    "third": ["Enter count: Sum: 55", "Time: 2.00 s"]},
        "waiting": [("first", 0, 20000), ("second", 0, 1000), ("third", 0, 2000)]},
    "4.6.1 iterative sum server, clients as threads": {
        "processes": {"server": server("iterative_server", 4000), "clients": guest("sum_clients", to="server")},
        "printed": {"clients": ["Sum to 20: 210 after 4.00 s", "Sum to 5: 15 after 4.50 s",
                                "Sum to 10: 55 after 6.00 s"]},
        "waiting": [("clients", 0, 4000), ("clients", 3500, 1000), ("clients", 4000, 2000)]},
    "4.6.2 concurrent sum server, clients as threads": {
        "processes": {"server": server("concurrent_server", 4000), "clients": guest("sum_clients", to="server")},
        "printed": {"clients": ["Sum to 5: 15 after 1.00 s", "Sum to 10: 55 after 2.00 s",
                                "Sum to 20: 210 after 4.00 s"]},
        "waiting": [("clients", 0, 4000), ("clients", 0, 1000), ("clients", 0, 2000)]},
    "5.1 multicast one-shot": {
        "processes": {"receiver": guest("multicast_receiver", count=3),
                      "sender": guest("multicast_sender", after="receiver", delay="1s")},
        "printed": {f"receiver-{i}": ["Waiting for a message...", "Received: Hello Multicast Group!"]
                    for i in (1, 2, 3)} | {"sender": ["Message sent"]}},
    "5.2 multicast group": {
        "processes": {name: interrupted(guest("multicast_group", name, input=[{"after": after, "text": ""}]), 4)
                      for name, after in (("ann", "1s"), ("ben", "2s"))},
        "printed": {name: ["Press Enter to send...", "Received: Hello from ann!", "Received: Hello from ben!",
                           "Left the group"] for name in ("ann", "ben")}},
    "Q1a FTP over TCP": {
        "processes": {"server": server("tcp_ftp_server", 45000),
                      "client": client("tcp_ftp_client", "song.bin", over="wan")},
        "links": WAN, "files": SONG, "same": [("song.bin", "server/received/song.bin")],
        "printed": {"server": ["FTP server is running", "Received song.bin in 820 units"],
                    "client": ["File to send: File sent"]}},
    "Q1b FTP over UDP": {
        "processes": {"server": server("udp_ftp_server", 45010),
                      "client": client("udp_ftp_client", "poem.txt", over="wan")},
        "links": WAN, "files": POEM, "same": [("poem.txt", "server/received/poem.txt")],
        "printed": {"server": ["FTP server is running", "Received poem.txt: 40 lines"],
                    "client": ["File to send: File sent"]}},
    "Q1b FTP over UDP, a fifth of it lost": {
        "processes": {"server": server("reliable_ftp_server", 45010),
                      "client": client("reliable_ftp_client", "song.bin", over="wan")},
        "links": {"wan": {"delay": "5ms", "loss": 0.2}}, "files": SONG, "struck": ["wan.up.loss", "wan.down.loss"],
        "same": [("song.bin", "server/received_song.bin")]},
    "Q2 concurrent file server": {
        "processes": {"server": server("file_server", 45100),
                      "first": client("file_client", "song.bin", over="wan"),
                      "second": client("file_client", "poem.txt", over="wan", delay="1s"),
                      "third": client("file_client", "none.txt", over="wan")},
        "links": WAN, "files": {**SONG, **POEM}, "exit": {"third": 1},
        "same": [("song.bin", "first/received_song.bin"), ("poem.txt", "second/received_poem.txt")],
        "printed": {"server": ["No such file: none.txt", "Sent poem.txt", "Sent song.bin"],
                    "first": ["File to fetch: File received"],
                    "third": ["File to fetch: ERR:FILE_NOT_FOUND"]}},
    "Q3 remote calculator": {
        "processes": {"server": server("calculator_server", 45200),
                      "quotient": client("calculator_client", "7", "/", "-2"),
                      "remainder": client("calculator_client", "-7", "%", "3"),
                      "product": client("calculator_client", "9" * 20, "*", "9" * 20),
                      "nonsense": client("calculator_client", "1", "/", "0", delay="1s")},
        "printed": {name: ["First number: Operator: Second number: Result: " + result] for name, result in {
            "quotient": "-4", "remainder": "2", "product": str((10 ** 20 - 1) ** 2),
            "nonsense": "ERR:division by zero"}.items()}},
    "Q4 media streaming": {
        "processes": {"server": server("stream_server", 45300),
                      "client": client("stream_client", "song.bin", over="wan"),
                      "other": client("stream_client", "none.mp3", over="wan", delay="3s")},
        "links": WAN, "files": SONG, "same": [("song.bin", "client/received_song.bin")], "exit": {"other": 1},
        "printed": {"other": ["File to stream: ERR:FILE_NOT_FOUND"]}},
    "Q4 media streaming, a tenth of it lost": {
        "processes": {"server": server("stream_server", 45300),
                      "client": client("stream_client", "song.bin", over="wan")},
        "links": {"wan": {"delay": "5ms", "down": {"loss": 0.1}}}, "files": SONG, "struck": ["wan.down.loss"],
        "different": [("song.bin", "client/received_song.bin")]},
    "Q4 media streaming, its end lost": {
        "processes": {"server": server("stream_server", 45300),
                      "client": client("stream_client", "poem.txt", over="wan")},
        "links": {"wan": {"down": {"exact": [{"match": {"text": "__STREAM_END__"}}]}}}, "files": POEM,
        "struck": ["wan.down.exact.1"], "same": [("poem.txt", "client/received_poem.txt")]},
    "Q5a chat over TCP, ended with Ctrl+D": {
        "processes": tcp_chat({"end": True}), "links": WAN,
        "printed": {"server": ["A client is here", "Client: hello", "You: Client: how are you?",
                               "You: The client has left"],
                    "client": ["You: Server: hi", "You: Server: fine", "You: Chat ended"]}},
    "Q5a chat over TCP at a terminal, ended with Ctrl+C": {
        "processes": tcp_chat({"after": "1s", "text": "\x03"}, terminal=True), "links": WAN,
        "printed": {"server": ["A client is here", "Client: hello", "You: Client: how are you?",
                               "You: The client has left"],
                    "client": ["You: Server: hi", "You: Server: fine", "You: Chat ended"]}},
    "Q5b chat over UDP": {
        "processes": {"bob": interrupted(server("udp_chat", 47002, "47002", "47001",
                                                input=[{"when": "hello", "text": "hi"}, "fine"]), 1),
                      "ann": guest("udp_chat", "47001", "47002", to="bob", over="wan",
                                   input=["hello", "how are you?", {"when": "fine", "end": True}])},
        "links": WAN,
        "printed": {"ann": ["You: Peer: hi", "You: Peer: fine", "You: Chat ended"],
                    "bob": ["Peer: hello", "You: Peer: how are you?", "You: Chat ended"]}},
    "Q6 many-client chat": {
        "processes": {"server": server("multi_chat_server", 46100,
                                       input=[{"after": "3s", "text": "for the first"}, "for the second",
                                              "for the third"]),
                      "first": client("multi_chat_client", "I am the first", {"when": "for", "end": True},
                                      over="wan"),
                      "second": client("multi_chat_client", "I am the second", {"when": "for", "end": True},
                                       over="wan", delay="1s"),
                      "third": client("multi_chat_client", "I am the third", {"when": "for", "end": True},
                                      over="wan", delay="2s")},
        "links": WAN,
        "printed": {name: [f"You: Server: for the {name}", "You: Chat ended"]
                    for name in ("first", "second", "third")}},
    "Q7 multicast chat": {
        "processes": members("multicast_chat", {
            "ann": [{"after": "1s", "text": "Hello everybody!"}, {"after": "1s", "end": True}],
            "bob": [{"when": "everybody", "text": "Hello Ann!"}, {"after": "2s", "text": ""}],
            "eve": [{"when": "Hello Ann!", "text": "I am here, too."}, {"after": "3s", "end": True}]}),
        "printed": {name: ["Joined the chat", "ann: Hello everybody!", "bob: Hello Ann!", "eve: I am here, too.",
                           "Left the chat"] for name in ("ann", "bob", "eve")}},
    "Q8 multicast election": {
        "processes": {f"voter-{i}": guest("multicast_election", input=[{"after": f"{i}s", "text": vote}])
                      for i, vote in enumerate("ABBAB", 1)},
        "printed": {f"voter-{i}": ["Vote for A or B: Tally: A 2, B 3", "Winner: B"] for i in range(1, 6)}},
}


# The student's programs and badwire's own in one world, each way around. Badwire's sum servers wait 250 ms for
# further digits of a number without an end.
MIXED = {
    "3.1, badwire's receiver": {
        "processes": {"server": badwires("datagram-receiver", port=5000), "client": client("datagram_sender", over="wan")},
        "contains": {"server": "Hello Receiver!"}},
    "3.1, badwire's sender": {
        "processes": {"server": server("datagram_receiver", 5000),
                      "client": badwires("datagram-sender", to="server", over="wan")},
        "contains": {"server": "Received: Hello Receiver!\n"}},
    "3.2, badwire's receiver-sender": {
        "processes": {"server": badwires("datagram-receiver-sender", port=6000),
                      "client": client("datagram_sender_receiver", over="wan")},
        "contains": {"server": "Hello Receiver-Sender!", "client": "Reply: Hello back to sender!\n"}},
    "3.2, badwire's sender-receiver": {
        "processes": {"server": server("datagram_receiver_sender", 6000),
                      "client": badwires("datagram-sender-receiver", to="server", over="wan")},
        "contains": {"server": "Hello Receiver-Sender!", "client": "Hello back to sender!"}},
    "4.1, badwire's server": {
        "processes": {"server": badwires("connection-server", port=3456), "client": client("connection_client", over="wan")},
        "contains": {"client": WELCOME}},
    "4.1, badwire's client": {
        "processes": {"server": server("connection_server", 3456),
                      "client": badwires("connection-client", to="server", over="wan")},
        "contains": {"client": WELCOME}},
    "4.2, badwire's server": {
        "processes": {"server": badwires("duplex-server", port=3456), "client": client("duplex_client", over="wan")},
        "contains": {"server": "Thank you Server. I received your message!",
                     "client": "Server says: Hello Client, connection established!"}},
    "4.2, badwire's client": {
        "processes": {"server": server("duplex_server", 3456),
                      "client": badwires("duplex-client", to="server", over="wan")},
        "contains": {"server": "Client says: Thank you Server. I received your message!",
                     "client": "Hello Client, connection established!"}},
    "4.3, badwire's server": {
        "processes": {"server": badwires("loop-server", port=3456), "client": client("loop_client", over="wan", count=3)},
        "contains": {"server": "Thanks Server!", "client-1": GREETING, "client-3": GREETING}},
    "4.3, badwire's clients": {
        "processes": {"server": server("loop_server", 3456),
                      "client": badwires("loop-client", to="server", over="wan", count=3)},
        "contains": {"server": "Client 3 says: Thanks Server!\n", "client-3": GREETING}},
    "4.4, badwire's server": {
        "processes": {"server": badwires("object-server", port=5000), "client": client("object_client", over="wan")},
        "contains": {"server": "Alice"}},
    "4.4, badwire's client": {
        "processes": {"server": server("object_server", 5000),
                      "client": badwires("object-client", "--codec", "pickle", "--name", "Ada", to="server",
                                         over="wan")},
        "contains": {"server": "ID: 101\nName: Ada\nSalary: 45000"}},
    "4.5, badwire's server": {
        "processes": {"server": badwires("int-server", port=6000), "client": client("int_client", over="wan")},
        "contains": {"server": "42"}},
    "4.5, badwire's client": {
        "processes": {"server": server("int_server", 6000), "client": badwires("int-client", to="server", over="wan")},
        "contains": {"server": "Received: 12 and 30\nSum: 42\n"}},
    "4.6.1, badwire's server": {
        "processes": {"server": badwires("iterative-server", port=4000), "first": client("sum_client", "100"),
                      "second": client("sum_client", "5", delay="500ms")},
        "contains": {"first": "Sum: 5050\nTime: 20.25 s\n", "second": "Sum: 15\nTime: 21.00 s\n"},
        "waiting": [("first", 0, 20250), ("second", 19750, 1250)]},
    "4.6.1, badwire's clients": {
        "processes": {"server": server("iterative_server", 4000),
                      "first": badwires("sum-client", "--count", "100", to="server"),
                      "second": badwires("sum-client", "--count", "5", to="server", delay="500ms")},
        "contains": {"first": "5050", "second": "15"},
        "waiting": [("first", 0, 20000), ("second", 19500, 1000)]},
    "4.6.2, badwire's server": {
        "processes": {"server": badwires("concurrent-server", port=4000), "clients": client("sum_clients")},
        "contains": {"clients": "Sum to 5: 15 after 1.25 s\nSum to 10: 55 after 2.25 s\nSum to 20: 210 after 4.25 s"},
        "waiting": [("clients", 0, 4250), ("clients", 0, 1250), ("clients", 0, 2250)]},
    "4.6.2, badwire's clients": {
        "processes": {"server": server("concurrent_server", 4000),
                      "first": badwires("sum-client", "--count", "100", to="server"),
                      "second": badwires("sum-client", "--count", "5", to="server", delay="500ms")},
        "contains": {"first": "5050", "second": "15"},
        "waiting": [("first", 0, 20000), ("second", 0, 1000)]},
    "5.1, badwire's receiver": {
        "processes": {"receiver": badwires("multicast-receiver", *GROUP, "5007"),
                      "sender": guest("multicast_sender", after="receiver", delay="1s")},
        "contains": {"receiver": "Hello Multicast Group!"}},
    "5.1, badwire's sender": {
        "processes": {"receiver": guest("multicast_receiver"),
                      "sender": badwires("multicast-sender", *GROUP, "5007", after="receiver", delay="1s")},
        "contains": {"receiver": "Received: Hello Multicast Group!"}},
    "5.2, a member of each": {
        "processes": {"ours": badwires("multicast-group", *GROUP, "6000", "--members", "2", input=[{"after": "1s", "text": ""}]),
                      "theirs": interrupted(guest("multicast_group", "ann", input=[{"after": "2s", "text": ""}]), 4)},
        "contains": {"ours": "Hello from ann!", "theirs": "Received: Hello from a member!\nReceived: Hello from ann!"}},
    "Q1a, badwire's server": {
        "processes": {"server": badwires("tcp-ftp-server", "--once", port=45000),
                      "client": client("tcp_ftp_client", "song.bin", over="wan")},
        "files": SONG, "same": [("song.bin", "server/received/song.bin")]},
    "Q1a, badwire's client": {
        "processes": {"server": server("tcp_ftp_server", 45000),
                      "client": badwires("tcp-ftp-client", "song.bin", "--wire", "classic", to="server", over="wan")},
        "files": SONG, "same": [("song.bin", "server/received/song.bin")]},
    "Q1b, badwire's server": {
        "processes": {"server": badwires("udp-ftp-server", "--once", port=45010),
                      "client": client("udp_ftp_client", "poem.txt", over="wan")},
        "files": POEM, "same": [("poem.txt", "server/received/poem.txt")]},
    "Q1b, badwire's client": {
        "processes": {"server": server("udp_ftp_server", 45010),
                      "client": badwires("udp-ftp-client", "poem.txt", "--wire", "classic", to="server", over="wan")},
        "files": POEM, "same": [("poem.txt", "server/received/poem.txt")]},
    "Q2, badwire's server": {
        "processes": {"server": badwires("file-server", port=45100), "client": client("file_client", "song.bin", over="wan"),
                      "none": client("file_client", "none.txt", over="wan")},
        "files": SONG, "exit": {"none": 1}, "same": [("song.bin", "client/received_song.bin")],
        "contains": {"none": "ERR:FILE_NOT_FOUND"}},
    "Q2, badwire's client": {
        "processes": {"server": server("file_server", 45100),
                      "client": badwires("file-client", "song.bin", "--wire", "classic", to="server", over="wan")},
        "files": SONG, "same": [("song.bin", "client/received/song.bin")]},
    "Q3, badwire's server": {
        "processes": {"server": badwires("calculator-server", port=45200),
                      "client": client("calculator_client", "7", "/", "-2", over="wan")},
        "contains": {"client": "Result: -4\n"}},
    "Q3, badwire's client": {
        "processes": {"server": server("calculator_server", 45200),
                      "client": badwires("calculator-client", "7", "/", "-2", to="server", over="wan")},
        "contains": {"client": "Result: -4", "server": "7 / -2 = -4\n"}},
    "Q4, badwire's server": {
        "processes": {"server": badwires("stream-server", port=45300), "client": client("stream_client", "song.bin", over="wan")},
        "files": SONG, "same": [("song.bin", "client/received_song.bin")], "contains": {"client": "End of stream"}},
    "Q4, badwire's client": {
        "processes": {"server": server("stream_server", 45300),
                      "client": badwires("stream-client", "song.bin", "--wire", "classic", to="server", over="wan")},
        "files": SONG, "same": [("song.bin", "client/received/song.bin")]},
    "Q5a, badwire's server": {
        "processes": {"server": badwires("tcp-chat-server", port=46000, input=["hi"]),
                      "client": client("tcp_chat_client", "hello", {"when": "hi", "end": True}, over="wan")},
        "contains": {"server": "hello", "client": "Server: hi\n"}},
    "Q5a, badwire's client": {
        "processes": {"server": server("tcp_chat_server", 46000, input=["hi"]),
                      "client": badwires("tcp-chat-client", to="server", over="wan",
                                         input=["hello", {"when": "hi", "end": True}])},
        "contains": {"server": "Client: hello\nYou: The client has left\n", "client": "hi"}},
    "Q5b, a peer of each": {
        "processes": {"bob": badwires("udp-chat", port=47002, input=["hi", "fine"], stays=True),
                      "ann": guest("udp_chat", "47001", "47002", to="bob", over="wan",
                                   input=["hello", "how are you?", {"when": "fine", "end": True}])},
        "contains": {"ann": "You: Peer: hi\nYou: Peer: fine\nYou: Chat ended\n", "bob": "how are you?"}},
    "Q6, badwire's server": {
        "processes": {"server": badwires("multi-chat-server", port=46100, input=[{"when": "the second", "text": "@2 for the second"},
                                                                     "@1 for the first"]),
                      "first": client("multi_chat_client", "I am the first", {"when": "for", "end": True}),
                      "second": client("multi_chat_client", "I am the second", {"when": "for", "end": True},
                                       delay="1s")},
        "contains": {"first": "Server: for the first\n", "second": "Server: for the second\n"}},
    "Q6, badwire's clients": {
        "processes": {"server": server("multi_chat_server", 46100, input=["for the first", "for the second"]),
                      **{name: badwires("tcp-chat-client", to="server", delay=delay,
                                        input=[f"I am the {name}", {"when": "for", "end": True}])
                         for name, delay in (("first", "0"), ("second", "1s"))}},
        "contains": {"first": "for the first\n", "second": "for the second\n"}},
    "Q7, a member of each": {
        "processes": {"ours": badwires("multicast-chat", *GROUP, "6000", input=[{"after": "1s", "text": "Hello everybody!"},
                                                                {"when": "Hello back", "end": True}]),
                      **members("multicast_chat", {"ann": [{"when": "everybody", "text": "Hello back"},
                                                           {"after": "1s", "end": True}]})},
        "contains": {"ours": "ann: Hello back", "ann": "Hello everybody!\nann: Hello back\nLeft the chat\n"}},
    "Q8, electorates of each": {
        "processes": {"ours": badwires("multicast-election", *GROUP, "6010", "--wire", "classic", input=[{"after": "1s", "text": "A"}],
                                       count=2),
                      "theirs": guest("multicast_election", input=[{"after": "2s", "text": "B"}], count=3)},
        "contains": {**{f"ours-{i}": "Tally: A 2, B 3\nWinner: B" for i in (1, 2)},
                     **{f"theirs-{i}": "Tally: A 2, B 3\nWinner: B" for i in (1, 2, 3)}}},
}


def scenario_of(system):
    exits = {name: 143 if Path(one.get("command", [""] * 2)[1]).stem in ENDLESS else 0
             for name, one in system["processes"].items()}
    expect = [{"exit": {**exits, **system.get("exit", {})}}]
    expect += [{"same_file": list(files)} for files in system.get("same", [])]
    expect += [{"different_file": list(files)} for files in system.get("different", [])]
    expect += [{"struck": name} for name in system.get("struck", [])]
    return {"network": "virtual", "time_limit": "300s", "processes": system["processes"],
            "links": system.get("links", WAN), "files": system.get("files", {}), "expect": expect}


def run_twice(guests, scenario):
    """The run's results, and what passed its links."""
    seen = []
    for out in "first", "second":
        run = guests.once(scenario, out)
        run.pop("wall_ms", None)
        packets = [path.read_text() for path in (guests.badwire.folder / out / "runs").glob("*/packets.jsonl")]
        seen.append((run, packets))
    first, second = (json.dumps(one) for one in seen)
    assert first == second
    return run


def lines(run, process):
    """What it printed, without the numbers of the ports that the system chose."""
    return re.sub(r"(?<=', )(32|3[3-9]|[45]\d|6[0-5])\d{3}\b", "PORT", run["processes"][process]["stdout"]).splitlines()


@pytest.mark.parametrize("name", SYSTEMS | MIXED)
def test_a_students_system_does_its_job_twice_the_same(guests, name):
    system = (SYSTEMS | MIXED)[name]
    run = run_twice(guests, scenario_of(system))
    assert run["verdict"] == "pass", (run["message"], run["processes"])
    for process, expected in system.get("printed", {}).items():
        assert lines(run, process) == expected, process
    for process, text in system.get("contains", {}).items():
        assert text in run["processes"][process]["stdout"], process
    if "waiting" in system:
        waited = [(one["client"], round(one["waiting_ms"]), round(one["service_ms"])) for one in run["waiting"]]
        assert waited == system["waiting"]
