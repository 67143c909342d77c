"""4.6.1: adds 1 to count, slowly, for one client at a time."""

import socket
import time

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 4000))
server.listen(5)
while True:
    connection, address = server.accept()
    count = int(connection.recv(1024).decode())
    total = 0
    for i in range(1, count + 1):
        total += i
        time.sleep(0.2)
    connection.sendall(str(total).encode())
    connection.close()
    print("Served a count of", count)
