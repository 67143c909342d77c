"""Q1a: receives files over connections; each unit is acknowledged."""

import os
import socket
import struct


def receive_exactly(connection, size):
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionError("the client has gone")
        data += part
    return data


os.makedirs("received", exist_ok=True)
server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 45000))
server.listen(5)
print("FTP server is running")
while True:
    connection, address = server.accept()
    length, = struct.unpack("!I", receive_exactly(connection, 4))
    name = os.path.basename(receive_exactly(connection, length).decode())
    units = 0
    with open(os.path.join("received", name), "wb") as file:
        while True:
            unit = connection.recv(100)
            if unit in (b"__END__", b""):
                break
            file.write(unit)
            units += 1
            connection.sendall(b"ACK")
    connection.close()
    print(f"Received {name} in {units} units")
