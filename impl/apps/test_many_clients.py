"""Thousands of clients at once: all are connected before the first sends its number, and all get their
sum. Also what a server does if it has no room for so many."""

import contextlib
import itertools
import json
import os
import selectors
import socket
import time

import hostile_peers
import pytest
from classic_sockets import all_of, connected
from waiting import wait_until

FEW_FILES = "ulimit -Sn 64"  # the server raises this limit itself, as far as it may
PATIENCE_S = 120
CONNECTIONS_PER_ADDRESS = 5000  # of an address's 28,000 ports


class Crowd:
    """Clients on non-blocking sockets, from several addresses of this host."""

    def __init__(self, address, count):
        self.selector = selectors.EpollSelector()
        self.deadline = time.monotonic() + PATIENCE_S
        self.socks = []
        for number in range(count):
            sock = socket.socket()
            sock.setblocking(False)
            sock.bind((f"127.0.0.{2 + number // CONNECTIONS_PER_ADDRESS}", 0))
            with contextlib.suppress(BlockingIOError):
                sock.connect(address)
            self.socks.append(sock)

    def each(self, events, ready):
        """Calls ready(number, socket) for each socket that is ready, until it was True for each."""
        for number, sock in enumerate(self.socks):
            self.selector.register(sock, events, number)
        left = len(self.socks)
        while left:
            assert time.monotonic() < self.deadline, f"{left} of {len(self.socks)} are left"
            for key, _ in self.selector.select(1):
                if ready(key.data, key.fileobj):
                    self.selector.unregister(key.fileobj)
                    left -= 1

    def close(self):
        for sock in self.socks:
            sock.close()
        self.selector.close()


def is_connected(_number, sock):
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
    return True


def ask_and_read(crowd):
    answers = [b""] * len(crowd.socks)

    def read(number, sock):
        piece = sock.recv(100)
        answers[number] += piece
        return not piece
    for number, sock in enumerate(crowd.socks):
        sock.sendall(b"%d\n" % number)
    crowd.each(selectors.EVENT_READ, read)
    return answers


@pytest.mark.parametrize("model, count, descriptors_each", [
    ("thread", 1000, 4), ("process", 1000, 1), ("async", 10_000, 1), ("pool", 10_000, 1)])
def test_all_are_connected_at_once_and_served(serve, logs, model, count, descriptors_each):
    if not hostile_peers.allow_open_files(count * descriptors_each + 200):
        pytest.skip("this system does not allow that many open files")
    program, address = serve("concurrent-server", "--model", model, "--work", "0",
                             "--workers", count, "--timeout", f"{PATIENCE_S}s", logs=logs,
                             limits=FEW_FILES)
    crowd = Crowd(address, count)
    crowd.each(selectors.EVENT_WRITE, is_connected)
    assert ask_and_read(crowd) == [b"%d" % (n * (n + 1) // 2) for n in range(count)]
    crowd.close()
    _, err = program.stop()
    assert err == ""


def test_the_iterative_server_stays_iterative(serve, logs, tmp_path):
    program, address = serve("iterative-server", "--work", "0", "--timeout", "60s",
                             "--metrics", "metrics.json", logs=logs)
    crowd = Crowd(address, 500)
    crowd.each(selectors.EVENT_WRITE, is_connected)
    first = crowd.socks.pop(0)
    first_address = ":".join(map(str, first.getsockname()))
    for number, sock in enumerate(crowd.socks):
        sock.sendall(b"%d\n" % number)
    first.sendall(b"4\n")
    first.setblocking(True)
    assert all_of(first) == b"10"
    first.close()
    assert len(ask_and_read_what_was_asked(crowd)) == 499
    program.stop()
    crowd.close()
    served = json.loads((tmp_path / "metrics.json").read_text())["served"]
    assert served[0]["client"] == first_address, "nobody is served before the first one"
    assert all(before["end_ns"] <= after["begin_ns"] for before, after in itertools.pairwise(served))


def ask_and_read_what_was_asked(crowd):
    answers = {}

    def read(number, sock):
        piece = sock.recv(100)
        if piece:
            answers[number] = piece
        return not piece
    crowd.each(selectors.EVENT_READ, read)
    return answers


@pytest.mark.parametrize("model, limit", [("async", 40), ("pool", 40), ("process", 40),
                                          ("thread", 60)])
def test_without_descriptors_a_server_says_so_and_goes_on_when_there_are_some(
        serve, logs, sanitized, model, limit):
    if sanitized:
        pytest.skip("a sanitizer looks at memory through a pipe, and takes none for an error")
    program, address = serve("concurrent-server", "--model", model, "--work", "0",
                             "--workers", 1000, "--timeout", "60s", logs=logs, limits=f"ulimit -n {limit}")
    crowd = [connected(address) for _ in range(100)]
    program.logged(r"[Tt]oo many open files", "stderr")
    before = cpu_seconds(program)
    time.sleep(1)
    assert cpu_seconds(program) - before < 0.5, "it waits, and does not try all the time"
    for sock in crowd:
        sock.close()
    until_served(address)  # clients that come before the others have gone may be let go as well
    _, err = program.stop()
    assert err.count("cannot accept a client now") <= 1 + err.count("accepting clients again")


def is_served(address):
    with connected(address) as sock, contextlib.suppress(ConnectionResetError):
        sock.sendall(b"4\n")
        return all_of(sock) == b"10"
    return False


def until_served(address):
    wait_until(lambda: is_served(address), "a client to be served again")


def cpu_seconds(program):
    with open(f"/proc/{program.process.pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a user who runs nothing else")
@pytest.mark.parametrize("model", ["thread", "process"])
def test_a_client_for_whom_there_is_no_thread_or_process_is_let_go(serve, logs, model):
    user = 20_000 + os.getpid() % 40_000
    lonely = f'exec prlimit --nproc=50 setpriv --reuid {user} --clear-groups -- "$@"'
    program, address = serve("concurrent-server", "--model", model, "--work", "0",
                             "--timeout", "60s", logs=logs, limits=lonely)
    crowd = [connected(address) for _ in range(200)]
    # While all are silent, there is room only for the first clients.
    let_go = rf"cannot start a {model} for a client: Resource temporarily unavailable\n"
    program.logged(f"(?:.*{let_go}){{150}}", "stderr")
    served = 0
    for sock in crowd:
        with sock, contextlib.suppress(ConnectionError):
            sock.sendall(b"4\n")
            served += all_of(sock) == b"10"
    assert 30 <= served <= 50
    until_served(address)
    program.stop()
