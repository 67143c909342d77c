"""Q5a: a chat with one client, which begins."""

import socket

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 46000))
server.listen(1)
connection, address = server.accept()
print("A client is here")
try:
    while message := connection.recv(1024):
        print("Client:", message.decode().strip())
        connection.sendall(input("You: ").encode())
    print("The client has left")
except (KeyboardInterrupt, EOFError):
    print("Chat ended")
connection.close()
server.close()
