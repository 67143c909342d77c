"""Takes numbered messages over UDP, in their order and each once, and acknowledges every copy."""

import socket

receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 5000))
expected = 0
while True:
    data, sender = receiver.recvfrom(2048)
    number, text = data.split(b" ", 1)
    if int(number) == expected:
        print("received", text.decode())
        expected += 1
    receiver.sendto(b"ack " + number, sender)
