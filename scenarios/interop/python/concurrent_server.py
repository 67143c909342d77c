"""4.6.2: adds 1 to count, slowly, with a thread for each client."""

import socket
import threading
import time


def serve(connection):
    count = int(connection.recv(1024).decode())
    total = 0
    for i in range(1, count + 1):
        total += i
        time.sleep(0.2)
    connection.sendall(str(total).encode())
    connection.close()
    print("Served a count of", count)


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 4000))
server.listen(5)
while True:
    connection, address = server.accept()
    threading.Thread(target=serve, args=(connection,)).start()
