"""What the tests of the programs share: a running program, and ways to start one."""

import os
import pathlib
import re
import signal
import subprocess

import pytest

BADWIRE = os.environ.get("BADWIRE", "badwire")


class Program:
    """A running `badwire exec`."""

    def __init__(self, folder, *arguments, stdin=subprocess.DEVNULL):
        self.process = subprocess.Popen(
            [BADWIRE, "exec", *map(str, arguments)],
            cwd=folder, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def address(self):
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on (\S+):(\d+)\n", line)
        assert found, f"no listening line, but {line!r}"
        return found[1], int(found[2])

    def peak_memory_mib(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024

    def finish(self, code=0, timeout=20):
        out, err = self.process.communicate(timeout=timeout)
        assert self.process.returncode == code, (self.process.returncode, out, err)
        return out, err

    def stop(self, code=0):
        self.process.send_signal(signal.SIGTERM)
        return self.finish(code)


@pytest.fixture
def start(tmp_path):
    started = []

    def run(*arguments, **options):
        started.append(Program(tmp_path, *arguments, **options))
        return started[-1]

    yield run
    for program in started:
        if program.process.poll() is None:
            program.process.kill()
            program.process.communicate()


@pytest.fixture
def serve(start):
    def run(name, *arguments):
        program = start(name, "--port", 0, *arguments)
        return program, program.address()
    return run
