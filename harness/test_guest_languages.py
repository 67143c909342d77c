"""Programs in other languages in virtual time, unmodified: static ones (Go), virtual machines (Java, Node), a
shell with netcat. Each twice, and nothing may differ."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).resolve().parent / "guest_languages"
ANSWERS = ["HELLO 0", "HELLO 1", "HELLO 2", "WORLD", "true 25"]


def need(*commands):
    for command in commands:
        if shutil.which(command) is None:
            pytest.skip(f"there is no {command} here")


def run_twice(badwire, server, client):
    scenario = badwire.scenario({
        "network": "virtual",
        "processes": {"server": {"command": server, "port": 5000, "stays": True},
                      "client": {"command": client, "to": "server"}}})
    ran = badwire("run", scenario, "--verify", "--out", "out")
    run = badwire.results("out")["runs"][0]
    assert ran.returncode == 0 and run["repeatable"], ran.stdout + run["processes"]["client"]["stderr"]
    return run["processes"]["client"]["stdout"].splitlines()


def test_go(badwire, guests):
    need("go")
    program = badwire.folder / "echo"
    subprocess.run(["go", "build", "-o", program, PROGRAMS / "echo.go"], check=True, env={
        **os.environ, "CGO_ENABLED": "0", "GOCACHE": str(badwire.folder / "cache"), "GOFLAGS": "-mod=mod"})
    assert run_twice(badwire, [str(program), "server"], [str(program), "client"]) == ANSWERS


def test_java(badwire, guests):
    need("java", "javac")
    subprocess.run(["javac", "-d", badwire.folder, PROGRAMS / "Echo.java"], check=True)
    program = ["java", "-cp", str(badwire.folder), "Echo"]
    assert run_twice(badwire, [*program, "server"], [*program, "client"]) == [*ANSWERS, "group world"]


def test_node(badwire, guests):
    need("node")
    program = ["node", str(PROGRAMS / "echo.js")]
    assert run_twice(badwire, [*program, "server"], [*program, "client"]) == ANSWERS


def test_a_shell_with_netcat(badwire, guests):
    need("bash", "nc")
    lines = run_twice(
        badwire, ["bash", "-c", "while true; do echo answer $RANDOM | nc -l -p 5000 -q 1; done"],
        ["bash", "-c", "for i in 1 2 3; do echo question | nc -q 1 127.0.0.1 5000; sleep 1; done; "
                       "exec 3<>/dev/tcp/127.0.0.1/5000; echo hello >&3; cat <&3; echo $SECONDS $$ $RANDOM"])
    assert [line.split()[0] for line in lines[:4]] == ["answer"] * 4
    assert lines[4].startswith("6 ")
