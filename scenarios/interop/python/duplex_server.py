"""4.2: greets a client and prints what it answers."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 3456))
server.listen(1)
connection, address = server.accept()
connection.sendall(b"Hello Client, connection established!\n")
print("Client says:", connection.recv(1024).decode(), end="")
connection.close()
server.close()
