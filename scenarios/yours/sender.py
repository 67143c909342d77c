"""Sends messages over UDP, one after the other: each again until it is acknowledged, at most ten times."""

import socket
import sys

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.settimeout(0.2)


def send(number, text):
    for _ in range(10):
        sender.sendto(b"%d %s" % (number, text), ("127.0.0.1", 5000))
        try:
            while sender.recvfrom(2048)[0] != b"ack %d" % number:
                pass  # of an earlier message
            return
        except TimeoutError:
            pass
    sys.exit("nobody answers")


for number, text in enumerate([b"one", b"two", b"three", b"four", b"five"]):
    send(number, text)
