"""4.5: prints two integers and their sum."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 6000))
server.listen(1)
connection, address = server.accept()
a, b = map(int, connection.recv(1024).decode().split())
print("Received:", a, "and", b)
print("Sum:", a + b)
connection.close()
server.close()
