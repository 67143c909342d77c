"""4.3: greets one client after the other, for ever."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 3456))
server.listen(5)
number = 0
try:
    while True:
        connection, address = server.accept()
        number += 1
        connection.sendall(b"Hello! You are connected to the iterative server.\n")
        print(f"Client {number} says:", connection.recv(1024).decode())
        connection.close()
except KeyboardInterrupt:
    print("Server stopped")
    server.close()
