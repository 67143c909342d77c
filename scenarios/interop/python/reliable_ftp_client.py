"""Q1b, made reliable: each unit is sent again until it is acknowledged; an empty one ends the file."""

import socket
import struct
import time

SERVER = ("127.0.0.1", 45010)
name = input("File to send: ")
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(0.5)
again = 0


def send(number, data):
    global again
    while True:
        client.sendto(struct.pack("!I", number) + data, SERVER)
        try:
            while struct.unpack("!I", client.recvfrom(4)[0])[0] != number:
                pass
            return
        except socket.timeout:
            again += 1


begin = time.time()
send(0, name.encode())
number = 1
with open(name, "rb") as file:
    while unit := file.read(100):
        send(number, unit)
        number += 1
send(number, b"")
print(f"File sent in {time.time() - begin:.1f} s, {again} times again")
