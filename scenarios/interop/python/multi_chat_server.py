"""Q6: a chat with many clients at once, a thread for each; the operator answers one at a time."""

import socket
import threading

operator = threading.Lock()


def chat(connection, number):
    while message := connection.recv(1024):
        with operator:
            print(f"Client {number}:", message.decode().strip())
            reply = input(f"To client {number}: ")
        connection.sendall(reply.encode())
    print(f"Client {number} has left")
    connection.close()


server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 46100))
server.listen(5)
clients = 0
while True:
    connection, address = server.accept()
    clients += 1
    threading.Thread(target=chat, args=(connection, clients)).start()
