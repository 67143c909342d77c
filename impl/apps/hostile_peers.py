"""Clients that a TCP server must outlive. Each is a context: the attack lasts as long as it."""

import contextlib
import socket
import struct
import threading

from classic_sockets import connected


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@contextlib.contextmanager
def silent(address):
    with connected(address):
        yield


@contextlib.contextmanager
def one_byte_a_second(address):
    done = threading.Event()

    def drip():
        with contextlib.suppress(OSError), connected(address) as sock:
            while not done.wait(1):
                sock.sendall(b"1")

    thread = threading.Thread(target=drip)
    thread.start()
    yield
    done.set()
    thread.join()


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


@contextlib.contextmanager
def ten_megabytes_without_a_newline(address):
    with contextlib.suppress(OSError), connected(address) as sock:
        sock.sendall(b"1" * 10_000_000)
    yield


@contextlib.contextmanager
def invalid_utf8(address):
    with connected(address) as sock:
        sock.sendall(b"\xff\xfe\x00\x1b[2J\n")
        yield


HOSTILE = [silent, one_byte_a_second, closes_half_way, resets, ten_megabytes_without_a_newline,
           invalid_utf8]


@contextlib.contextmanager
def many_connections(address, count):
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(connected(address))
        yield
