"""Every server against every hostile peer of hostile_peers.py.

Servers of many clients serve an honest client at the same time; iterative servers do so after --timeout.
Servers of one client end, and say why if it was a bad client. No server needs more memory than
MEMORY_MIB, touches anything outside its folder, or crashes.
"""

import contextlib
import functools
import os
import re
import subprocess
import time

import hostile_peers
import pytest
from classic_sockets import all_of, connected, udp_socket
from hostile_peers import ATTACKS, DATAGRAMS, datagram_socket, many_connections, named
from waiting import all_is_read, wait_until

MEMORY_MIB = 100
PATIENCE_S = 100  # far more than any server here may take


def serve_quickly(address):
    sock = connected(address)
    sock.settimeout(PATIENCE_S)
    return sock


# Honest clients of the servers: each takes the running program and its address.

def asks(request, answer):
    def client(_program, address, _box):
        with serve_quickly(address) as sock:
            sock.sendall(request)
            assert all_of(sock) == answer
    return client


def sends_a_file(_program, address, box):
    with serve_quickly(address) as sock:
        sock.sendall(named(b"notes.txt") + b"abc")
        assert sock.recv(3) == b"ACK"
        sock.sendall(b"__END__")
        assert all_of(sock) == b""
    assert (box / "received" / "notes.txt").read_bytes() == b"abc"


def chats(program, address, _box):
    with serve_quickly(address) as sock:
        question = f"is anybody there at {time.monotonic_ns()}?"
        sock.sendall(f"{question}\n".encode())
        number = program.logged(rf"\[(\d+)\] {re.escape(question)}$")[1]
        program.process.stdin.write(f"@{number} yes\n")
        program.process.stdin.flush()
        assert sock.recv(100) == b"yes\n"


GREETING = b"Hello! You are connected to the iterative server.\n"
LONG = ["--timeout", "600s"]  # a client that is served sooner was served beside the others
A_SECOND = ["--timeout", "1s"]
SUMS = asks(b"100\n", b"5050")
MODELS = ["thread", "process", "pool", "async"]

CONCURRENT = {
    "tcp-ftp-server": (LONG, sends_a_file),
    "file-server": ([*LONG, "--pause", "0"], asks(named(b"short"), b"OKabc")),
    "calculator-server": (LONG, asks(b"6 * 7\n", b"42")),
    "multi-chat-server": ([], chats),
    **{f"concurrent-server --model {model}": ([*LONG, "--work", "0", "--workers", "3000"], SUMS)
       for model in MODELS},
}
ITERATIVE = {
    "iterative-server": ([*A_SECOND, "--work", "0"], SUMS),
    "loop-server": (A_SECOND, asks(b"Thanks Server!\n", GREETING)),
}
ONE_SHOT = ["connection-server", "duplex-server", "object-server", "int-server", "tcp-chat-server",
            "tcp-ftp-server --once"]
FILE_ATTACKS = [hostile_peers.a_length_of_four_gib, hostile_peers.bad_names]


def attacks_on(name):
    return ATTACKS + (FILE_ATTACKS if name.startswith(("tcp-ftp", "file-")) else
                      FILE_ATTACKS[:1] if name.startswith("object-") else [])


def pairs(servers):
    return [pytest.param(server, attack, id=f"{server}-{attack.__name__}")
            for server in servers for attack in attacks_on(server)]


@pytest.fixture
def box(tmp_path):
    """A folder with a file to offer and, around it, what no server may touch."""
    inner = tmp_path / "a" / "b" / "box"
    inner.mkdir(parents=True)
    (inner / "short").write_bytes(b"abc")
    for folder in inner.parent, inner.parent.parent:
        (folder / "etc").mkdir()
        (folder / "etc" / "passwd").write_bytes(b"untouched")

    def around():
        return sorted((path, path.is_file() and path.read_bytes()) for path in tmp_path.rglob("*")
                      if inner not in path.parents and path != inner)
    before = around(), os.stat("/etc/passwd").st_mtime_ns
    yield inner
    assert (around(), os.stat("/etc/passwd").st_mtime_ns) == before
    assert not [path for path in inner.rglob("*") if path.name == "owned"]


@pytest.fixture
def stands(start, box, logs, sanitized):
    """Starts a server, and checks at the end that it still runs and did not grow."""
    stand = []

    def run(name, *arguments, **options):
        program = start(*name.split(), *arguments, folder=box, logs=logs, stdin=subprocess.PIPE,
                        **options)
        stand.append(program)
        return program, program.address()

    yield run
    for program in stand:
        assert program.process.poll() is None, (program.process.returncode, program.log("stderr"))
        if not sanitized:
            assert program.peak_memory_mib() < MEMORY_MIB
        program.stop()


def has_room_for_many(name):
    descriptors = 4 if "thread" in name or name == "file-server" else 1  # that a server has for each client
    return hostile_peers.allow_open_files((descriptors * hostile_peers.MANY) + 200)


@pytest.mark.parametrize("server, attack", pairs(CONCURRENT))
def test_stream_server_serves_others_meanwhile(stands, box, server, attack):
    if attack is many_connections and not has_room_for_many(server):
        pytest.skip("the limit of open files is too low")
    arguments, honest = CONCURRENT[server]
    program, address = stands(server, "--port", 0, *arguments)
    with attack(address):
        honest(program, address, box)
    honest(program, address, box)


@pytest.mark.parametrize("server, attack", pairs(ITERATIVE))
def test_stream_server_serves_others_after_its_timeout(stands, box, server, attack):
    arguments, honest = ITERATIVE[server]
    if attack is many_connections:
        arguments = ["--timeout", "1ms", *arguments[2:]]
    program, address = stands(server, "--port", 0, *arguments)
    with attack(address):
        honest(program, address, box)


@pytest.mark.parametrize("server, attack", pairs(ONE_SHOT))
def test_server_of_one_client_ends_with_a_reason(start, box, logs, sanitized, server, attack):
    program = start(*server.split(), "--port", 0, *A_SECOND, folder=box, logs=logs,
                    stdin=subprocess.PIPE)
    program.type_and_end("hello\n" * 3)  # a chat that waits for its own keyboard does not hang
    ends_with_a_reason(program, functools.partial(attack, program.address()), sanitized)


def ends_with_a_reason(program, attack, sanitized):
    peak = 0

    def has_ended():
        nonlocal peak
        with contextlib.suppress(OSError, TypeError):  # ended in between
            peak = max(peak, program.peak_memory_mib())
        return program.process.poll() is not None
    with attack():
        wait_until(has_ended, "the program to end", PATIENCE_S)
    assert sanitized or peak < MEMORY_MIB
    code, err = program.process.returncode, program.log("stderr")
    assert code in (0, 1), (code, err)
    assert (err == "") == (code == 0), err
    assert err.count("\n") <= 2 and "\x1b" not in err + program.log("stdout")


@pytest.mark.parametrize("number", range(4))
def test_object_server_runs_no_pickle(start, box, logs, sanitized, number):
    program = start("object-server", "--port", 0, *A_SECOND, folder=box, logs=logs)
    attack = hostile_peers.evil_pickles(box / "owned")[number]
    ends_with_a_reason(program, functools.partial(attack, program.address()), sanitized)
    assert program.process.returncode == 1 and ".system" in program.log("stderr")


# Datagrams

def by_datagrams(servers):
    return [pytest.param(server, attack, id=f"{server}-{attack.__name__}")
            for server in servers for attack in DATAGRAMS]


def after(attack, address):
    @contextlib.contextmanager
    def context():
        attack(address)
        yield
    return context


def says_until_logged(program, sock, text, address):
    """Tries again and again, because after a flood the receiver's buffer may be full."""
    def arrives():
        sock.sendto(text, address)
        return text.decode() + "\n" in program.log()
    wait_until(arrives, f"{text} in what the program says", PATIENCE_S)


@pytest.mark.parametrize("server, attack", by_datagrams(
    ["datagram-receiver", "datagram-receiver-sender"]))
def test_receiver_of_one_datagram_ends_with_a_reason(start, box, logs, sanitized, server, attack):
    program = start(server, "--port", 0, *A_SECOND, folder=box, logs=logs)
    ends_with_a_reason(program, after(attack, program.address()), sanitized)


@pytest.mark.parametrize("attack", DATAGRAMS)
@pytest.mark.parametrize("wire", ["classic", "framed"])
def test_udp_ftp_server_receives_files_afterwards(stands, box, wire, attack):
    _, address = stands("udp-ftp-server", "--port", 0, *A_SECOND, "--wire", wire)
    attack(address)

    def arrives():
        with datagram_socket() as sock:
            for datagram in b"notes.txt", b"one", b"__END__":
                sock.sendto(datagram, address)
        return (box / "received" / "notes.txt").exists()
    wait_until(arrives, "the file", PATIENCE_S)
    assert (box / "received" / "notes.txt").read_bytes() == b"one\n"


@pytest.mark.parametrize("attack", DATAGRAMS)
@pytest.mark.parametrize("peer_is_known", [True, False])
def test_udp_chat_goes_on(stands, peer_is_known, attack):
    peer, port = udp_socket()
    known = ["--peer", f"127.0.0.1:{port}"] if peer_is_known else []
    program, address = stands("udp-chat", "--port", 0, *known)
    if not peer_is_known:  # the first that writes is the peer
        says_until_logged(program, peer, b"hello", address)
        program.process.stdin.write("hello\n")
        program.process.stdin.flush()
        assert peer.recv(4096) == b"hello"
    attack(address)
    says_until_logged(program, peer, b"are you still there?", address)
    program.process.stdin.write("yes\n")
    program.process.stdin.flush()
    assert peer.recv(4096) == b"yes"


# Groups

@pytest.mark.parametrize("attack", DATAGRAMS)
def test_multicast_receiver_ends_with_a_reason(start, box, logs, sanitized, group, attack):
    program = start("multicast-receiver", "--group", group[0], "--port", group[1], *A_SECOND,
                    folder=box, logs=logs)
    program.address()
    ends_with_a_reason(program, after(attack, group), sanitized)


@pytest.mark.parametrize("attack", DATAGRAMS)
@pytest.mark.parametrize("name", ["multicast-group", "multicast-chat"])
def test_members_of_a_group_go_on(stands, group, name, attack):
    program, _ = stands(name, "--group", group[0], "--port", group[1])
    attack(group)
    with datagram_socket() as sock:
        says_until_logged(program, sock, b"are you still there?", group)


@pytest.mark.parametrize("attack", DATAGRAMS)
@pytest.mark.parametrize("wire", ["classic", "framed"])
def test_an_election_comes_to_its_end(start, box, tmp_path_factory, group, wire, attack):
    def vote(candidate):
        return start("multicast-election", "--group", group[0], "--port", group[1], "--vote",
                     candidate, "--electorates", 2, "--wire", wire, "--timeout", f"{PATIENCE_S}s",
                     folder=box, logs=tmp_path_factory.mktemp("voter"))
    first = vote("A")
    first.logged(r"^Voted: A$")
    attack(group)
    if wire == "classic":  # a vote is sent only once, so not while the first member's buffer is full
        wait_until(lambda: all_is_read(group[1]), "the first to read what was sent", PATIENCE_S)
    second = vote("B")
    outputs = [first.finish(timeout=2 * PATIENCE_S)[0]]
    if wire == "classic":  # the second member did not hear what the first said before
        with datagram_socket() as sock:
            sock.sendto(b"A", group)
    outputs.append(second.finish(timeout=2 * PATIENCE_S)[0])
    for out in outputs:
        assert out.endswith("Tally: A 1, B 1\nIt is a tie.\n")
