"""4.2: prints the greeting and thanks for it."""

import socket

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 3456))
print("Server says:", client.recv(1024).decode(), end="")
client.sendall(b"Thank you Server. I received your message!\n")
client.close()
