"""3.2: sends one message and prints the answer."""

import socket

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.sendto("Hello Receiver-Sender!".encode(), ("127.0.0.1", 6000))
reply, address = sock.recvfrom(60)
print("Reply:", reply.decode())
print("From:", address)
sock.close()
