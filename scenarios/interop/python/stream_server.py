"""Q4: streams files in datagrams of random size, 10 ms apart."""

import os
import random
import socket
import time

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 45300))
while True:
    name, client = server.recvfrom(1024)
    name = os.path.basename(name.decode())
    if not os.path.exists(name):
        server.sendto(b"ERR:FILE_NOT_FOUND", client)
        continue
    sent = 0
    with open(name, "rb") as file:
        while part := file.read(random.randint(1000, 2000)):
            server.sendto(part, client)
            sent += 1
            time.sleep(0.01)
    server.sendto(b"__STREAM_END__", client)
    print(f"Streamed {name} in {sent} datagrams")
