"""Q8: five electorates vote for A or B, and each counts everybody's votes."""

import socket
import struct

GROUP, PORT = "224.1.1.1", 6010
ELECTORATES = 5

ballot_box = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ballot_box.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
ballot_box.bind(("", PORT))
membership = struct.pack("4sl", socket.inet_aton(GROUP), socket.INADDR_ANY)
ballot_box.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)

vote = input("Vote for A or B: ").strip().upper()
while vote not in ("A", "B"):
    vote = input("A or B, please: ").strip().upper()
voter = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
voter.sendto(vote.encode(), (GROUP, PORT))

votes = {}
while len(votes) < ELECTORATES:
    message, address = ballot_box.recvfrom(1)
    votes.setdefault(address, message.decode())
tally = list(votes.values())
a, b = tally.count("A"), tally.count("B")
print(f"Tally: A {a}, B {b}")
if a == b:
    print("It is a tie")
else:
    print("Winner:", "A" if a > b else "B")
