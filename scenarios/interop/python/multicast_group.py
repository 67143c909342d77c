"""5.2: sends one message on Enter and prints every message of the group, until Ctrl+C."""

import socket
import struct
import sys
import threading

GROUP, PORT = "224.1.1.1", 6000

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("", PORT))
membership = struct.pack("4sl", socket.inet_aton(GROUP), socket.INADDR_ANY)
sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)


def receive():
    while True:
        message, address = sock.recvfrom(1024)
        print("Received:", message.decode(), flush=True)


threading.Thread(target=receive, daemon=True).start()
try:
    input("Press Enter to send...\n")
    sock.sendto(f"Hello from {sys.argv[1]}!".encode(), (GROUP, PORT))
    while True:
        pass
except KeyboardInterrupt:
    print("Left the group")
