"""3.1: sends one message."""

import socket

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.sendto("Hello Receiver!".encode(), ("127.0.0.1", 5000))
print("Message sent")
sender.close()
