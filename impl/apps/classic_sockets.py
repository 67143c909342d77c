"""Sockets of small classic peers, and the ways in which they send."""

import socket
import time


def listening_tcp():
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(10)
    return server, server.getsockname()[1]


def udp_socket():
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    sock.settimeout(10)
    return sock, sock.getsockname()[1]


def connected(address):
    sock = socket.create_connection(address, timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def all_of(sock):
    data = b""
    while piece := sock.recv(4096):
        data += piece
    return data


# How a classic sender may put its bytes on the wire: in one piece; one by one; each with the
# connection open behind it or half-closed.
def whole(sock, data):
    sock.sendall(data)


def byte_by_byte(sock, data):
    for byte in data:
        sock.sendall(bytes([byte]))
        time.sleep(0.005)


def half_closed(sock, data):
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)


def with_newline(sock, data):
    sock.sendall(data + b"\n")


SENDERS = [whole, byte_by_byte, half_closed, with_newline]
