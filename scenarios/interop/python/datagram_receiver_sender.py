"""3.2: prints one message and answers it."""

import socket

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", 6000))
message, address = sock.recvfrom(60)
print("Received:", message.decode())
sock.sendto("Hello back to sender!".encode(), address)
sock.close()
