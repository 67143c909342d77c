"""Small ends of a stream (Q4), written to the course's classic wire."""

import threading
import time

from classic_sockets import udp_socket

END = b"__STREAM_END__"
NOT_FOUND = b"ERR:FILE_NOT_FOUND"


def fetch_classic(address, name, sock=None):
    """The units that arrive, and when."""
    sock = sock or udp_socket()[0]
    sock.sendto(name, address)
    units, times = [], []
    while (unit := sock.recv(65536)) != END:
        units.append(unit)
        times.append(time.monotonic())
        if unit == NOT_FOUND:
            break
    return units, times


class classic_server(threading.Thread):
    """Answers one request as the course says: some units, and an end unless it is held back."""

    def __init__(self, units, end=True, pause=0.002, stranger=False):
        super().__init__(daemon=True)
        self.sock, self.port = udp_socket()
        self.units, self.end, self.pause, self.stranger = units, end, pause, stranger
        self.start()

    def run(self):
        self.asked, client = self.sock.recvfrom(65536)
        for unit in self.units:
            if self.stranger:
                udp_socket()[0].sendto(b"intruder", client)
            self.sock.sendto(unit, client)
            time.sleep(self.pause)
        if self.end:
            self.sock.sendto(END, client)


def in_units(contents, size=1500):
    return [contents[at:at + size] for at in range(0, len(contents), size)]
