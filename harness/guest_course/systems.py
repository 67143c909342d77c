"""The course's systems: for each its processes, its links and files, what is printed, and what arrives."""

from pathlib import Path

COURSE = Path(__file__).resolve().parents[2] / "scenarios" / "interop" / "python"
PORTS = {"datagram_receiver": 5000, "datagram_receiver_sender": 6000, "connection_server": 3456,
         "duplex_server": 3456, "loop_server": 3456, "object_server": 5000, "int_server": 6000,
         "iterative_server": 4000, "concurrent_server": 4000, "tcp_ftp_server": 45000,
         "udp_ftp_server": 45010, "reliable_ftp_server": 45010, "file_server": 45100,
         "calculator_server": 45200, "stream_server": 45300, "tcp_chat_server": 46000,
         "multi_chat_server": 46100}
ENDLESS = ("loop_server", "iterative_server", "concurrent_server", "tcp_ftp_server", "udp_ftp_server",
           "file_server", "reliable_ftp_server", "calculator_server", "stream_server", "multi_chat_server")


def guest(name, *words, **more):
    """The student's program of this name, which works in a folder of its own."""
    program = COURSE / f"{name}.py"
    return {"command": ["/usr/bin/python3", str(program), *words],
            "env": {"PYTHONDONTWRITEBYTECODE": "1"}, **more}


def server(name, **more):
    return guest(name, port=PORTS[name], **more)


def near(name, *typed, **more):
    """A client without a link."""
    return guest(name, to="server", **({"input": list(typed)} if typed else {}), **more)


def client(name, *typed, **more):
    return near(name, *typed, over="wan", **more)


def pair(name_of_server, name_of_client):
    return {"server": server(name_of_server), "client": client(name_of_client)}


def interrupted(process, seconds):
    """The same, and Ctrl+C after so long."""
    until = ["timeout", "--preserve-status", "-s", "INT", str(seconds)]
    return {**process, "command": [*until, *process["command"]]}


def members(program, inputs):
    return {name: guest(program, name, input=typed) for name, typed in inputs.items()}


def typed(*steps):
    return {"input": list(steps)}


WAN = {"wan": {"delay": "5ms"}}
POEM = {"poem.txt": {"lines": 40}}
SONG = {"song.bin": {"random": "80KiB"}}
GREETING = "Hello! You are connected to the iterative server."
WELCOME = "Welcome! You have successfully connected to the server."


def group_member(name, at):
    return interrupted(guest("multicast_group", name, **typed({"after": at, "text": ""})), 4)


def tcp_chat(ending, **more):
    return {"server": server("tcp_chat_server", input=["hi", {"when": "are you", "text": "fine"}], **more),
            "client": client("tcp_chat_client", "hello", {"when": "hi", "text": "how are you?"},
                             {"when": "fine", **ending}, **more)}


# Of each system: its processes, its links and files, what is printed, and which files arrive.
SYSTEMS = {
    "3.1 one datagram": {
        "processes": pair("datagram_receiver", "datagram_sender"),
        "printed": {"server": ["Receiver is waiting...", "Received: Hello Receiver!",
                               "From: ('127.0.0.1', PORT)"],
                    "client": ["Message sent"]}},
    "3.2 datagram duplex": {
        "processes": pair("datagram_receiver_sender", "datagram_sender_receiver"),
        "printed": {"server": ["Received: Hello Receiver-Sender!"],
                    "client": ["Reply: Hello back to sender!", "From: ('127.0.0.1', 6000)"]}},
    "4.1 greeting": {
        "processes": pair("connection_server", "connection_client"),
        "printed": {"server": ["Connected to ('127.0.0.1', PORT)"], "client": [WELCOME]}},
    "4.2 duplex stream": {
        "processes": pair("duplex_server", "duplex_client"),
        "printed": {"server": ["Client says: Thank you Server. I received your message!"],
                    "client": ["Server says: Hello Client, connection established!"]}},
    "4.3 loop server": {
        "processes": {"server": server("loop_server"),
                      "client": client("loop_client", count=3, delay="1s")},
        "printed": {"server": [f"Client {i} says: Thanks Server!" for i in (1, 2, 3)], "client-1": [GREETING],
                    "client-3": [GREETING]}},
    "4.3 loop server, ended with Ctrl+C": {
        "processes": {"server": interrupted(server("loop_server"), 3),
                      "client": client("loop_client", count=2, delay="1s")},
        "printed": {"server": ["Client 1 says: Thanks Server!", "Client 2 says: Thanks Server!",
                               "Server stopped"]}},
    "4.4 object transfer": {
        "processes": pair("object_server", "object_client"),
        "printed": {"server": ["ID: 101", "Name: Alice", "Salary: 45000"], "client": ["Object sent"]}},
    "4.5 integer transfer": {
        "processes": pair("int_server", "int_client"),
        "printed": {"server": ["Received: 12 and 30", "Sum: 42"], "client": ["Integers sent"]}},
    "4.6.1 iterative sum server": {
        "processes": {"server": server("iterative_server"),
                      "first": near("sum_client", "100"), "second": near("sum_client", "5", delay="500ms"),
                      "third": near("sum_client", "10", delay="1s")},
        "printed": {"server": ["Served a count of 100", "Served a count of 5", "Served a count of 10"],
                    "first": ["Enter count: Sum: 5050", "Time: 20.00 s"],
                    "second": ["Enter count: Sum: 15", "Time: 20.50 s"],
                    "third": ["Enter count: Sum: 55", "Time: 22.00 s"]},
        "waiting": [("first", 0, 20000), ("second", 19500, 1000), ("third", 20000, 2000)]},
    "4.6.2 concurrent sum server": {
        "processes": {"server": server("concurrent_server"),
                      "first": near("sum_client", "100"), "second": near("sum_client", "5", delay="500ms"),
                      "third": near("sum_client", "10", delay="1s")},
        "printed": {"server": ["Served a count of 5", "Served a count of 10", "Served a count of 100"],
                    "first": ["Enter count: Sum: 5050", "Time: 20.00 s"],
                    "second": ["Enter count: Sum: 15", "Time: 1.00 s"],
                    "third": ["Enter count: Sum: 55", "Time: 2.00 s"]},
        "waiting": [("first", 0, 20000), ("second", 0, 1000), ("third", 0, 2000)]},
    "4.6.1 iterative sum server, clients as threads": {
        "processes": {"server": server("iterative_server"), "clients": guest("sum_clients", to="server")},
        "printed": {"clients": ["Sum to 20: 210 after 4.00 s", "Sum to 5: 15 after 4.50 s",
                                "Sum to 10: 55 after 6.00 s"]},
        "waiting": [("clients", 0, 4000), ("clients", 3500, 1000), ("clients", 4000, 2000)]},
    "4.6.2 concurrent sum server, clients as threads": {
        "processes": {"server": server("concurrent_server"), "clients": guest("sum_clients", to="server")},
        "printed": {"clients": ["Sum to 5: 15 after 1.00 s", "Sum to 10: 55 after 2.00 s",
                                "Sum to 20: 210 after 4.00 s"]},
        "waiting": [("clients", 0, 4000), ("clients", 0, 1000), ("clients", 0, 2000)]},
    "5.1 multicast one-shot": {
        "processes": {"receiver": guest("multicast_receiver", count=3),
                      "sender": guest("multicast_sender", after="receiver", delay="1s")},
        "printed": {f"receiver-{i}": ["Waiting for a message...", "Received: Hello Multicast Group!"]
                    for i in (1, 2, 3)} | {"sender": ["Message sent"]}},
    "5.2 multicast group": {
        "processes": {name: group_member(name, at) for name, at in (("ann", "1s"), ("ben", "2s"))},
        "printed": {name: ["Press Enter to send...", "Received: Hello from ann!", "Received: Hello from ben!",
                           "Left the group"] for name in ("ann", "ben")}},
    "Q1a FTP over TCP": {
        "processes": {"server": server("tcp_ftp_server"),
                      "client": client("tcp_ftp_client", "song.bin")},
        "files": SONG, "same": [("song.bin", "server/received/song.bin")],
        "printed": {"server": ["FTP server is running", "Received song.bin in 820 units"],
                    "client": ["File to send: File sent"]}},
    "Q1b FTP over UDP": {
        "processes": {"server": server("udp_ftp_server"),
                      "client": client("udp_ftp_client", "poem.txt")},
        "files": POEM, "same": [("poem.txt", "server/received/poem.txt")],
        "printed": {"server": ["FTP server is running", "Received poem.txt: 40 lines"],
                    "client": ["File to send: File sent"]}},
    "Q1b FTP over UDP, a fifth of it lost": {
        "processes": {"server": server("reliable_ftp_server"),
                      "client": client("reliable_ftp_client", "song.bin")},
        "links": {"wan": {"delay": "5ms", "loss": 0.2}}, "struck": ["wan.up.loss", "wan.down.loss"],
        "files": SONG, "same": [("song.bin", "server/received_song.bin")]},
    "Q2 concurrent file server": {
        "processes": {"server": server("file_server"),
                      "first": client("file_client", "song.bin"),
                      "second": client("file_client", "poem.txt", delay="1s"),
                      "third": client("file_client", "none.txt")},
        "files": {**SONG, **POEM}, "exit": {"third": 1},
        "same": [("song.bin", "first/received_song.bin"), ("poem.txt", "second/received_poem.txt")],
        "printed": {"server": ["No such file: none.txt", "Sent poem.txt", "Sent song.bin"],
                    "first": ["File to fetch: File received"],
                    "third": ["File to fetch: ERR:FILE_NOT_FOUND"]}},
    "Q3 remote calculator": {
        "processes": {"server": server("calculator_server"),
                      "quotient": near("calculator_client", "7", "/", "-2"),
                      "remainder": near("calculator_client", "-7", "%", "3"),
                      "product": near("calculator_client", "9" * 20, "*", "9" * 20),
                      "nonsense": near("calculator_client", "1", "/", "0", delay="1s")},
        "printed": {name: ["First number: Operator: Second number: Result: " + result] for name, result in {
            "quotient": "-4", "remainder": "2", "product": str((10 ** 20 - 1) ** 2),
            "nonsense": "ERR:division by zero"}.items()}},
    "Q4 media streaming": {
        "processes": {"server": server("stream_server"),
                      "client": client("stream_client", "song.bin"),
                      "other": client("stream_client", "none.mp3", delay="3s")},
        "files": SONG, "same": [("song.bin", "client/received_song.bin")], "exit": {"other": 1},
        "printed": {"other": ["File to stream: ERR:FILE_NOT_FOUND"]}},
    "Q4 media streaming, a tenth of it lost": {
        "processes": {"server": server("stream_server"),
                      "client": client("stream_client", "song.bin")},
        "links": {"wan": {"delay": "5ms", "down": {"loss": 0.1}}}, "files": SONG, "struck": ["wan.down.loss"],
        "different": [("song.bin", "client/received_song.bin")]},
    "Q4 media streaming, its end lost": {
        "processes": {"server": server("stream_server"),
                      "client": client("stream_client", "poem.txt")},
        "links": {"wan": {"down": {"exact": [{"match": {"text": "__STREAM_END__"}}]}}}, "files": POEM,
        "struck": ["wan.down.exact.1"], "same": [("poem.txt", "client/received_poem.txt")]},
    "Q5a chat over TCP, ended with Ctrl+D": {
        "processes": tcp_chat({"end": True}),
        "printed": {"server": ["A client is here", "Client: hello", "You: Client: how are you?",
                               "You: The client has left"],
                    "client": ["You: Server: hi", "You: Server: fine", "You: Chat ended"]}},
    "Q5a chat over TCP at a terminal, ended with Ctrl+C": {
        "processes": tcp_chat({"after": "1s", "text": "\x03"}, terminal=True),
        "printed": {"server": ["A client is here", "Client: hello", "Client: how are you?",
                               "The client has left"],
                    "client": ["Server: hi", "Server: fine", "Chat ended"]}},
    "Q5b chat over UDP": {
        "processes": {"bob": interrupted(guest("udp_chat", "47002", "47001", port=47002,
                                                input=[{"when": "hello", "text": "hi"}, "fine"]), 1),
                      "ann": guest("udp_chat", "47001", "47002", to="bob", over="wan",
                                   input=["hello", "how are you?", {"when": "fine", "end": True}])},
        "printed": {"ann": ["You: Peer: hi", "You: Peer: fine", "You: Chat ended"],
                    "bob": ["Peer: hello", "You: Peer: how are you?", "You: Chat ended"]}},
    "Q6 many-client chat": {
        "processes": {"server": server("multi_chat_server",
                                       input=[{"after": "3s", "text": "for the first"}, "for the second",
                                              "for the third"]),
                      "first": client("multi_chat_client", "I am the first", {"when": "for", "end": True}),
                      "second": client("multi_chat_client", "I am the second", {"when": "for", "end": True},
                                       delay="1s"),
                      "third": client("multi_chat_client", "I am the third", {"when": "for", "end": True},
                                       delay="2s")},
        "printed": {name: [f"You: Server: for the {name}", "You: Chat ended"]
                    for name in ("first", "second", "third")}},
    "Q7 multicast chat": {
        "processes": members("multicast_chat", {
            "ann": [{"after": "1s", "text": "Hello everybody!"}, {"after": "1s", "end": True}],
            "bob": [{"when": "everybody", "text": "Hello Ann!"}, {"after": "2s", "text": ""}],
            "eve": [{"when": "Hello Ann!", "text": "I am here, too."}, {"after": "3s", "end": True}]}),
        "printed": {name: ["Joined the chat", "ann: Hello everybody!", "bob: Hello Ann!",
                           "eve: I am here, too.", "Left the chat"] for name in ("ann", "bob", "eve")}},
    "Q8 multicast election": {
        "processes": {f"voter-{i}": guest("multicast_election", input=[{"after": f"{i}s", "text": vote}])
                      for i, vote in enumerate("ABBAB", 1)},
        "printed": {f"voter-{i}": ["Vote for A or B: Tally: A 2, B 3", "Winner: B"] for i in range(1, 6)}},
}
