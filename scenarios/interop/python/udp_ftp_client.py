"""Q1b: sends a text file over datagrams, one line in each."""

import socket

SERVER = ("127.0.0.1", 45010)
name = input("File to send: ")
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.sendto(name.encode(), SERVER)
with open(name) as file:
    for line in file:
        client.sendto(line.rstrip("\n").encode(), SERVER)
client.sendto(b"__END__", SERVER)
client.close()
print("File sent")
