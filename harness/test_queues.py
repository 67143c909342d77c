"""Managed queues and shared bottlenecks, with programs of anybody's, on every network with links."""

import json
import struct
import sys

import pytest
from hosts_for_tests import hosts  # noqa: F401

SENDER = """
import socket, sys, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, int(sys.argv[3]))
for number in range(int(sys.argv[4])):
    time.sleep(0.001)
    sender.sendto(b"%d" % number + b"." * 998, (sys.argv[1], int(sys.argv[2])))
"""

# Prints how many came with each codepoint, until none has come for a while.
RECEIVER = """
import socket, sys
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.setsockopt(socket.IPPROTO_IP, 13, 1)  # IP_RECVTOS
receiver.bind(("127.0.0.1", int(sys.argv[1])))
found = [0, 0, 0, 0]
try:
    while sum(found) < 80:
        data, beside, flags, sender = receiver.recvmsg(2000, 100)
        receiver.settimeout(1.5)
        found[beside[0][2][0] & 3] += 1
except socket.timeout:
    pass
print(*found)
"""


@pytest.fixture
def stream(badwire):
    """Datagrams of 1000 bytes, one a millisecond, at 1.6 Mbit/s: 5 ms each, with that codepoint."""
    (badwire.folder / "sender.py").write_text(SENDER)
    (badwire.folder / "receiver.py").write_text(RECEIVER)

    def run(network, aqm, codepoint, count=80):
        scenario = badwire.scenario({
            "network": network,
            "links": {"wan": {"rate": "1.6Mbit/s", "aqm": aqm}},
            "capture": True,
            "processes": {
                "server": {"command": [sys.executable, "receiver.py", "${port}"], "stays": False},
                "client": {"command": [sys.executable, "sender.py", "${to.host}", "${to.port}", str(codepoint),
                                       str(count)],
                           "to": "server", "over": "wan"}},
            "expect": [{"exit": {"client": 0, "server": 0}}]})
        said = badwire("run", scenario, "--out", "out")
        run = badwire.results("out")["runs"][0]
        assert run["verdict"] in ("pass", "inconclusive"), said.stdout + said.stderr
        found = [int(word) for word in run["processes"]["server"]["stdout"].split()]
        return found, run["links"]["wan"]["up"]

    return run


NETWORKS = ["relay", "virtual", "hosts"]


@pytest.fixture(autouse=True)
def possible(request):
    given = getattr(request.node, "callspec", None)
    if given and given.params.get("network") == "hosts":
        request.getfixturevalue("hosts")


@pytest.mark.parametrize("network", NETWORKS)
def test_capable_senders_are_marked_and_nothing_is_lost(stream, badwire, network):
    found, up = stream(network, {"codel": {"interval": "20ms", "ecn": True}}, 2)
    assert up["dropped"] == 0 and up["marked"] > 3
    assert found == [0, 0, 80 - up["marked"], up["marked"]]
    assert up["struck"]["aqm"] == up["marked"]
    folder = badwire.folder / "out"
    lines = [json.loads(line) for path in folder.rglob("packets.jsonl") for line in path.read_text().splitlines()]
    assert all(line["ecn"] == 2 for line in lines)
    assert sum(line.get("marked", False) for line in lines) == up["marked"]
    capture = next(folder.rglob("capture.pcapng")).read_bytes()
    offered = capture.count(struct.pack(">BBH", 0x45, 2, 20 + 8 + 999)) + capture.count(
        struct.pack(">BBH", 0x45, 2, 20 + 8 + 1000))
    marked = capture.count(struct.pack(">BB", 0x45, 3) + b"\x04")
    assert offered == 80 + 80 - up["marked"], "each as it came, and the others as they left"
    assert marked == up["marked"]
    assert b"marked: congestion experienced" in capture


@pytest.mark.parametrize("network", NETWORKS)
def test_others_are_dropped_and_counted(stream, network):
    found, up = stream(network, {"codel": {"interval": "20ms", "ecn": True}}, 0)
    assert up["marked"] == 0 and up["not_capable"] == up["dropped_by"]["aqm"] == up["dropped"] > 3
    assert found == [80 - up["dropped"], 0, 0, 0]


@pytest.mark.parametrize("aqm", ["codel", "fq-codel", "pie"])
def test_in_virtual_time_the_same_seed_drops_the_same_packets(stream, badwire, aqm):
    parameters = {"update": "5ms", "burst": "0s"} if aqm == "pie" else {"interval": "20ms"}
    said = []
    for _ in range(2):
        _, up = stream("virtual", {aqm: parameters}, 0, 400)
        assert up["dropped_by"]["aqm"] > 0
        said.append(next((badwire.folder / "out").rglob("packets.jsonl")).read_bytes())
    assert said[0] == said[1]


SHARED = {
    "bottlenecks": {"isp": {"rate": {"limit": "1Mbit/s", "queue": {"packets": 1000}}}},
    "links": {"anna": {"bottleneck": "isp"}, "ben": {"bottleneck": "isp", "delay": "1ms"}},
    "processes": {
        "one": {"program": "datagram-receiver"}, "two": {"program": "datagram-receiver"},
        "a": {"program": "datagram-sender", "to": "one", "over": "anna"},
        "b": {"program": "datagram-sender", "to": "two", "over": "ben"}}}


@pytest.mark.parametrize("change, place, message", [
    ({"links": {"anna": {"bottleneck": "ips"}, "ben": {"bottleneck": "isp"}}}, "/links/anna/bottleneck",
     'no such bottleneck; there is "isp"'),
    ({"links": {"anna": {"bottleneck": "isp", "rate": "1Mbit/s"}, "ben": {"bottleneck": "isp"}}}, "/links/anna/rate",
     'the link passes the bottleneck "isp", which has the rate: change it there, or leave "bottleneck" out'),
    ({"links": {"anna": {"bottleneck": "isp", "schedule": [{"at": "1s", "up": {"aqm": "pie"}}]},
                "ben": {"bottleneck": "isp"}}}, "/links/anna/schedule/0/up/aqm", 'which has the aqm'),
    ({"bottlenecks": {"isp": {"rate": "1Mbit/s"}, "lonely": {"rate": "1Mbit/s"}}}, "/bottlenecks/lonely",
     'no link passes it: expected a link with "bottleneck": "lonely"'),
    ({"bottlenecks": {"isp": {"aqm": "codel"}}}, "/bottlenecks/isp", 'expected a bottleneck such as'),
    ({"bottlenecks": {}}, "/links/anna/bottleneck", 'no bottleneck has been declared'),
])
def test_a_bottleneck_that_cannot_be_meant_is_told(badwire, change, place, message):
    said = badwire("check", badwire.scenario({**SHARED, **change}))
    assert said.returncode != 0
    assert message in said.stdout + said.stderr
    assert place.rsplit("/", 1)[1] in said.stdout + said.stderr


FLOOD = """
import socket, sys, time
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
time.sleep(float(sys.argv[3]))
for number in range(int(sys.argv[4])):
    sender.sendto(b"." * 1000, (sys.argv[1], int(sys.argv[2])))
"""

COUNTER = """
import socket, sys
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", int(sys.argv[1])))
for _ in range(51):
    receiver.recvfrom(2000)
"""


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("aqm, at_least, at_most", [(None, 150, 10_000), ("fq-codel", 0, 150)])
def test_what_passes_one_link_delays_the_other_unless_flows_are_kept_apart(badwire, network, aqm, at_least, at_most):
    (badwire.folder / "flood.py").write_text(FLOOD)
    (badwire.folder / "counter.py").write_text(COUNTER)

    def sends(over, after, count):
        return {"command": [sys.executable, "flood.py", "${to.host}", "${to.port}", after, count],
                "to": "server", "over": over}

    narrow = {"rate": {"limit": "1Mbit/s", "queue": {"packets": 1000}}}
    if aqm:
        narrow["aqm"] = {aqm: {"interval": "10s"}}
    badwire("run", badwire.scenario({
        "network": network, "bottlenecks": {"isp": narrow},
        "links": {"anna": {"bottleneck": "isp"}, "ben": {"bottleneck": "isp"}},
        "processes": {
            "server": {"command": [sys.executable, "counter.py", "${port}"], "stays": False},
            "a": sends("anna", "0", "50"), "b": sends("ben", "0.05", "1")},
        "expect": [{"exit": {"server": 0}}]}), "--out", "out")
    run = badwire.results("out")["runs"][0]
    assert run["verdict"] in ("pass", "inconclusive"), run
    # 50 datagrams take 400 ms; the other's comes while they wait.
    delay = run["links"]["ben"]["up"]["fidelity"]["delay_ms"]["decided"]
    assert at_least <= delay <= at_most
    assert run["links"]["anna"]["up"]["offered"] == 50 and run["links"]["ben"]["up"]["delivered"] == 1


STREAM = """
import socket, sys
stream = socket.create_connection((sys.argv[1], int(sys.argv[2])))
stream.sendall(b"x" * 300_000)
stream.shutdown(socket.SHUT_WR)
stream.recv(1)
"""

TAKER = """
import socket, sys
listening = socket.create_server(("", int(sys.argv[1])))
stream, who = listening.accept()
count = 0
while data := stream.recv(65536):
    count += len(data)
print(count)
"""


@pytest.mark.parametrize("network", ["hosts"])
@pytest.mark.parametrize("aqm", ["codel", "fq-codel", "pie"])
@pytest.mark.parametrize("ecn", [False, True])
def test_segments_of_the_kernels_tcp_are_dropped_and_sent_again_or_marked(badwire, network, aqm, ecn):
    (badwire.folder / "stream.py").write_text(STREAM)
    (badwire.folder / "taker.py").write_text(TAKER)
    quick = {"update": "5ms", "burst": "0s"} if aqm == "pie" else {"interval": "20ms"}
    said = badwire("run", badwire.scenario({
        "network": network,
        "links": {"wan": {"delay": "10ms", "up": {"rate": "2Mbit/s", "aqm": {aqm: {**quick, "ecn": ecn}}}}},
        "processes": {
            "server": {"command": [sys.executable, "taker.py", "${port}"], "stays": False},
            "client": {"command": [sys.executable, "stream.py", "${to.host}", "${to.port}"],
                       "to": "server", "over": "wan", "sysctls": {"net.ipv4.tcp_ecn": 1 if ecn else 2}}},
        "expect": [{"exit": {"client": 0, "server": 0}}]}), "--out", "out")
    run = badwire.results("out")["runs"][0]
    assert run["verdict"] in ("pass", "inconclusive"), said.stdout + said.stderr
    assert run["processes"]["server"]["stdout"].strip() == "300000"
    up = run["links"]["wan"]["up"]
    assert up["dropped_by"]["aqm"] == up["dropped"]
    lines = [json.loads(line) for path in (badwire.folder / "out").rglob("packets.jsonl")
             for line in path.read_text().splitlines()]
    dropped = [line for line in lines if line["fate"] == "dropped"]
    assert len(dropped) == up["dropped"]
    assert all(line["rule"] == "aqm" and line["words"].startswith("data ") for line in dropped), dropped
    if not ecn:
        assert up["marked"] == 0 < len(dropped)
        return
    # Data that is sent again is not capable (RFC 3168, section 6.1.5), and PIE drops above 10 %.
    assert up["marked"] > 0 or (aqm == "pie" and dropped)
    assert all(line["ecn"] == 2 for line in lines if line.get("marked"))
    assert aqm == "pie" or all(line["occurrence"] > 0 or line["ecn"] == 0 for line in dropped), dropped
