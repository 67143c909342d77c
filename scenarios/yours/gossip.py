"""Gossip: every process begins with one rumour, and all end with everybody's.

    gossip.py NAME PORT NAME=HOST:PORT,NAME=HOST:PORT,...

Now and then each tells a random other one all that it knows. A lost datagram does no harm: the same is
told again. Whoever knows everything goes on for a while, for those who do not.
"""

import random
import select
import socket
import sys
import time

ROUND_S = 0.02
ROUNDS_AFTER_ALL = 40
PATIENCE_S = 20


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main(name, port, others):
    peers = {peer: address(where) for peer, _, where in (one.partition("=") for one in others.split(","))}
    everybody = {name, *peers}
    known = {name}
    rounds_left = ROUNDS_AFTER_ALL
    deadline = time.monotonic() + PATIENCE_S
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", int(port)))
        while rounds_left > 0:
            if time.monotonic() > deadline:
                sys.exit(f"{name} never heard of {', '.join(sorted(everybody - known))}")
            sock.sendto(" ".join(sorted(known)).encode(), peers[random.choice(list(peers))])
            while select.select([sock], [], [], ROUND_S)[0]:
                try:
                    known |= set(sock.recv(2000).decode().split())
                except ConnectionRefusedError:
                    pass  # the other one does not listen yet, or has ended
            rounds_left -= known == everybody
    print(name, "knows", *sorted(known))


main(*sys.argv[1:])
