"""4.3: prints the greeting and thanks for it."""

import socket

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 3456))
print(client.recv(1024).decode(), end="")
client.sendall(b"Thanks Server!")
client.close()
