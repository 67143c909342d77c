"""Q5b: a chat of two equal peers in turn; who types first begins."""

import select
import socket
import sys

my_port, peer = int(sys.argv[1]), ("127.0.0.1", int(sys.argv[2].rpartition(":")[2]))
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", my_port))
try:
    ready, _, _ = select.select([sys.stdin, sock], [], [])
    my_turn = sock not in ready
    while True:
        if my_turn:
            sock.sendto(input("You: ").encode(), peer)
        else:
            message, address = sock.recvfrom(1000)
            print("Peer:", message.decode())
        my_turn = not my_turn
except (KeyboardInterrupt, EOFError):
    print("Chat ended")
sock.close()
