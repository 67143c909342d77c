"""Q4: receives a stream, and starts a player on it once 50,000 bytes are there."""

import socket
import subprocess
import sys

PLAYER = ["wc", "-c"]
name = input("File to stream: ")
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(2)
client.sendto(name.encode(), ("127.0.0.1", 45300))
size, player = 0, None
with open("received_" + name, "wb") as file:
    while True:
        try:
            part, server = client.recvfrom(2048)
        except socket.timeout:
            print("The end of the stream is missing")
            break
        if part == b"ERR:FILE_NOT_FOUND":
            print(part.decode())
            sys.exit(1)
        if part == b"__STREAM_END__":
            print("End of stream")
            break
        file.write(part)
        file.flush()
        size += len(part)
        if player is None and size >= 50000:
            print("The player starts", flush=True)
            player = subprocess.Popen(PLAYER + ["received_" + name])
if player:
    player.wait()
print("Received", size, "bytes")
