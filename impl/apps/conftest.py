"""What the tests of the programs share: a running program, and ways to start one."""

import itertools
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

import pytest
from waiting import wait_until

BADWIRE = os.environ.get("BADWIRE", "badwire")
_numbers = itertools.count(1)


class Program:
    """A running `badwire exec`.

    With `logs`, a folder, its output goes to files there, and nobody has to read along. `limits`
    are commands of a shell that runs before it, such as "ulimit -n 50".
    """

    def __init__(self, folder, *arguments, stdin=subprocess.DEVNULL, logs=None, limits=""):
        command = [BADWIRE, "exec", *map(str, arguments)]
        if limits:
            command = ["sh", "-c", limits + '; exec "$@"', "sh", *command]
        self.logs = [open(logs / name, "w+b") for name in ("stdout", "stderr")] if logs else []
        pipes = self.logs or [subprocess.PIPE, subprocess.PIPE]
        self.process = subprocess.Popen(command, cwd=folder, stdin=stdin, stdout=pipes[0],
                                        stderr=pipes[1], text=True)

    def log(self, which="stdout"):
        return pathlib.Path(self.logs[which == "stderr"].name).read_text("utf-8", "replace")

    def logged(self, pattern, which="stdout", timeout=20):
        return wait_until(lambda: re.search(pattern, self.log(which), re.MULTILINE),
                          lambda: f"{pattern!r} in {self.log(which)[-2000:]!r}", timeout)

    def address(self):
        if self.logs:
            found = self.logged(r"^listening on (\S+):(\d+)$")
        else:
            line = self.process.stdout.readline()
            found = re.fullmatch(r"listening on (\S+):(\d+)\n", line)
            assert found, f"no listening line, but {line!r}"
        return found[1], int(found[2])

    def type_and_end(self, text):
        self.process.stdin.write(text)
        self.process.stdin.close()
        self.process.stdin = None

    def children(self):
        pid = self.process.pid
        return [int(child) for child in
                pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def status(self):
        return pathlib.Path(f"/proc/{self.process.pid}/status").read_text()

    def peak_memory_mib(self):
        return int(re.search(r"VmHWM:\s+(\d+) kB", self.status())[1]) / 1024

    def has_pending_signals(self):
        return any(int(mask, 16) for mask in re.findall(r"(?:SigPnd|ShdPnd):\s+(\w+)", self.status()))

    def finish(self, code=0, timeout=20):
        out, err = self.process.communicate(timeout=timeout)
        if self.logs:
            out, err = self.log("stdout"), self.log("stderr")
        assert self.process.returncode == code, (self.process.returncode, out, err)
        return out, err

    def stop(self, code=0):
        self.process.send_signal(signal.SIGTERM)
        return self.finish(code)

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()
        for log in self.logs:
            log.close()


@pytest.fixture(scope="session")
def sanitized():
    """Whether the program pays for a sanitizer, in memory and in time."""
    contents = pathlib.Path(shutil.which(BADWIRE)).read_bytes()
    return b"__asan_init" in contents or b"__tsan_init" in contents


@pytest.fixture
def start(tmp_path):
    started = []

    def run(*arguments, folder=tmp_path, **options):
        started.append(Program(folder, *arguments, **options))
        return started[-1]

    yield run
    for program in started:
        program.end()


@pytest.fixture
def serve(start):
    def run(name, *arguments, **options):
        program = start(name, "--port", 0, *arguments, **options)
        return program, program.address()
    return run


@pytest.fixture
def logs(tmp_path_factory):
    return tmp_path_factory.mktemp("logs")


@pytest.fixture
def group():
    """A group and a port that nobody else uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return f"239.{os.getpid() % 250}.{os.getpid() // 250 % 250}.{next(_numbers)}", port
