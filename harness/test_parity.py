"""The same C program on this machine's loopback and as a guest in virtual time: the same transcript."""

import os
import subprocess

import pytest

PARITY = os.environ["BADWIRE_PARITY"]
CASES = subprocess.run([PARITY], capture_output=True, text=True, check=True).stdout.split()


@pytest.mark.parametrize("case", CASES)
def test_a_guest_sees_what_a_process_sees(badwire, guests, case):
    on_loopback = subprocess.run([PARITY, case], capture_output=True, text=True, timeout=60, check=False)
    assert on_loopback.returncode == 0
    badwire("run", badwire.scenario({"network": "virtual", "processes": {"main": {"command": [PARITY, case]}}}),
            "--out", "out")
    run = badwire.results("out")["runs"][0]
    assert run["processes"]["main"]["stdout"] == on_loopback.stdout, run["message"]
    assert run["processes"]["main"]["exit"] == 0
