"""4.1: welcomes the first client."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 3456))
server.listen(1)
connection, address = server.accept()
print("Connected to", address)
connection.sendall(b"Welcome! You have successfully connected to the server.\n")
connection.close()
server.close()
