"""What Python costs: one scenario of about a second of work in virtual time, by the command and from Python.

Both make the same run in turn, so that whatever else the machine does strikes both. With --instructions valgrind counts
what a smaller run takes, which is the same on every machine and at any load; what the interpreter takes to start and to
import the package is told apart.

usage: PYTHONPATH=… python3 bindings/tests/bench_python.py [--rounds N] [--instructions]
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import badwire

COMMAND = str(pathlib.Path(badwire.__file__).parent / "bin" / "badwire")


def scenario(size: str) -> badwire.Scenario:
    """A file over a lossy link."""
    return (
        badwire.Scenario("A file over a link that loses", network="virtual", time_limit="10h")
        .file("payload.bin", random=size)
        .link("wan", loss=0.05, delay="5ms")
        .process("server", "udp-ftp-server", ["--once"])
        .process("client", "udp-ftp-client", ["payload.bin"], to="server", over="wan")
        .expect(exit={"client": 0, "server": 0})
    )


def cpu_s() -> float:
    """Processor time of this process and of its children that have ended, in seconds."""
    return sum(one.ru_utime + one.ru_stime for one in map(
        resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def times(file: pathlib.Path, rounds: int) -> dict[str, float]:
    """Medians in seconds of processor time and of time that passes, and the medians of the rounds' ratios."""

    def by_command() -> None:
        subprocess.run([COMMAND, "run", file], check=True, stdout=subprocess.DEVNULL)

    def from_python() -> None:
        assert badwire.run(file).passed

    took = {"command": [], "python": []}
    for number in range(rounds + 1):
        for name, act in (("command", by_command), ("python", from_python)):
            since, cpu_since = time.perf_counter(), cpu_s()
            act()
            if number > 0:  # the first warms up
                took[name].append((cpu_s() - cpu_since, time.perf_counter() - since))
    told = {}
    for place, kind in enumerate(("cpu", "wall")):
        for name, all_times in took.items():
            told[f"{name}_{kind}_s"] = statistics.median(one[place] for one in all_times)
        told[f"ratio_{kind}"] = statistics.median(
            python[place] / command[place] for command, python in zip(took["command"], took["python"]))
    return told


def instructions(file: pathlib.Path, folder: str) -> dict[str, float]:
    """Millions of instructions: of the command, of the run from Python, of the interpreter's start and import."""

    def counted(*words: str) -> float:
        ran = subprocess.run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counted", *words],
                             capture_output=True, text=True, check=True)
        return int(re.search(r"Collected : (\d+)", ran.stderr)[1]) / 1e6

    command = counted(COMMAND, "run", str(file))
    start = counted(sys.executable, "-c", "import badwire")
    python = counted(sys.executable, "-c", f"import badwire; badwire.run({str(file)!r})") - start
    return {"command_minstructions": command, "python_minstructions": python,
            "start_and_import_minstructions": start, "ratio_instructions": python / command}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=11)
    options.add_argument("--instructions", action="store_true")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "bench.json"
        scenario("4MiB" if asked.instructions else "24MiB").write(file)
        told = instructions(file, folder) if asked.instructions else times(file, asked.rounds)
    print(json.dumps({name: round(value, 3) for name, value in told.items()}, indent=2))


if __name__ == "__main__":
    main()
