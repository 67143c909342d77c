"""The chat over datagrams (Q5b) against small peers written to the course's classic wire, in Python."""

import json
import signal
import subprocess
import time

import pytest
from classic_sockets import udp_socket
from waiting import wait_until


@pytest.fixture
def chat(start):
    """A chat whose keyboard the test has: the program, and its address."""
    def run(*arguments):
        program = start("udp-chat", "--port", 0, *arguments, stdin=subprocess.PIPE)
        return program, program.address()
    return run


def type_line(program, line):
    program.process.stdin.write(line + "\n")
    program.process.stdin.flush()


@pytest.mark.parametrize("wire", ["classic", "framed"])
def test_a_classic_peer_is_answered_in_kind(chat, wire):
    program, address = chat("--wire", wire)
    sock, port = udp_socket()
    for question, answer in ("Grüße", "hello"), ("how are you?", "fine"):
        sock.sendto(question.encode(), address)
        type_line(program, answer)
        assert sock.recv(4096) == answer.encode()
    program.process.send_signal(signal.SIGINT)
    out, err = program.finish()
    assert f"127.0.0.1:{port}: Grüße\n" in out and f"127.0.0.1:{port}: how are you?\n" in out
    assert err == ""


def test_who_types_first_begins_and_the_next_message_waits_for_the_reply(chat):
    sock, port = udp_socket()
    program, address = chat("--wire", "classic", "--peer", f"127.0.0.1:{port}")
    type_line(program, "hello")
    type_line(program, "too early")
    assert sock.recv(4096) == b"hello"
    sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        sock.recv(4096)
    sock.settimeout(5)
    sock.sendto(b"hi", address)
    assert sock.recv(4096) == b"too early"
    program.stop()


def test_strangers_invalid_text_and_long_messages(chat, tmp_path):
    sock, port = udp_socket()
    stranger, _ = udp_socket()
    program, address = chat("--peer", f"127.0.0.1:{port}", "--metrics", "metrics.json")
    stranger.sendto(b"hello", address)
    sock.sendto(b"x" * 1001, address)
    sock.sendto(b"\xff\x1b[2J", address)
    type_line(program, "y" * 1001)
    type_line(program, "z" * 1000)
    assert sock.recv(4096) == b"z" * 1000
    out, err = program.stop()
    assert "\\xff\\x1b[2J" in out and "Not sent: it has 1001 characters" in out
    assert "127.0.0.1:" in out and "hello" not in out
    assert err == "refused a message of more than 1000 characters\n"
    assert json.loads((tmp_path / "metrics.json").read_text())["strangers"] == 1


@pytest.mark.parametrize("who", [0, 1])
def test_ctrl_c_on_either_side_ends_both_with_0(chat, who):
    bob, (_, port) = chat()
    ann, _ = chat("--peer", f"127.0.0.1:{port}")
    type_line(ann, "hello")
    while "hello" not in bob.process.stdout.readline():
        pass
    begin = time.monotonic()
    (ann, bob)[who].process.send_signal(signal.SIGINT)
    assert "has left." in (bob, ann)[who].process.stdout.read()
    (bob, ann)[who].finish()
    (ann, bob)[who].finish()
    assert time.monotonic() - begin < 3


def test_a_peer_that_is_not_there(chat):
    sock, port = udp_socket()
    sock.close()
    ann, _ = chat("--peer", f"127.0.0.1:{port}", "--give-up", "300ms")
    type_line(ann, "hello")
    assert "not acknowledged for 300ms" in ann.finish(1)[1]


def test_ten_thousand_datagrams_of_noise_change_nothing(chat):
    sock, port = udp_socket()
    program, address = chat("--peer", f"127.0.0.1:{port}")
    for number in range(10_000):
        sock.sendto(b"\xbdWC\x01" + b"\x00" * (number % 1400), address)
    type_line(program, "still here")
    assert b"still here" in sock.recv(4096)
    assert program.peak_memory_mib() < 100
    program.process.send_signal(signal.SIGINT)
    wait_until(lambda: not program.has_pending_signals(), "the first signal to arrive")
    program.process.send_signal(signal.SIGINT)
    program.finish()


def test_bad_peers_are_refused(start):
    for peer in "nonsense", "127.0.0.1:0", ":x":
        assert "--peer" in start("udp-chat", "--peer", peer).finish(2)[1]
