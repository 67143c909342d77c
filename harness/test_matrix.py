"""badwire matrix: every implementation is the client of every other, over every scenario."""

import json
import os

import pytest
from conftest import SCENARIOS

INTEROP = SCENARIOS / "interop"
ECHO = {"title": "An echo", "network": "virtual",
        "processes": {"server": {"program": "datagram-receiver-sender", "args": ["--reply", "pong"], "port": 6000},
                      "client": {"program": "datagram-sender-receiver", "args": ["--message", "ping"], "to": "server"}},
        "expect": [{"exit": {"client": 0}}, {"output": "client", "contains": "pong"}]}
# A peer in Python, started with what the scenario gives badwire's own program.
PEER = """
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
if sys.argv[1] == "server":
    sock.bind(("127.0.0.1", int(sys.argv[2])))
    text, peer = sock.recvfrom(100)
    sock.sendto(sys.argv[3].encode(), peer)
else:
    sock.sendto(sys.argv[3].encode(), ("127.0.0.1", int(sys.argv[2])))
    print(sock.recv(100).decode())
"""
PYTHON = {"folder": "peer", "roles": {
    "datagram-receiver-sender": {"command": ["/usr/bin/python3", "peer.py", "server", "${port}", "${args.2}"]},
    "datagram-sender-receiver": {"command": ["/usr/bin/python3", "peer.py", "client", "${to.port}", "${args.2}"]}}}


@pytest.fixture
def matrix(badwire, guests):
    (badwire.folder / "peer").mkdir()
    (badwire.folder / "peer" / "peer.py").write_text(PEER)
    badwire.env["PATH"] = "/usr/bin:" + badwire.env["PATH"]

    def run(content, *words, scenario=ECHO, out="out"):
        ran = badwire("matrix", badwire.scenario(content, "implementations.json"), "--scenarios",
                      badwire.scenario(scenario), "--out", out, *words)
        told = badwire.folder / out / "matrix.json"
        cells = json.loads(told.read_text())["cells"] if told.exists() else []
        return ran, {(one["client"], one["server"]): one["status"] for one in cells}
    return run


def test_every_client_meets_every_server(matrix, badwire):
    ran, cells = matrix({"implementations": {"badwire": {}, "python": PYTHON}})
    assert ran.returncode == 0, ran.stdout
    names = ("badwire", "python")
    assert cells == {(client, server): "pass" for client in names for server in names}
    runs = badwire.results("out")["runs"]
    assert [run["matrix"] for run in runs] == [{"client": a, "server": b} for a in names for b in names]
    assert "| **python** | 1 ✓ | 1 ✓ |" in (badwire.folder / "out/matrix.md").read_text()
    assert (badwire.folder / "out/report.html").exists() and "| **python** | 1 ✓ | 1 ✓ |" in ran.stdout


def test_a_cell_is_run_again_by_its_replay(matrix, badwire):
    matrix({"implementations": {"badwire": {}, "python": PYTHON}})
    command = badwire.results("out")["runs"][1]["replay"].split()
    again = badwire(*command[1:])
    assert again.returncode == 0 and "| **badwire** |  | 1 ✓ |" in again.stdout, again.stdout


def test_a_missing_role_and_exit_127_are_cells_of_their_own(matrix):
    only = {"implementations": {
        "badwire": {},
        "serves": {"folder": "peer", "roles": {
            "datagram-receiver-sender": PYTHON["roles"]["datagram-receiver-sender"]}},
        "declines": {"roles": {name: {"command": ["sh", "-c", "exit 127"]} for name in PYTHON["roles"]}}}}
    ran, cells = matrix(only)
    assert ran.returncode == 0, ran.stdout
    assert cells == {("badwire", "badwire"): "pass", ("badwire", "serves"): "pass",
                     **{cell: "unsupported" for cell in cells if "declines" in cell or cell[0] == "serves"}}


def test_what_fails_fails_unless_it_is_known(matrix):
    mute = json.loads(json.dumps(PYTHON))
    mute["roles"]["datagram-receiver-sender"]["command"][-1] = "nothing"
    content = {"implementations": {"badwire": {}, "mute": mute}}
    ran, cells = matrix(content)
    assert ran.returncode == 1 and cells[("badwire", "mute")] == "fail"
    assert cells[("badwire", "badwire")] == cells[("mute", "badwire")] == "pass"
    content["known"] = [{"server": "mute", "scenario": "scenario", "why": "it says nothing"}]
    ran, cells = matrix(content)
    assert ran.returncode == 0 and cells[("badwire", "mute")] == "fail" and "known: it says nothing" in ran.stdout
    content["known"] = [{"client": "badwire", "server": "badwire", "why": "no more"}]
    content["implementations"].pop("mute")
    ran, _ = matrix(content)
    assert ran.returncode == 0 and "Known not to pass, and passes" not in ran.stdout


def test_it_is_built_and_started_by_what_files_there_are(matrix, badwire):
    (badwire.folder / "peer" / "peer.py").rename(badwire.folder / "peer" / "peer.in")
    built = json.loads(json.dumps(PYTHON))
    built["build"] = [{"if_file": "*.in", "command": ["cp", "peer.in", "peer.py"]},
                      {"if_file": "Makefile", "command": ["false"]}]
    built["roles"] = {name: [{"if_file": "peer.jar", "command": ["false"]}, {"if_file": "peer.py", **role}]
                      for name, role in built["roles"].items()}
    ran, cells = matrix({"implementations": {"built": built}})
    assert ran.returncode == 0 and cells == {("built", "built"): "pass"}, ran.stdout
    assert not (badwire.folder / "peer" / "peer.py").exists()  # its own folder stays as it was


@pytest.mark.parametrize("network", ["direct", "relay"])
def test_on_real_sockets(matrix, network):
    scenario = json.loads(json.dumps({**ECHO, "network": network}))
    del scenario["processes"]["server"]["port"]  # there, each run needs one of its own
    if network == "relay":
        scenario["links"] = {"wan": {"delay": "2ms"}}
        scenario["processes"]["client"]["over"] = "wan"
    ran, cells = matrix({"implementations": {"badwire": {}, "python": PYTHON}}, "--jobs", "2", scenario=scenario)
    assert ran.returncode == 0 and set(cells.values()) == {"pass"}, ran.stdout


@pytest.mark.parametrize("content, told", [
    ({"implementations": {"a": {"rolse": {}}}}, '/implementations/a/rolse: no such key; did you mean "roles"?'),
    ({"implementations": {"a": {"folder": "none"}}}, "/implementations/a/folder: there is no folder"),
    ({"implementations": {"a": {"roles": {"udp-ftp-sever": {}}}}}, 'did you mean "udp-ftp-server"?'),
    ({"implementations": {"a": {}}, "known": [{"client": "b", "why": "?"}]}, 'no implementation "b"'),
    ({"implementations": {"a": {"roles": {
        "datagram-receiver-sender": {"command": ["true", "${args.3}"]}, "datagram-sender-receiver": {}}}}},
     "${args.3}: the scenario gives this program 2 arguments"),
])
def test_a_mistake_is_told_with_its_place(matrix, content, told):
    ran, _ = matrix(content)
    assert ran.returncode == 2 and told in ran.stderr, ran.stderr


def test_badwire_and_python_understand_each_other_on_the_classic_wire(badwire, guests):
    """The shipped matrix: full, but for what its file documents."""
    badwire.env["PATH"] = "/usr/bin:" + os.environ["PATH"]
    ran = badwire("matrix", INTEROP / "implementations.json", "--scenarios", INTEROP, "--out", "out", timeout=300)
    assert ran.returncode == 0, ran.stdout
    cells = json.loads((badwire.folder / "out/matrix.json").read_text())["cells"]
    scenarios = {one["scenario"] for one in cells}
    assert len(scenarios) == len(list(INTEROP.glob("*.json"))) - 1 == 22
    assert len(cells) == 9 * len(scenarios)
    for one in cells:
        if {one["client"], one["server"]} <= {"classic", "python"}:
            assert one["status"] == "pass", one
        else:
            assert one["status"] == "pass" or one.get("known"), one
