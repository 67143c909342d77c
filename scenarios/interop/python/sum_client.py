"""4.6: asks for a sum and tells how long it took."""

import socket
import time

count = input("Enter count: ")
begin = time.time()
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 4000))
client.sendall(count.encode())
print("Sum:", client.recv(1024).decode())
print(f"Time: {time.time() - begin:.2f} s")
client.close()
