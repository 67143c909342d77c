"""Peers that every server must outlive.

Each attack on a connection is a context and lasts as long as the context. Each attack by datagrams is a
function that sends them all. None of them needs the server to answer.
"""

import contextlib
import os
import pickle
import resource
import socket
import struct
import threading

from classic_sockets import connected

MAGIC = b"\xbdWF\x01"  # of badwire's framed file transfer
MANY = 2000
NAMES = [b"../../etc/passwd", b"/etc/passwd", b"..", b".", b"", b"a\0b", b"../\0", b"\xff\xfe",
         b"folder/", b"a\nb", b"x" * 300]


def named(name):
    return struct.pack(">I", len(name)) + name


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def allow_open_files(count):
    """False: this system does not let us open so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count <= hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    return count <= hard


# On connections

@contextlib.contextmanager
def beside(action, address):
    """Runs action(socket, done) for a connection of its own until `done` is set."""
    done = threading.Event()
    sock = connected(address)

    def run():
        with contextlib.suppress(OSError), sock:
            action(sock, done)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    done.set()
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    thread.join()


@contextlib.contextmanager
def silent(address):
    with connected(address):
        yield


def dripping(interval, byte):
    def drip(sock, done):
        while not done.wait(interval):
            sock.sendall(byte)
    return drip


def one_byte_a_second(address):
    return beside(dripping(1, b"1"), address)


def six_bytes_a_second(address):
    """Never silent for so long that a message without an end would be over."""
    return beside(dripping(0.16, b"1"), address)


@contextlib.contextmanager
def closes_half_way(address):
    with connected(address) as sock:
        sock.sendall(b"1 +")
    yield


@contextlib.contextmanager
def resets(address):
    sock = connected(address)
    sock.sendall(b"1 +")
    reset(sock)
    yield


def ten_megabytes_without_a_newline(address):
    def pour(sock, done):
        for _ in range(100):
            sock.sendall(b"1" * 100_000)
        done.wait()
    return beside(pour, address)


@contextlib.contextmanager
def invalid_utf8(address):
    with connected(address) as sock:
        sock.sendall(b"\xff\xfe\x00\x1b[2J\n")
        yield


@contextlib.contextmanager
def many_connections(address):
    assert allow_open_files(2 * MANY)
    with contextlib.ExitStack() as stack:
        for _ in range(MANY):
            with contextlib.suppress(ConnectionError):  # a server of one client may be gone by then
                stack.enter_context(connected(address))
        yield


def sending(*openings):
    """A connection for each of them, all open at the same time."""
    @contextlib.contextmanager
    def attack(address):
        with contextlib.ExitStack() as stack:
            for opening in openings:
                with contextlib.suppress(OSError):  # a server of one client may be gone by then
                    stack.enter_context(connected(address)).sendall(opening)
            yield
    return attack


FOUR_GIB = 0xffffffff

a_length_of_four_gib = sending(
    struct.pack(">I", FOUR_GIB) + b"x" * 1000,
    MAGIC + b"\0" * 4 + struct.pack(">I", FOUR_GIB) + b"\0" * 8 + b"x" * 1000,
    MAGIC + b"\0" * 4 + struct.pack(">I", 100) + b"\0" * 8 + b"x" * 100,  # and a damaged frame
    b"\xdd" + struct.pack(">I", FOUR_GIB),        # msgpack: an array
    b"\x9b" + struct.pack(">Q", FOUR_GIB),        # CBOR: an array
    b"\x80\x04\x8d" + struct.pack("<Q", FOUR_GIB))  # pickle: a text

bad_names = sending(*map(named, NAMES))


def evil_pickles(marker):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch '{marker}'",)
    return [sending(pickle.dumps(Evil(), protocol)) for protocol in range(2, 6)]


ATTACKS = [silent, one_byte_a_second, six_bytes_a_second, closes_half_way, resets,
           ten_megabytes_without_a_newline, invalid_utf8, many_connections]
for name in ["a_length_of_four_gib", "bad_names"]:
    globals()[name].__name__ = name


# By datagrams

GARBAGE = [b"", b"\0", b"\xff" * 1400, MAGIC, MAGIC + bytes(100), b"\xbdWC\x01" + bytes(50),
           b"\xbdWE\x01", b"\xbdWE\x01" + bytes(100), b"__END__", b"ACK", b"A" * 30]


def datagram_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
    sock.bind(("127.0.0.1", 0))
    return sock


def sending_datagrams(name, *datagrams):
    def attack(address):
        with datagram_socket() as sock:
            for datagram in datagrams:
                sock.sendto(datagram, address)
    attack.__name__ = name
    return attack


def many_senders(address):
    """Each has an address of its own, and all are there at the same time."""
    assert allow_open_files(2 * MANY)
    with contextlib.ExitStack() as stack:
        for number in range(MANY):
            sock = stack.enter_context(datagram_socket())
            sock.sendto(b"I am number %d" % number, address)


DATAGRAMS = [
    sending_datagrams("garbage", *GARBAGE),
    sending_datagrams("oversize", b"x" * 65507),
    sending_datagrams("invalid_utf8_datagrams", b"\xff\xfe\x1b[2J"),
    sending_datagrams("names", *NAMES, *(MAGIC + name for name in NAMES)),
    many_senders,
]
