"""Multicast of other people's programs: each run has groups of its own, and links between members."""

import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

# In the style of courses: they take a group and a port, and listen on all addresses.
RECEIVER = """
import socket, sys
group, port, interface = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("", port))
sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                socket.inet_aton(group) + socket.inet_aton(interface))
print("listening", flush=True)
while (text := sock.recv(1000).decode()) != "end":
    print("heard", text, flush=True)
"""
SENDER = """
import socket, sys
group, port, texts, interface = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if interface != "0.0.0.0":
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
for text in texts.split() + ["end"] * 5:
    sock.sendto(text.encode(), (group, port))
"""


def receiver(**more):
    return {"command": [sys.executable, "-c", RECEIVER, "${group}", "${group.port}", "127.0.0.1"],
            "ready": {"output": "listening"}, **more}


def sender(texts, **more):
    return {"command": [sys.executable, "-c", SENDER, "${group}", "${group.port}", texts,
                        "127.0.0.1"],
            "after": ["ann", "bob"], **more}


def heard(badwire, out, name):
    (folder,) = (badwire.folder / out / "runs").iterdir()
    lines = (folder / f"{name}.stdout").read_text().splitlines()
    return [line.removeprefix("heard ") for line in lines if line.startswith("heard ")]


def run(badwire, network, processes, links, out="out", expect=()):
    path = badwire.scenario({"network": network, "time_limit": "30s", "processes": processes,
                             "links": links, "expect": list(expect)}, f"{out}.json")
    return badwire("run", path, "--out", out)


def test_each_receiver_has_a_fate_of_its_own_whatever_address_it_listens_at(badwire):
    result = run(badwire, "relay",
                 {"ann": receiver(over="good"), "bob": receiver(over="bad"),
                  "eve": sender("one two three", over="good")},
                 {"good": {"delay": "2ms"}, "bad": {"down": {"exact": [{"nth": 2}]}}})
    assert result.returncode == 0, result.stdout + result.stderr
    assert heard(badwire, "out", "ann") == ["one", "two", "three"]
    assert heard(badwire, "out", "bob") == ["one", "three"]


def test_members_of_badwire_and_others_meet_over_a_link(badwire):
    result = run(badwire, "relay",
                 {"ann": {"program": "multicast-receiver", "over": "wan"},
                  "bob": receiver(over="wan"), "eve": sender("hello", over="wan")},
                 {"wan": {"delay": "2ms"}},
                 expect=[{"output": "ann", "contains": "hello"}])
    assert result.returncode == 0, result.stdout + result.stderr
    assert heard(badwire, "out", "bob") == ["hello"]


@pytest.mark.parametrize("network", ["direct", "relay"])
def test_runs_side_by_side_do_not_hear_each_other(badwire, network):
    links = {"wan": {"delay": "1ms"}} if network == "relay" else {}
    over = {"over": "wan"} if links else {}

    def one(number):
        texts = " ".join(f"{number}-{i}" for i in range(20))
        processes = {"ann": receiver(**over), "bob": receiver(**over), "eve": sender(texts, **over)}
        result = run(badwire, network, processes, links, out=f"out{number}")
        assert result.returncode == 0, result.stdout + result.stderr
        return texts.split()

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(one, range(8)))
    for number, texts in enumerate(said):
        for name in ("ann", "bob"):
            assert heard(badwire, f"out{number}", name) == texts


def test_a_member_over_a_link_cannot_bring_a_group_of_its_own(badwire):
    for option in ("--group", "--port"):
        path = badwire.scenario({"links": {"wan": {}}, "processes": {
            "ann": {"program": "multicast-receiver", "args": [option, "224.1.1.1"], "over": "wan"}}})
        result = badwire("check", path)
        assert result.returncode == 2
        assert "/processes/ann/args/0" in result.stderr and "leave it out" in result.stderr
