"""Q1a: sends a file over a connection; a unit that is not acknowledged is sent again."""

import socket
import struct
import sys

name = input("File to send: ")
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 45000))
client.sendall(struct.pack("!I", len(name)) + name.encode())
client.settimeout(2)
with open(name, "rb") as file:
    while unit := file.read(100):
        for attempt in range(6):
            client.sendall(unit)
            try:
                if client.recv(3) == b"ACK":
                    break
            except socket.timeout:
                print("No ACK, sending again")
        else:
            sys.exit("The server does not answer")
client.sendall(b"__END__")
client.close()
print("File sent")
