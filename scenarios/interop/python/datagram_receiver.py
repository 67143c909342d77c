"""3.1: prints one message and who sent it, and ends."""

import socket

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 5000))
print("Receiver is waiting...")
message, address = receiver.recvfrom(40)
print("Received:", message.decode())
print("From:", address)
receiver.close()
