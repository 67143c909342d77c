#!/usr/bin/env python3
"""Draws the pictures of these pages from the models themselves.

usage: PYTHONPATH=build/ci/python docs/impairments/pictures.py [NAME…]
Needs python3-matplotlib. The same models draw the same pictures; rebind.svg and tcp.svg are measured,
so not these.
"""

import math
import pathlib
import socket
import struct
import sys
import threading
import time

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({
    "svg.hashsalt": "badwire", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False,
    "axes.titlesize": 10, "axes.titlelocation": "left", "figure.constrained_layout.use": True,
})
import matplotlib.pyplot as plt  # noqa: E402  after the settings

import badwire  # noqa: E402

HERE = pathlib.Path(__file__).parent
BLUE, RED, GREY = "#3465a4", "#cc0000", "#babdb6"
PACKETS = 20_000


def fates(link, count=PACKETS, apart_s=0.0, size=64):
    model = badwire.LinkModel(link, seed=1)
    return [model.decide(struct.pack(">I", i).ljust(size, b"."), at_s=i * apart_s)
            for i in range(count)]


def bursts(met):
    lengths, run = [], 0
    for fate in met:
        if fate.dropped:
            run += 1
        elif run:
            lengths.append(run)
            run = 0
    return lengths


def loss():
    p, r = 0.025, 0.225
    figure, (strips, lengths) = plt.subplots(2, 1, figsize=(7, 4), height_ratios=[1, 1.6])
    for row, (name, asked) in enumerate([
            ("gilbert-elliott\np 0.025, r 0.225", {"model": "gilbert-elliott", "p": p, "r": r}),
            ("bernoulli 0.1", 0.1)]):
        met = fates({"loss": asked})
        lost = [i for i, fate in enumerate(met[:600]) if fate.dropped]
        strips.vlines(lost, row + 0.1, row + 0.9, color=RED, linewidth=1)
        found = bursts(met)
        share = [found.count(n) / len(found) for n in range(1, 16)]
        lengths.bar([n + (0.2 if row else -0.2) for n in range(1, 16)], share, 0.4,
                    color=GREY if row else RED, label=name.replace("\n", ", "))
    strips.set(yticks=[0.5, 1.5], yticklabels=["gilbert-elliott", "bernoulli"], xlim=(0, 600),
               title="Lost among 600 packets: both lose 10 %", xlabel="packet")
    lengths.plot(range(1, 16), [r * (1 - r) ** (n - 1) for n in range(1, 16)], "k.-", linewidth=0.8,
                 label="closed form: r (1 - r)^(n - 1)")
    lengths.set(title="Length of bursts", xlabel="packets lost one after the other", ylabel="share")
    lengths.legend(frameon=False)
    return figure


def delay():
    def normal(x, mean, deviation):
        return math.exp(-((x - mean) / deviation) ** 2 / 2) / deviation / math.sqrt(2 * math.pi)
    variance = math.log(1 + 0.25)
    mu = math.log(20) - variance / 2
    kinds = [
        ("uniform 10 to 30 ms", {"uniform": ["10ms", "30ms"]},
         lambda x: 0.05 if 10 <= x <= 30 else 0),
        ("normal, mean 20, stddev 3 ms", {"normal": {"mean": "20ms", "stddev": "3ms"}},
         lambda x: normal(x, 20, 3)),
        ("lognormal, mean 20, stddev 10 ms", {"lognormal": {"mean": "20ms", "stddev": "10ms"}},
         lambda x: normal(math.log(x), mu, math.sqrt(variance)) / x if x > 0 else 0),
        ("pareto, scale 10 ms, shape 2.5", {"pareto": {"scale": "10ms", "shape": 2.5}},
         lambda x: 2.5 / 10 * (10 / x) ** 3.5 if x >= 10 else 0),
    ]
    figure, axes = plt.subplots(3, 2, figsize=(7, 6))
    xs = [x / 5 for x in range(0, 300)]
    for place, (name, asked, density) in zip(axes.flat, kinds):
        delays = [fate.delay_ms for fate in fates({"delay": asked})]
        place.hist(delays, bins=60, range=(0, 60), density=True, color=GREY)
        place.plot(xs, [density(x) for x in xs], color=BLUE, linewidth=1)
        place.set(title=name, xlabel="ms", yticks=[])
    for place, correlation in zip(axes[2], (0, 0.9)):
        asked = {"normal": {"mean": "20ms", "stddev": "3ms"}, "correlation": correlation}
        place.plot([fate.delay_ms for fate in fates({"delay": asked}, 200)], color=BLUE,
                   linewidth=0.8)
        place.set(title=f"normal, correlation {correlation}", xlabel="packet", ylabel="ms",
                  ylim=(8, 32))
    return figure


def duplicate():
    met = fates({"delay": "3ms", "duplicate": {"probability": 0.15, "copies": [1, 3], "after": "2ms"}},
                60, apart_s=0.001)
    figure, axes = plt.subplots(figsize=(7, 2.6))
    axes.plot([i + fate.delay_ms for i, fate in enumerate(met)], range(60), ".", color=BLUE,
              label="the packet itself")
    copies = [(i + fate.delay_ms + 2 * n, i) for i, fate in enumerate(met)
              for n in range(1, fate.copies + 1)]
    axes.plot(*zip(*copies), "x", color=RED, label="a copy")
    axes.set(title="A packet a millisecond, 15 % of them copied", xlabel="arrival, ms",
             ylabel="packet")
    axes.legend(frameon=False)
    return figure


def arrival_order(met):
    """As a carrier does it: a packet that is held back follows its last overtaker."""
    order, held = [], []
    for i, fate in enumerate(met):
        if fate.overtakers:
            held.append([fate.overtakers, i])
            continue
        order.append(i)
        for one in held:
            one[0] -= 1
        order += [packet for left, packet in held if left == 0]
        held = [one for one in held if one[0] > 0]
    return order + [packet for _, packet in held]


def reorder():
    met = fates({"reorder": {"probability": 0.1, "extent": [1, 6]}}, 80)
    order = arrival_order(met)
    position = {packet: at for at, packet in enumerate(order)}
    figure, axes = plt.subplots(figsize=(7, 2.6))
    for held, color, mark, label in ((False, BLUE, ".", "not held back"), (True, RED, "x", "held back")):
        chosen = [i for i, fate in enumerate(met) if bool(fate.overtakers) == held]
        axes.plot(chosen, [position[i] - i for i in chosen], mark, color=color, label=label)
    axes.set(title="10 % of the packets are overtaken by 1 to 6 others", xlabel="sent as number",
             ylabel="arrived later by\n(packets)")
    axes.legend(frameon=False)
    return figure


def corrupt():
    model = badwire.LinkModel({"corrupt": {"probability": 0.5, "bits": [1, 8]}}, seed=1)
    points = []
    for i in range(60):
        sent = struct.pack(">I", i).ljust(32, b".")
        came = model.decide(sent).payload
        points += [(i, 8 * at + bit) for at in range(32) for bit in range(8)
                   if (sent[at] ^ came[at]) & (0x80 >> bit)]
    figure, axes = plt.subplots(figsize=(7, 2.6))
    axes.plot(*zip(*points), "s", color=RED, markersize=2.5)
    axes.set(title="Half of the packets have 1 to 8 bits flipped", xlabel="packet", ylabel="bit",
             ylim=(0, 256), yticks=[0, 128, 256])
    return figure


def rate():
    figure, places = plt.subplots(1, 2, figsize=(7, 3))
    for place, (title, asked) in zip(places, [
            ("1 Mbit/s, a queue of 10 packets", {"limit": "1Mbit/s", "queue": {"packets": 10}}),
            ("a trace: 0, 4, 4, 9, 15, 40, 60 ms",
             {"trace": [0, 4, 4, 9, 15, 40, 60], "queue": {"packets": 10}})]):
        met = fates({"rate": asked}, 100, apart_s=0.002, size=500)
        sent = [2 * i for i in range(100)]
        left = [(at + fate.delay_ms, i) for i, (at, fate) in enumerate(zip(sent, met))
                if not fate.dropped]
        dropped = [(at, i) for i, (at, fate) in enumerate(zip(sent, met)) if fate.dropped]
        place.plot(sent, range(100), color=GREY, label="offered: 2 Mbit/s")
        place.plot(*zip(*left), ".", color=BLUE, markersize=3, label="leaves")
        place.plot(*zip(*dropped), "x", color=RED, markersize=4, label="dropped")
        place.set(title=title, xlabel="ms", ylabel="packet")
        place.legend(frameon=False)
    return figure


def waits(aqm):
    """When packets of 1000 bytes were sent over 1 Mbit/s, 1.15 Mbit/s of them for 6 s and then half of it, and how
    much later each came that was not dropped: (seconds, milliseconds)."""
    world, waited = badwire.World(seed=1), []

    async def receiver(net):
        sock = net.udp_socket(port=5000)
        while True:
            data, _ = await sock.recvfrom()
            sent = struct.unpack(">d", data[:8])[0]
            waited.append((sent, 1000 * (net.now - sent)))

    async def sender(net):
        sock = net.udp_socket()
        while net.now < 9:
            sock.sendto(struct.pack(">d", net.now).ljust(1000, b"."), 5000)
            await net.sleep(0.008 / (1.15 if net.now < 6 else 0.5))

    world.process("receiver", receiver)
    world.process("sender", sender)
    world.link("wan", ("sender", "receiver"), up={"rate": "1Mbit/s", **({"aqm": aqm} if aqm else {})})
    world.run(until=12)
    return waited


def aqm():
    figure, axes = plt.subplots(figsize=(7, 3))
    for name, asked, color in [("tail drop, 100 packets", None, GREY), ("CoDel", "codel", BLUE), ("PIE", "pie", RED)]:
        axes.plot(*zip(*waits(asked)), color=color, linewidth=1, label=name)
    axes.set(title="1.15 Mbit/s over 1 Mbit/s for 6 s, then 0.5 Mbit/s: what packets waited", xlabel="s", ylabel="ms")
    axes.legend(frameon=False)
    return figure


def mtu():
    model = badwire.LinkModel({"mtu": 1400}, seed=1)
    sizes = [100 + 37 * i % 1900 for i in range(120)]
    met = [model.decide(bytes(size)) for size in sizes]
    figure, axes = plt.subplots(figsize=(7, 2.2))
    for dropped, color, mark, label in ((False, BLUE, ".", "passes"), (True, RED, "x", "dropped")):
        chosen = [(i, size) for i, (size, fate) in enumerate(zip(sizes, met)) if fate.dropped == dropped]
        axes.plot(*zip(*chosen), mark, color=color, markersize=4, label=label)
    axes.axhline(1400, color="black", linewidth=0.8)
    axes.set(title="An MTU of 1400 bytes", xlabel="packet", ylabel="bytes")
    axes.legend(frameon=False)
    return figure


def cut():
    link = {"delay": {"uniform": ["5ms", "8ms"]},
            "schedule": [{"at": "300ms", "for": "200ms", "cut": True},
                         {"at": "700ms", "delay": {"uniform": ["20ms", "30ms"]}}]}
    met = fates(link, 500, apart_s=0.002)
    figure, axes = plt.subplots(figsize=(7, 2.4))
    passed = [(2 * i, fate.delay_ms) for i, fate in enumerate(met) if not fate.dropped]
    dropped = [2 * i for i, fate in enumerate(met) if fate.dropped]
    axes.plot(*zip(*passed), ".", color=BLUE, markersize=3)
    axes.plot(dropped, [0] * len(dropped), "x", color=RED, markersize=3)
    axes.set(title="Cut from 300 to 500 ms, a longer way from 700 ms on", xlabel="sent at, ms",
             ylabel="delay, ms")
    return figure


def rebind():
    figure, axes = plt.subplots(figsize=(7, 2.4))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        server.settimeout(0.02)
        client.settimeout(0.02)
        link = {"rebind": {"after_idle": "300ms"}}
        with badwire.Relay(to=server.getsockname(), link=link) as relay:
            began, ports, seen = time.monotonic(), [], None
            for tick in range(60):
                if tick < 10 or tick >= 40:
                    client.sendto(b"hello", relay.address)
                    seen = server.recvfrom(100)[1]
                    ports.append(seen) if seen not in ports else None
                    axes.plot(tick * 20, 1, ".", color=(BLUE, RED)[ports.index(seen)])
                server.sendto(b"reply", seen)
                try:
                    client.recv(100)
                    axes.plot(tick * 20, 0, ".", color=(BLUE, RED)[ports.index(seen)])
                except TimeoutError:
                    axes.plot(tick * 20, 0, "x", color=GREY)
                time.sleep(max(0, began + (tick + 1) * 0.02 - time.monotonic()))
    axes.set(title="A NAT that forgets after 300 ms of silence: red is a new port, grey is lost",
             xlabel="ms", yticks=[0, 1], yticklabels=["replies", "client"], ylim=(-0.5, 1.5))
    return figure


def exact():
    link = {"exact": [{"match": {"kind": "ack", "unit": 7}, "nth": 2}]}
    model = badwire.LinkModel(link, seed=1)
    acks = [n for n in range(1, 12) for _ in range(2)]
    figure, axes = plt.subplots(figsize=(7, 2.2))
    for i, unit in enumerate(acks):
        datagram = b"\xbdWF\x01\x03\0\0\0sess" + struct.pack(">I", unit) + b"sum."
        dropped = model.decide(datagram).dropped
        axes.plot([i], [unit], "x" if dropped else ".", color=RED if dropped else BLUE)
        if dropped:
            axes.annotate("dropped by exact rule 1", (i, unit), (i + 1, unit - 3), color=RED)
    axes.set(title="Every acknowledgment comes twice", xlabel="packet", ylabel="unit")
    return figure


def tcp():
    payload = bytes(60_000)
    figure, axes = plt.subplots(figsize=(7, 3))
    for name, asked in [
            ("1 Mbit/s", {}),
            ("slices of 1000 bytes, 15 ms apart", {"slice": {"bytes": 1000, "gap": "15ms"}}),
            ("stalled after 20000 bytes for 300 ms", {"stall_after_bytes": 20000, "stall_for": "300ms"}),
            ("closed after 45000 bytes", {"close_after_bytes": 45000})]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            def serve():
                with server.accept()[0] as peer:
                    peer.sendall(payload)
            threading.Thread(target=serve, daemon=True).start()
            link = {"rate": "1Mbit/s", "down": {"tcp": asked}}
            with badwire.Relay(to=server.getsockname(), link=link) as relay, \
                    socket.create_connection(relay.address) as client:
                began, got, points = time.monotonic(), 0, [(0.0, 0)]
                while piece := client.recv(1000):
                    got += len(piece)
                    points.append((1000 * (time.monotonic() - began), got))
        axes.step(*zip(*points), where="post", linewidth=1, label=name)
    axes.set(title="60000 bytes over a link of 1 Mbit/s, measured", xlabel="ms", ylabel="bytes arrived")
    axes.legend(frameon=False)
    return figure


def main():
    drawers = [loss, delay, duplicate, reorder, corrupt, rate, aqm, mtu, cut, rebind, exact, tcp]
    wanted = sys.argv[1:] or [drawer.__name__ for drawer in drawers]
    for drawer in drawers:
        if drawer.__name__ in wanted:
            drawer().savefig(HERE / f"{drawer.__name__}.svg", metadata={"Date": None})


main()
