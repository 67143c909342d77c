"""Q6: a chat with the operator of the server; the client begins."""

import socket

client = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
client.connect(("127.0.0.1", 46100))
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
