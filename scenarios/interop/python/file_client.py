"""Q2: fetches a file from the file server."""

import socket
import struct
import sys

name = input("File to fetch: ")
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 45100))
client.sendall(struct.pack("!I", len(name)) + name.encode())
status = client.recv(1024).decode()
if status != "OK":
    print(status)
    sys.exit(1)
with open("received_" + name, "wb") as file:
    while part := client.recv(1000):
        file.write(part)
client.close()
print("File received")
