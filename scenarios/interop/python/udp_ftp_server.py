"""Q1b: receives text files over datagrams, one line in each."""

import os
import socket

os.makedirs("received", exist_ok=True)
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 45010))
print("FTP server is running")
while True:
    name, address = server.recvfrom(1024)
    name = os.path.basename(name.decode())
    lines = 0
    with open(os.path.join("received", name), "w") as file:
        while True:
            line, address = server.recvfrom(65535)
            if line == b"__END__":
                break
            file.write(line.decode() + "\n")
            lines += 1
    print(f"Received {name}: {lines} lines")
