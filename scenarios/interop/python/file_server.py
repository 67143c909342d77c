"""Q2: sends files to many clients at once, a thread for each."""

import os
import socket
import struct
import threading
import time


def send_file(connection, name):
    if os.path.isfile(name):
        connection.sendall(b"OK")
        time.sleep(0.2)
        with open(name, "rb") as file:
            while part := file.read(1000):
                connection.sendall(part)
                time.sleep(0.2)
        print("Sent", name)
    else:
        connection.sendall(b"ERR:FILE_NOT_FOUND")
        print("No such file:", name)
    connection.close()


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 45100))
server.listen(5)
while True:
    connection, address = server.accept()
    length, = struct.unpack("!I", connection.recv(4))
    name = os.path.basename(connection.recv(length).decode())
    threading.Thread(target=send_file, args=(connection, name)).start()
