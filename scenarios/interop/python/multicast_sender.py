"""5.1: sends one message to the group."""

import socket

sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_UDP)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
sender.sendto(b"Hello Multicast Group!", ("224.1.1.1", 5007))
print("Message sent")
sender.close()
