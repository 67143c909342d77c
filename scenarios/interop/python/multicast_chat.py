"""Q7: a chat of any number of members; an empty line or the end of input leaves it."""

import socket
import struct
import sys
import threading

GROUP, PORT = "224.1.1.1", 6000
name = sys.argv[1]

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("", PORT))
membership = struct.pack("4sl", socket.inet_aton(GROUP), socket.INADDR_ANY)
sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)


def receive():
    while True:
        message, address = sock.recvfrom(1024)
        print(message.decode())


threading.Thread(target=receive, daemon=True).start()
print("Joined the chat")
try:
    while line := input():
        sock.sendto(f"{name}: {line}".encode(), (GROUP, PORT))
except (EOFError, KeyboardInterrupt):
    pass
print("Left the chat")
