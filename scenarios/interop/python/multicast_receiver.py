"""5.1: prints one message to the group."""

import socket
import struct

GROUP, PORT = "224.1.1.1", 5007

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
receiver.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
receiver.bind(("", PORT))
membership = struct.pack("4sl", socket.inet_aton(GROUP), socket.INADDR_ANY)
receiver.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
print("Waiting for a message...")
message, address = receiver.recvfrom(100)
print("Received:", message.decode())
receiver.setsockopt(socket.IPPROTO_IP, socket.IP_DROP_MEMBERSHIP, membership)
receiver.close()
