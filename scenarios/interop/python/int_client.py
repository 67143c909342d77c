"""4.5: sends two integers."""

import socket

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 6000))
client.sendall("12 30".encode())
print("Integers sent")
client.close()
