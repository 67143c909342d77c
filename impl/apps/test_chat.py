"""The chats over TCP (Q5a, Q6) against small peers written to the course's classic wire, in Python."""

import os
import pty
import re
import select
import signal
import subprocess
import time

import pytest
from classic_sockets import connected, listening_tcp, whole, with_newline
from hostile_peers import reset
from waiting import wait_until


class Typed:
    """A program whose keyboard the test has."""

    def __init__(self, start, *arguments):
        self.program = start(*arguments, stdin=subprocess.PIPE)
        self.seen = ""

    def type(self, line):
        self.program.process.stdin.write(line + "\n")
        self.program.process.stdin.flush()

    def sees(self, text, timeout=5):
        out = self.program.process.stdout
        end = time.monotonic() + timeout
        while text not in self.seen:
            assert time.monotonic() < end, (text, self.seen)
            if select.select([out], [], [], 0.2)[0]:
                self.seen += os.read(out.fileno(), 65536).decode()
        self.seen = self.seen[self.seen.index(text) + len(text):]

    def interrupt(self):
        self.program.process.send_signal(signal.SIGINT)

    def ends(self, code=0):
        return self.program.finish(code)


@pytest.fixture
def at_keyboard(start):
    def run(*arguments):
        return Typed(start, *arguments)
    return run


@pytest.fixture
def serve_at_keyboard(at_keyboard):
    def run(name, *arguments):
        typed = at_keyboard(name, "--port", 0, *arguments)
        return typed, typed.program.address()
    return run


def read(sock):
    return sock.recv(1024).decode().rstrip("\n")


@pytest.mark.parametrize("send", [whole, with_newline])
def test_server_and_a_classic_client(serve_at_keyboard, send):
    server, address = serve_at_keyboard("tcp-chat-server")
    with connected(address) as sock:
        for question, answer in ("Grüße", "hello"), ("how are you?", "fine"):
            send(sock, question.encode())
            server.sees(f"client: {question}\n")
            server.type(answer)
            in_kind = "\n" if send is with_newline else ""
            assert sock.recv(1024).decode() == answer + in_kind
    server.sees("The client has left.")
    server.ends()


@pytest.mark.parametrize("newline", ["", "\n"])
def test_client_and_a_classic_server(at_keyboard, newline):
    listener, port = listening_tcp()
    client = at_keyboard("tcp-chat-client", "--port", port)
    peer, _ = listener.accept()
    client.type("hello")
    assert peer.recv(1024) == b"hello"  # the course marks no ends
    client.type("too early")  # kept until the reply has come
    peer.settimeout(0.4)
    with pytest.raises(TimeoutError):
        peer.recv(1024)
    peer.settimeout(5)
    peer.sendall(("hi\x1b[2J" + newline).encode())
    client.sees("server: hi\\x1b[2J\n")
    assert peer.recv(1024).decode() == "too early" + newline
    peer.close()
    client.sees("The server has left.")
    client.ends()


@pytest.mark.parametrize("who", ["server", "client"])
def test_ctrl_c_on_either_side_ends_both_with_0(serve_at_keyboard, at_keyboard, who):
    server, (_, port) = serve_at_keyboard("tcp-chat-server")
    client = at_keyboard("tcp-chat-client", "--port", port)
    client.type("hello")
    server.sees("client: hello")
    (server if who == "server" else client).interrupt()
    server.ends()
    client.ends()


def test_end_of_input_waits_for_the_reply(serve_at_keyboard, start):
    server, (_, port) = serve_at_keyboard("tcp-chat-server")
    client = start("tcp-chat-client", "--port", port, stdin=subprocess.PIPE)
    client.process.stdin.write("hello\n")
    client.process.stdin.close()
    client.process.stdin = None
    server.sees("client: hello")
    server.type("bye")
    assert "server: bye" in client.finish()[0]
    server.sees("The client has left.")
    server.ends()


def test_a_chat_that_is_cut_is_a_failure(serve_at_keyboard):
    server, address = serve_at_keyboard("tcp-chat-server")
    sock = connected(address)
    sock.sendall(b"hello\n")
    server.sees("client: hello")
    reset(sock)
    assert "was lost" in server.ends(1)[1]


def test_a_message_that_never_ends_is_refused(serve_at_keyboard):
    server, address = serve_at_keyboard("tcp-chat-server")
    with connected(address) as sock:
        with pytest.raises(OSError):
            for _ in range(100):
                sock.sendall(b"x" * 100_000)
                time.sleep(0.01)
    assert "longer than 65536 bytes" in server.ends(1)[1]


def test_a_silent_chat_ends_where_the_timeout_says(serve_at_keyboard, at_keyboard):
    _server, (_, port) = serve_at_keyboard("tcp-chat-server")
    client = at_keyboard("tcp-chat-client", "--port", port, "--timeout", "300ms")
    client.type("hello")
    assert "no message came for 300ms" in client.ends(1)[1]


# Q6

def test_every_client_has_a_thread_and_what_marks_no_ends_is_answered_in_kind(serve_at_keyboard):
    server, address = serve_at_keyboard("multi-chat-server")
    tasks = f"/proc/{server.program.process.pid}/task"
    alone = len(os.listdir(tasks))
    socks = [connected(address) for _ in range(5)]
    for number in range(1, 6):
        server.sees(f"[{number}] joined")
    # The server says that it has joined before its thread runs.
    wait_until(lambda: len(os.listdir(tasks)) == alone + 5, "a thread for each client")
    socks[3].sendall(b"hello")
    server.sees("[4] hello")
    server.type("hi")
    assert socks[3].recv(1024) == b"hi"
    for sock in socks:
        sock.close()
    server.interrupt()
    server.ends()


def test_the_server_ends_when_nobody_types_any_more_and_somebody_asks(serve_at_keyboard):
    server, address = serve_at_keyboard("multi-chat-server")
    with connected(address) as asking, connected(address):
        asking.sendall(b"hello")
        server.sees("[1] hello")
        server.type("hi")
        assert read(asking) == "hi"
        server.program.process.stdin.close()
        server.program.process.stdin = None
        asking.sendall(b"more")
        assert server.ends()[1] == ""


def test_the_operator_answers_in_order_or_by_number(serve_at_keyboard):
    server, address = serve_at_keyboard("multi-chat-server")
    socks = []
    for number in 1, 2, 3:
        socks.append(connected(address))
        server.sees(f"[{number}] joined")
    for number in 2, 1, 3:
        socks[number - 1].sendall(f"I am {number}\n".encode())
        server.sees(f"[{number}] I am {number}")
    server.type("@3 for three")
    assert read(socks[2]) == "for three"
    server.type("for two")
    assert read(socks[1]) == "for two"
    server.type("@2 again")
    server.sees("[2] waits for no reply")
    server.type("for one")
    assert read(socks[0]) == "for one"
    socks[1].close()
    server.sees("[2] has left")
    server.interrupt()
    server.ends()
    assert socks[0].recv(10) == b""


def test_a_client_that_asks_on_and_on_and_reads_nothing_is_let_go(serve_at_keyboard):
    server, address = serve_at_keyboard("multi-chat-server")
    with connected(address) as greedy, connected(address) as sock:
        for _ in range(5):
            greedy.sendall(b"more\n")
        server.sees("] more")
        sock.sendall(b"hello\n")
        server.sees("] hello")
        server.type("one")
        server.type("two")
        assert read(greedy) == "one"
        assert read(sock) == "two"
    server.interrupt()
    server.ends()


# On a terminal

class Terminal:
    def __init__(self, *arguments):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            badwire = os.environ.get("BADWIRE", "badwire")
            os.execvp(badwire, [badwire, "exec", *arguments])
        self.seen = ""

    def sees(self, pattern, timeout=5):
        end = time.monotonic() + timeout
        while not (found := re.search(pattern, self.seen)):
            assert time.monotonic() < end, (pattern, self.seen)
            if select.select([self.fd], [], [], 0.2)[0]:
                self.seen += os.read(self.fd, 4096).decode()
        self.seen = self.seen[found.end():]
        return found


def test_what_is_being_typed_stays_readable_when_a_message_arrives():
    operator = Terminal("multi-chat-server", "--port", "0")
    port = int(operator.sees(r"listening on \S+:(\d+)\r\n")[1])
    with connected(("127.0.0.1", port)) as one, connected(("127.0.0.1", port)) as two:
        one.sendall(b"first\n")
        operator.sees(r"Reply to 1: ")
        os.write(operator.fd, "hello ä".encode())
        operator.sees("hello ä")
        two.sendall(b"second\n")
        # The unfinished line is taken off the screen and drawn again below the message.
        operator.sees(r"\r\x1b\[J\[2\] second\r\nReply to 1: hello ä$")
        os.write(operator.fd, b"\x7fthere\n")
        assert read(one) == "hello there"
        operator.sees(r"Reply to 2: ")
        os.write(operator.fd, b"\x03")
    _, status = os.waitpid(operator.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    os.close(operator.fd)
