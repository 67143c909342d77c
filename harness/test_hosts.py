"""The network hosts: each process on a host of its own, with the kernel's TCP and badwire's links between.

Where namespaces are refused all of this is skipped by name; what the command says there is tested.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest
from conftest import SCENARIOS
from hosts_for_tests import PYTHON, STREAM_SERVER, hosts, packets, run, said_by  # noqa: F401

# As a course writes them: fixed ports, 127.0.0.1 or "" in their code.
DATAGRAM_SERVER = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", 5000))
while True:
    data, who = s.recvfrom(100)
    s.sendto(data.upper(), who)
"""
DATAGRAM_CLIENT = """
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.4)
for i in range(30):
    while True:
        s.sendto(b"line %d" % i, ("127.0.0.1", 5000))
        try:
            if s.recvfrom(100)[0] == b"LINE %d" % i: break
        except TimeoutError: pass
print("all came back")
"""
STREAM_CLIENT = """
import socket
s = socket.create_connection(("127.0.0.1", 6000))
s.sendall(b"x" * 300_000); s.shutdown(socket.SHUT_WR)
print("it got", s.recv(100).decode())
"""


@pytest.mark.parametrize("server, client, port, said", [
    (DATAGRAM_SERVER, DATAGRAM_CLIENT, 5000, "all came back"),
    (STREAM_SERVER, STREAM_CLIENT, 6000, "it got 300000")], ids=["datagrams", "streams"])
def test_programs_with_fixed_ports_and_loopback_in_their_code_run_unchanged(run, server, client, port, said):
    result = run({"server": (server, {"port": port, "stays": True}),
                  "client": (client, {"to": "server", "over": "wan"})},
                 {"wan": {"loss": 0.05, "delay": "2ms"}},
                 expect=[{"exit": {"client": 0}}, said_by("client", said)])
    assert result["verdict"] == "pass", result
    assert result["links"]["wan"]["up"]["offered"] > 20


MEMBER = """
import socket, struct, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 5007))
s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
             struct.pack("4sL", socket.inet_aton("224.1.1.1"), socket.INADDR_ANY))
s.settimeout(20)
me = socket.gethostname().encode()
heard = set()
while len(heard) < 3:
    s.sendto(me, ("224.1.1.1", 5007))
    try:
        while True:
            heard.add(s.recvfrom(100)[0]); s.settimeout(0.2)
    except TimeoutError: pass
for _ in range(5): s.sendto(me, ("224.1.1.1", 5007)); time.sleep(0.05)
print(sorted(name.decode() for name in heard))
"""


def test_multicast_with_the_interface_left_to_the_system_reaches_all_members(run):
    everybody = "['a', 'b', 'c']"
    result = run({name: MEMBER for name in "abc"}, {"lan": {"between": ["a", "b", "c"], "loss": 0.2}},
                 expect=[said_by(name, everybody) for name in "abc"])
    assert result["verdict"] == "pass", result
    assert result["links"]["lan"]["flows"].keys() >= {"a>b", "a>c", "b>a"}


def test_names_of_processes_resolve_and_nothing_else_is_reached(run, badwire):
    if (told := badwire("hosts", "--", "true").stderr):
        pytest.skip(told)  # as in a chroot
    with socket.create_server(("127.0.0.1", 0)) as machine:
        probe = f"""
import socket
def reach(host, port):
    try: socket.create_connection((host, port), timeout=5).close(); return "reached"
    except OSError as error: return type(error).__name__
assert reach("127.0.0.1", {machine.getsockname()[1]}) == "ConnectionRefusedError"
for away in ("192.0.2.1", "8.8.8.8", "10.9.9.9"): assert reach(away, 80) != "reached"
assert socket.gethostbyname("server") == "10.0.0.2", socket.gethostbyname("server")
assert socket.gethostbyname(socket.gethostname()) == "10.0.0.1"
assert [name for _, name in socket.if_nameindex()] == ["lo", "eth0"]
print("good")
"""
        result = run({"client": probe, "server": "import time; time.sleep(0.1)"},
                     expect=[said_by("client", "good")])
    assert result["verdict"] == "pass", result


@pytest.mark.parametrize("scenario", ["wire/bad_weather.json", "datagrams/datagram_lost.json"])
def test_a_datagram_meets_the_same_fate_as_on_other_networks(badwire, hosts, scenario):
    asked = json.loads((SCENARIOS / scenario).read_text())
    asked.pop("network", None)
    asked["expect"] = asked["expect"][:1]
    path = badwire.scenario(asked)
    fates = {}
    for network in ("relay", "hosts", "virtual"):
        badwire("run", path, "--network", network, "--seed", 5, "--out", network)
        fates[network] = {
            (one["direction"], one["flow"], one["content"], one["occurrence"]):
                [one.get(key) for key in ("fate", "rule", "drawn", "copies", "flipped_bits")]
            for one in packets(badwire, network) if one["fate"] != "undeliverable"}
        assert fates[network]
    for other in ("relay", "virtual"):
        both = fates["hosts"].keys() & fates[other].keys()
        assert len(both) >= 0.5 * len(fates[other]), (other, len(both), len(fates[other]))
        assert {key: fates["hosts"][key] for key in both} == {key: fates[other][key] for key in both}


def test_one_scenario_runs_on_all_four_networks_and_they_are_compared(badwire, hosts):
    (badwire.folder / "server.py").write_text(DATAGRAM_SERVER.replace("5000", "int(__import__('sys').argv[1])"))
    (badwire.folder / "client.py").write_text(DATAGRAM_CLIENT.replace(
        '("127.0.0.1", 5000)', "(__import__('sys').argv[1], int(__import__('sys').argv[2]))"))
    path = badwire.scenario({
        "links": {"wan": {"loss": 0.1, "delay": "5ms"}},
        "processes": {"server": {"command": [PYTHON, "server.py", "${port}"], "stays": True},
                      "client": {"command": [PYTHON, "client.py", "${to.host}", "${to.port}"],
                                 "to": "server", "over": "wan"}},
        "expect": [{"exit": {"client": 0}}]})
    ran = badwire("run", path, "--network", "all", "--out", "out")
    runs = badwire.results("out")["runs"]
    assert [one["network"] for one in runs] == ["direct", "relay", "hosts", "virtual"]
    assert {one["verdict"] for one in runs} == {"pass"}, ran.stdout
    compared = badwire.results("out")["comparisons"]
    assert [one["networks"] for one in compared] == [["relay", other] for other in ("direct", "hosts", "virtual")]
    assert {one["result"] for one in compared} <= {"agree", "inconclusive"}, ran.stdout


def test_many_runs_at_once_do_not_meet(badwire, hosts):
    (badwire.folder / "server.py").write_text(STREAM_SERVER)
    (badwire.folder / "client.py").write_text(STREAM_CLIENT)
    path = badwire.scenario({
        "links": {"wan": {"delay": "1ms"}},
        "processes": {"server": {"command": [PYTHON, "server.py"], "port": 6000},
                      "client": {"command": [PYTHON, "client.py"], "to": "server", "over": "wan",
                                 "loopback": "to"}},
        "time_limit": "60s", "expect": [said_by("client", "it got 300000")]})
    ran = badwire("run", path, "--network", "hosts", "--repeat", 50, "--jobs", 25, "--out", "out", timeout=400)
    verdicts = [one["verdict"] for one in badwire.results("out")["runs"]]
    assert verdicts.count("pass") >= 45 and set(verdicts) <= {"pass", "inconclusive"}, ran.stdout


def networks_of_the_machine():
    found = set()
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit():
                found.add(os.readlink(process / "ns/net"))
        except OSError:
            continue  # has ended
    return found


def test_kill_leaves_no_process_no_namespace_and_no_interface(badwire, hosts):
    before = networks_of_the_machine()
    interfaces = [name for _, name in socket.if_nameindex()]
    (badwire.folder / "wait.py").write_text("import time\nprint('here', flush=True)\ntime.sleep(600)\n")
    path = badwire.scenario({"processes": {name: {"command": [PYTHON, "wait.py"]} for name in "abc"},
                             "time_limit": "600s"})
    going_on = badwire.start("run", path, "--network", "hosts", "--out", "out")
    deadline = time.monotonic() + 60
    while len(networks_of_the_machine() - before) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(networks_of_the_machine() - before) >= 3
    going_on.send_signal(signal.SIGKILL)
    going_on.communicate()
    while (badwire.marked_processes() or networks_of_the_machine() - before) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert badwire.marked_processes() == []
    assert networks_of_the_machine() <= before
    assert [name for _, name in socket.if_nameindex()] == interfaces


def test_a_scenario_that_resets_connections_is_refused_on_hosts(badwire):
    path = badwire.scenario({"links": {"wan": {"tcp": {"refuse": True}}},
                             "processes": {"a": {"program": "connection-server"},
                                           "b": {"program": "connection-client", "to": "a", "over": "wan"}}})
    ran = badwire("run", path, "--network", "hosts")
    assert ran.returncode == 2 and "relay and virtual" in ran.stderr, ran.stderr


# badwire hosts: one command behind a bad wire.

class Echo:
    """A server of the machine's, for TCP and UDP on one port."""
    def __enter__(self):
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        for serve in (self.streams, self.datagrams):
            threading.Thread(target=serve, daemon=True).start()
        return self

    def streams(self):
        while True:
            try:
                client = self.tcp.accept()[0]
            except OSError:
                return
            with client:
                while block := client.recv(65536):
                    client.sendall(block)

    def datagrams(self):
        while True:
            try:
                data, who = self.udp.recvfrom(65536)
            except OSError:
                return
            self.udp.sendto(data, who)

    def __exit__(self, *_):
        self.tcp.close(), self.udp.close()


def test_a_command_behind_a_bad_wire_reaches_the_machine_late(badwire, hosts):
    with Echo() as echo:
        code = f"""
import socket, time
s = socket.create_connection(("10.0.0.2", {echo.port}))
begin = time.monotonic(); s.sendall(b"x"); s.recv(1); print("stream", time.monotonic() - begin)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(10)
begin = time.monotonic(); u.sendto(b"x", ("10.0.0.2", {echo.port})); u.recv(10); print("datagram", time.monotonic() - begin)
"""
        ran = badwire("hosts", "--delay", "40ms", "--counters", "--", PYTHON, "-c", code)
    assert ran.returncode == 0, ran.stderr
    for line in ran.stdout.splitlines():
        assert 0.08 <= float(line.split()[1]) < 2, ran.stdout
    assert "offered" in ran.stderr


def test_a_command_and_its_other_side_each_on_a_host(badwire, hosts):
    (badwire.folder / "page.txt").write_text("a page\n")
    get = ("import time, urllib.request\n"
           "for _ in range(200):\n"
           "    try: print(urllib.request.urlopen('http://127.0.0.1:8000/page.txt').read().decode()); break\n"
           "    except OSError: time.sleep(0.05)\n")
    ran = badwire("hosts", "--loopback", "--loss", "0.02", "--server", f"exec {PYTHON} -m http.server 8000",
                  "--", PYTHON, "-c", get)
    assert ran.returncode == 0 and "a page" in ran.stdout, ran.stderr
    assert badwire("hosts", "--", "sh", "-c", "exit 7").returncode == 7
    assert badwire("hosts", "--loss", "2", "--", "true").returncode == 2
    missing = badwire("hosts", "--", "no-such-command")
    assert missing.returncode == 127 and "no-such-command" in missing.stderr


@pytest.mark.parametrize("scenario", ["datagram", "duplex", "iterative", "file", "tcp_ftp", "multicast_group"])
def test_the_programs_of_a_course_understand_each_other_on_hosts(badwire, hosts, scenario):
    """In Python, with fixed ports, 127.0.0.1 and INADDR_ANY in their code."""
    interop = SCENARIOS / "interop"
    ran = badwire("matrix", interop / "implementations.json", "--scenarios", interop / f"{scenario}.json",
                  "--client", "python", "--server", "python", "--network", "hosts")
    assert ran.returncode in (0, 3), ran.stdout
