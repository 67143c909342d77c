"""What the harness' end-to-end tests share: the badwire command, and a folder for scenarios."""

import json
import os
import signal
import socket
import subprocess
import textwrap
from pathlib import Path

import pytest

BADWIRE = os.environ["BADWIRE"]
SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"


class Badwire:
    """Runs the command line in a folder of its own, whose `tmp` takes its temporary files."""

    command = BADWIRE

    def __init__(self, folder):
        self.folder = folder
        self.tmp = folder / "tmp"
        self.tmp.mkdir()
        self.env = {**os.environ, "TMPDIR": str(self.tmp)}

    def scenario(self, content, name="scenario.json"):
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    def start(self, *words):
        return subprocess.Popen([BADWIRE, *map(str, words)], cwd=self.folder, env=self.env,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def __call__(self, *words, timeout=120):
        return subprocess.run([BADWIRE, *map(str, words)], cwd=self.folder, env=self.env, text=True,
                              capture_output=True, timeout=timeout, check=False)

    def results(self, out):
        return json.loads((self.folder / out / "results.json").read_text())

    def marked_processes(self):
        """The living processes of this folder's runs, which are known by their TMPDIR."""
        mark = f"TMPDIR={self.tmp}".encode()
        alive = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    alive.append((int(entry.name), (entry / "cmdline").read_bytes()))
            except OSError:
                continue  # has ended, or is not ours
        return alive


class Relay:
    """`badwire relay` on a port of its own, in front of a UDP server in the test."""

    def __init__(self, badwire, *words, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.server, self.client = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        for end in (self.server, self.client):
            end.bind((host, 0))
            end.settimeout(20)
        brackets = f"[{host}]" if ":" in host else host
        self.process = badwire.start("relay", "--json", "--listen", f"{brackets}:0", "--to",
                                     f"{brackets}:{self.server.getsockname()[1]}", *words)
        self.listening = (host, int(self.line("listening on ").rpartition(":")[2]))

    def line(self, beginning):
        line = self.process.stdout.readline()
        assert line.startswith(beginning), line + self.process.stderr.read()
        return line.removeprefix(beginning).strip()

    def send(self, data):
        self.client.sendto(data, self.listening)

    def stop(self):
        """Returns what it printed: its counters."""
        self.process.send_signal(signal.SIGINT)
        output, errors = self.process.communicate(timeout=60)
        self.server.close(), self.client.close()
        assert self.process.returncode == 0, errors
        return json.loads(output)


@pytest.fixture
def badwire(tmp_path):
    command = Badwire(tmp_path)
    yield command
    for pid, _ in command.marked_processes():
        os.kill(pid, signal.SIGKILL)


class Guests:
    """Scenarios of Python programs in virtual time, which run twice and must not differ."""
    def __init__(self, badwire):
        self.badwire = badwire

    def program(self, name, code):
        (self.badwire.folder / f"{name}.py").write_text(textwrap.dedent(code))
        return {"command": ["/usr/bin/python3", f"{name}.py"]}

    def scenario(self, programs, links=None, **more):
        """`programs`: code by name, or (code, more of the process)."""
        processes = {}
        for name, given in programs.items():
            code, extra = given if isinstance(given, tuple) else (given, {})
            processes[name] = {**self.program(name, code), **extra}
        return {"network": "virtual", "processes": processes, "links": links or {}, **more}

    def once(self, scenario, out="out", *words):
        ran = self.badwire("run", self.badwire.scenario(scenario), "--out", out, *words)
        assert (self.badwire.folder / out / "results.json").exists(), ran.stderr
        return self.badwire.results(out)["runs"][0]

    def __call__(self, programs, links=None, **more):
        scenario = self.scenario(programs, links, **more)
        first, second = self.once(scenario), self.once(scenario)
        for one in first, second:
            one.pop("wall_ms", None)
        assert json.dumps(first) == json.dumps(second)
        return first

    def lines(self, programs, of="main", **more):
        run = self(programs, **more)
        process = run["processes"][of]
        assert process["exit"] == 0, (run["message"], process)
        return process["stdout"].splitlines()


@pytest.fixture
def guests(badwire):
    badwire("run", badwire.scenario({"processes": {"main": {"command": ["true"]}}}), "--network", "virtual",
            "--out", "can")
    message = badwire.results("can")["runs"][0]["message"]
    if "this system" in message:
        pytest.skip(message)
    return Guests(badwire)
