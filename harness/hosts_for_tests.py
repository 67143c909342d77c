"""What the tests of the network hosts share."""

import json
import subprocess

import pytest
from conftest import BADWIRE

PYTHON = "/usr/bin/python3"


def why_no_hosts():
    tried = subprocess.run([BADWIRE, "hosts", "--", "true"], capture_output=True, text=True, timeout=60)
    return tried.stderr if tried.returncode else ""


@pytest.fixture(scope="module")
def hosts():
    if refused := why_no_hosts():
        pytest.skip(f"no hosts can be made here: {refused}")


@pytest.fixture
def run(badwire, hosts):
    """Runs a scenario of Python programs on hosts; the first run's results."""
    def play(programs, links=None, *words, network="hosts", **more):
        processes = {}
        for name, given in programs.items():
            code, extra = given if isinstance(given, tuple) else (given, {})
            (badwire.folder / f"{name}.py").write_text(code)
            processes[name] = {"command": [PYTHON, f"{name}.py"], **extra}
        path = badwire.scenario({"processes": processes, "links": links or {}, **more})
        ran = badwire("run", path, "--network", network, "--out", "out", *words)
        assert (badwire.folder / "out" / "results.json").exists(), ran.stderr
        return badwire.results("out")["runs"][0]
    return play


def said_by(process, text):
    return {"output": process, "contains": text}


STREAM_SERVER = """
import socket
s = socket.create_server(("", 6000))
c, who = s.accept()
data = b""
while block := c.recv(65536): data += block
c.sendall(str(len(data)).encode()); c.close()
"""


def packets(badwire, out="out"):
    (folder,) = (badwire.folder / out / "runs").iterdir()
    return [json.loads(line) for line in (folder / "packets.jsonl").read_text().splitlines()]
