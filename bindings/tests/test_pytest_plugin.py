"""The pytest plugin, in pytest runs of their own."""

from __future__ import annotations

import json
import re
import shlex
import subprocess

import pytest

import badwire
from badwire import _failures

pytest_plugins = "pytester"

LOSSY = {
    "title": "A file over a link that loses",
    "files": {"payload.bin": {"random": "4KiB"}},
    "links": {"wan": {"loss": 0.05, "delay": "1ms"}},
    "processes": {
        "server": {"program": "udp-ftp-server", "args": ["--once"]},
        "client": {"program": "udp-ftp-client", "args": ["payload.bin"], "to": "server", "over": "wan"},
    },
}
INCONCLUSIVE = LOSSY | {"limits": {"lateness_p50": "1ns"}, "links": {"wan": {"delay": "3ms"}}}
# Its link loses nothing of so few packets.
VACUOUS = {
    "title": "A sum",
    "network": "virtual",
    "links": {"wan": {"delay": "1ms"}, "spare": {"loss": 1}},
    "processes": {
        "server": {"program": "iterative-server", "args": ["--work", "1ms"]},
        "client": {"program": "sum-client", "args": ["--count", "3"], "to": "server", "over": "wan"},
    },
}


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs pytest in the pytester's folder; returns its result, with ``output`` as one text."""
    for variable in ("CI", "BUILD_NUMBER"):  # with one of them pytest repeats whole failures in its summary
        monkeypatch.delenv(variable, raising=False)

    def run_pytest(*arguments: str) -> pytest.RunResult:
        ended = pytester.runpytest_subprocess(
            "-p", "badwire.pytest_plugin", "-p", "no:cacheprovider", *arguments)
        ended.output = ended.stdout.str() + ended.stderr.str()
        return ended

    return run_pytest


def write(pytester, name: str, scenario: object) -> None:
    file = pytester.path / name
    file.parent.mkdir(exist_ok=True, parents=True)
    file.write_text(json.dumps(scenario))


# ---- scenario files


def test_a_scenario_file_is_a_test_for_each_combination_network_and_seed(pytester, run):
    scenario = LOSSY | {"network": ["virtual", "relay"], "seed": 5, "matrix": {"loss": [0, 0.05]}}
    scenario["links"] = {"wan": {"loss": "${matrix.loss}", "delay": "1ms"}}
    write(pytester, "tests/lossy.json", scenario)

    ended = run("--badwire-seeds", "2", "-v")

    ended.assert_outcomes(passed=8)
    names = re.findall(r"lossy\.json::(\S+) PASSED", ended.output)
    assert names == [f"loss={loss}-{network}-seed{seed}"
                     for loss in (0, 0.05) for network in ("virtual", "relay") for seed in (5, 6)]
    run("tests/lossy.json::loss=0.05-virtual-seed6", "--badwire-seeds", "2").assert_outcomes(passed=1)
    run("-k", "virtual").assert_outcomes(passed=2, deselected=2)


def test_the_network_can_be_chosen_and_strictness_asked_for(pytester, run):
    write(pytester, "sum.json", VACUOUS | {"network": ["virtual", "relay"]})

    plain = run("--badwire-network", "virtual")
    plain.assert_outcomes(passed=1)
    assert "passes that say less than they seem" in plain.output
    assert "sum.json::virtual-seed1: pass, but A sum: spare" in plain.output

    strict = run("--badwire-network", "virtual", "--badwire-strict")
    strict.assert_outcomes(failed=1)
    assert 'no process goes "over" link spare' in strict.output


def test_a_failure_has_its_reason_the_last_packets_and_a_command_that_shows_it_again(pytester, run):
    scenario = LOSSY | {"network": ["virtual", "relay"]}
    scenario["expect"] = [{"metric": "client.units", "at_most": 1}]
    write(pytester, "lossy.json", scenario)

    ended = run()

    ended.assert_outcomes(failed=2)
    virtual, relay = ended.output.split("A file over a link that loses (relay, seed 1): fail")
    assert "A file over a link that loses (virtual, seed 1): fail" in virtual
    assert "client.units ≤ 1" in virtual
    assert re.search(r"client ──▶ server +wan +bye \d+ +arrives at", virtual)
    assert re.search(r"^ +\d+\.\d{6} s  wan up +client +\d+  delivered after 1 ms$", relay, re.MULTILINE)
    assert "Traceback" not in ended.output and "def runtest" not in ended.output

    replay = re.search(r"replay: badwire (.*--network virtual.*)", ended.output)
    again = subprocess.run(
        [badwire._badwire.executable(), *shlex.split(replay[1])],
        cwd="/", capture_output=True, text=True, check=False)  # fmt: skip
    assert again.returncode == 1 and "client.units ≤ 1" in again.stdout


def test_an_inconclusive_run_never_passes(pytester, run):
    write(pytester, "late.json", INCONCLUSIVE | {"network": "relay"})

    failed = run()
    failed.assert_outcomes(failed=1)
    assert "(relay, seed 1): inconclusive" in failed.output

    skipped = run("--badwire-inconclusive=skip", "-rs")
    skipped.assert_outcomes(skipped=1)
    assert "inconclusive: " in skipped.output


def test_an_invalid_scenario_is_an_error_of_collection_in_the_words_of_badwire(pytester, run):
    scenario = LOSSY | {"network": "virtual"}
    scenario["links"] = {"wan": {"los": 0.1}}
    write(pytester, "wrong.json", scenario)
    (pytester.path / "torn.json").write_text('{"processes": {')

    ended = run()

    ended.assert_outcomes(errors=2)
    assert "wrong.json:1:" in ended.output and "/links/wan/los" in ended.output
    assert "torn.json:1:" in ended.output
    assert "Traceback" not in ended.output


def test_other_json_is_left_alone(pytester, run):
    write(pytester, "package.json", {"name": "something", "scripts": {}})
    write(pytester, "other.json", {"processes": {"count": 3}, "version": 1})
    (pytester.path / "broken.json").write_text('{"name": ')
    write(pytester, "mine.json", LOSSY | {"network": "virtual"})
    badwire.run(VACUOUS, out=pytester.path / "out")

    run().assert_outcomes(passed=1)


def test_slow_scenarios_run_when_they_are_named(pytester, run):
    write(pytester, "slow.json", LOSSY | {"network": "virtual", "tags": ["slow"]})

    everything = run("-rs")
    everything.assert_outcomes(skipped=1)
    assert "tagged slow" in everything.output
    run("slow.json").assert_outcomes(passed=1)


def test_theory_is_held_against_all_repetitions_in_one_test(pytester, run):
    scenario = {
        "title": "Clients at random times",
        "network": "virtual",
        "repeat": 20,
        "processes": {
            "server": {"program": "iterative-server", "args": ["--work", "10ms"]},
            "client": {"program": "load-client", "args": ["--requests", "400"], "to": "server",
                       "arrivals": {"poisson": "50/s"}},
        },
        "theory": {"client": "M/D/1"},
    }  # fmt: skip
    write(pytester, "agrees.json", scenario)
    write(pytester, "differs.json", scenario | {"theory": {"client": {"model": "M/D/1", "service": "2ms"}}})
    write(pytester, "unsure.json", scenario | {"repeat": 1, "theory": {"client": "M/D/1"}, "processes": {
        **scenario["processes"], "client": scenario["processes"]["client"] | {"args": ["--requests", "3"]}}})

    ended = run("-v", "--badwire-inconclusive=skip")

    assert "agrees.json::virtual-seeds1to20 PASSED" in ended.output
    assert "differs.json::virtual-seeds1to20 FAILED" in ended.output
    assert "Clients at random times (virtual): " in ended.output
    ended.assert_outcomes(passed=1, failed=1, skipped=1)


def test_workers_share_the_scenarios(pytester, run):
    pytest.importorskip("xdist")
    write(pytester, "lossy.json", LOSSY | {"network": "virtual"})
    write(pytester, "late.json", INCONCLUSIVE | {"network": "relay"})
    write(pytester, "sum.json", VACUOUS)
    pytester.makepyfile("""
        def test_relay(badwire_relay):
            assert badwire_relay(to=("127.0.0.1", 9)).port
    """)

    ended = run("-n", "2", "--badwire-seeds", "6")

    ended.assert_outcomes(passed=13, failed=6)
    assert ended.output.count("pass, but A sum: spare") == 6
    assert "replay: badwire run" in ended.output


def test_a_number_of_seeds_is_a_number(run):
    ended = run("--badwire-seeds", "many")

    assert ended.ret == pytest.ExitCode.USAGE_ERROR
    assert "--badwire-seeds: expected a number from 1 to 1000000, found 'many'" in ended.output


# ---- fixtures


def test_a_scenario_is_run_from_a_test_beside_it(pytester, run):
    write(pytester, "tests/lossy.json", LOSSY)
    (pytester.path / "tests" / "test_lossy.py").write_text("""
def test_file(badwire_run):
    results = badwire_run("lossy.json", network="virtual", seed=3, repeat=2)
    assert [run.seed for run in results] == [3, 4]

def test_defaults(badwire_run):
    results = badwire_run("lossy.json")
    assert [run.network for run in results] == ["virtual"] * 4
""")

    run("tests/test_lossy.py", "--badwire-network=virtual", "--badwire-seeds=4").assert_outcomes(passed=2)


def test_a_dict_finds_programs_and_files_beside_the_test(pytester, run):
    for name, text in {
        "greet.py": "import helper; print(helper.text, open('name.txt').read())",
        "helper.py": "text = 'hello'",
        "name.txt": "world",
        "scenario.json": '{"not": "a scenario"}',
    }.items():
        (pytester.path / name).write_text(text)
    pytester.makepyfile("""
        def test_it(badwire_run):
            scenario = {
                "title": "Greeting",
                "files": {"name.txt": {"from": "name.txt"}},
                "processes": {"greeter": {"command": ["python3", "greet.py"]}},
                "expect": [{"output": "greeter", "contains": "hello world"}],
            }
            badwire_run(scenario, network="direct")
            scenario["expect"] = [{"output": "greeter", "contains": "good bye"}]
            badwire_run(scenario, network="direct")
    """)

    ended = run()

    ended.assert_outcomes(failed=1)
    assert 'output of greeter contains "good bye"' in ended.output
    assert "> " in ended.output and "def run_and_judge" not in ended.output  # the line of the test alone
    replay = re.search(r"replay: badwire (.*)", ended.output)
    again = subprocess.run(
        [badwire._badwire.executable(), *shlex.split(replay[1])],
        cwd="/", capture_output=True, text=True, check=False)  # fmt: skip
    assert again.returncode == 1 and "good bye" in again.stdout
    assert (pytester.path / "scenario.json").read_text() == '{"not": "a scenario"}'


def test_of_many_bad_runs_failures_are_told_first(pytester, run):
    write(pytester, "lossy.json", LOSSY | {"expect": [{"metric": "client.units", "at_most": 1}]})
    pytester.makepyfile("""
        def test_it(badwire_run):
            badwire_run("lossy.json", network="virtual", repeat=5)
    """)

    ended = run("test_of_many_bad_runs_failures_are_told_first.py")

    ended.assert_outcomes(failed=1)
    assert ended.output.count("──▶ server") > 0 and ended.output.count(": fail\n") == 3
    assert "and 2 more of 5 runs did not pass" in ended.output


def test_relays_are_closed_and_a_failed_test_has_their_counters(pytester, run):
    pytester.makepyfile("""
        import socket

        relays = []

        def test_send(badwire_relay):
            relays.append(badwire_relay(to=("127.0.0.1", 9), loss=1, name="wan"))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.connect(relays[0].address)
                client.send(b"hello")
                while relays[0].counters()["up"]["offered"] == 0:
                    pass
            assert False, "seen by nobody"

        def test_closed():
            assert "closed" in repr(relays[0])
    """)

    ended = run()

    ended.assert_outcomes(passed=1, failed=1)
    assert "badwire: <badwire.Relay 'wan'" in ended.output
    assert "up: 1 offered, 0 delivered, 1 dropped" in ended.output


def test_a_segment_of_a_failed_run_is_told_by_its_words():
    packet = {"time_ns": 21_000_000, "link": "wan", "direction": "up", "flow": "client", "bytes": 1020,
              "words": "data 1001:2001", "fate": "dropped", "rule": "loss"}
    assert _failures._packet(packet).endswith("1020  data 1001:2001: dropped by loss")
