"""Q1b, made reliable: numbered units, each acknowledged, written once and in order."""

import socket
import struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 45010))
expected, copies, file = 0, 0, None
while True:
    datagram, client = server.recvfrom(2048)
    number, = struct.unpack("!I", datagram[:4])
    data = datagram[4:]
    if number == expected:
        expected += 1
        if number == 0:
            file = open("received_" + data.decode(), "wb")
        elif data:
            file.write(data)
        else:
            file.close()
            print(f"Received {number - 1} units")
    else:
        copies += 1
        print("Again:", number)
    server.sendto(struct.pack("!I", number), client)
