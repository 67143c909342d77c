"""Q5a: a chat with the server; the client begins."""

import socket
import sys

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 46000))
try:
    while True:
        client.sendall(input("You: ").encode())
        reply = client.recv(1024)
        if not reply:
            print("The server has left")
            break
        print("Server:", reply.decode().strip())
except (KeyboardInterrupt, EOFError):
    print("Chat ended")
client.close()
