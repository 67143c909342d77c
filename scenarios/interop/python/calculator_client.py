"""Q3: asks the calculator once."""

import socket

a = input("First number: ")
operator = input("Operator: ")
b = input("Second number: ")
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 45200))
client.sendall(f"{a} {operator} {b}".encode())
print("Result:", client.recv(4096).decode())
client.close()
