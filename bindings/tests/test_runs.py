"""Scenarios run from Python: numbers, seeds, real processes, other threads, Ctrl+C."""

from __future__ import annotations

import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys
import textwrap
import threading
import uuid

import pytest
from waiting import wait_until

import badwire


def test_the_waiting_experiment_takes_exactly_what_the_course_says(waiting_experiment):
    results = badwire.run(waiting_experiment)

    assert results.passed and results.verdict == "pass"
    (run,) = results
    assert run.network == "virtual" and run.seed == 1 and run.repeat == 0
    first, second = run.waiting
    assert (first.client, second.client) == ("first", "second")
    assert first.waiting_ms == 0
    assert first.service_ms == 20_000
    assert second.arrival_ms == 500
    assert second.waiting_ms == 19_500
    assert second.service_ms == 1_000
    assert second.response_ms == 20_500
    assert run.processes["first"].exit == 0
    assert "5050" in run.processes["first"].stdout
    assert run.expectations and all(one.met for one in run.expectations)


def test_the_same_seed_is_the_same_run(lossy_ftp):
    first = badwire.run(lossy_ftp, network="virtual", seed=7)
    again = badwire.run(lossy_ftp, network="virtual", seed=7)
    other = badwire.run(lossy_ftp, network="virtual", seed=8)

    assert first == again
    assert first[0].links["wan"].up.dropped > 0
    assert first[0].links != other[0].links


def test_repeats_count_the_seed_up_and_jobs_keep_the_order(lossy_ftp):
    results = badwire.run(lossy_ftp, network="virtual", seed=3, repeat=4, jobs=2)

    assert [(run.seed, run.repeat) for run in results] == [(3, 0), (4, 1), (5, 2), (6, 3)]
    assert results[-1].seed == 6 and len(results[1:3]) == 2
    assert results == badwire.run(lossy_ftp, network="virtual", seed=3, repeat=4)


def test_a_matrix_makes_a_run_of_each_combination(lossy_ftp):
    lossy_ftp["matrix"] = {"loss": [0.0, 0.1]}
    lossy_ftp["links"]["wan"]["loss"] = "${matrix.loss}"
    lossy_ftp["expect"].pop()

    without, with_loss = badwire.run(lossy_ftp, network="virtual")

    assert without.matrix == {"loss": 0.0} and without.metrics["link.wan.up.dropped"] == 0
    assert with_loss.matrix == {"loss": 0.1} and with_loss.metrics["link.wan.up.dropped"] > 0


def test_only_chooses_combinations_of_the_matrix(lossy_ftp):
    lossy_ftp["matrix"] = {"loss": [0.0, 0.1]}
    lossy_ftp["links"]["wan"]["loss"] = "${matrix.loss}"
    lossy_ftp["expect"].pop()

    (run,) = badwire.run(lossy_ftp, network="virtual", only={"loss": 0.1})

    assert run.matrix == {"loss": 0.1}
    with pytest.raises(badwire.ScenarioError, match="never 0.2; it is 0.0, 0.1"):
        badwire.run(lossy_ftp, network="virtual", only={"loss": 0.2})


def test_a_pass_in_which_a_link_did_nothing_says_so_and_strict_refuses_it(lossy_ftp):
    lossy_ftp["links"]["spare"] = {"loss": 1}
    lossy_ftp["expect"].append({"struck": "wan.loss"})

    (run,) = badwire.run(lossy_ftp, network="virtual")
    assert run.passed and run.vacuous == ['spare: no process goes "over" link spare']
    assert "pass, but spare" in repr(run)
    assert run.links["wan"].up.struck["loss"] + run.links["wan"].down.struck["loss"] > 0

    (strictly,) = badwire.run(lossy_ftp, network="virtual", strict=True)
    assert strictly.verdict == "fail" and run.vacuous[0] in strictly.message


def test_a_deadlock_says_who_waits_for_what():
    (run,) = badwire.run({"network": "virtual", "processes": {"a": {"program": "datagram-receiver"}}})

    assert run.verdict == "fail" and run.message.startswith("deadlock: ")
    (waiting,) = run.deadlock["waiting"]
    assert waiting["process"] == "a" and waiting["for"].startswith("a datagram at 127.0.0.1:")


def test_real_processes_run_over_the_relay(lossy_ftp):
    results = badwire.run(lossy_ftp, network="relay", seed=7)

    assert results.passed, results
    (run,) = results
    wan = run.links["wan"]
    assert wan.up.offered == wan.up.delivered + wan.up.dropped + wan.up.undeliverable + wan.up.in_flight
    assert wan.up.dropped + wan.down.dropped > 0
    assert wan.lateness_ms is not None
    assert run.processes["client"].metrics["retransmissions"] >= 1


def test_a_failed_expectation_is_a_result_and_says_why(waiting_experiment):
    waiting_experiment["expect"] = [{"metric": "waiting.second.waiting_ms", "at_most": 1}]

    results = badwire.run(waiting_experiment)

    assert not results.passed and results.verdict == "fail"
    assert not results[0].expectations[0].met
    assert "19500" in results[0].message
    assert "1 fail" in repr(results) and results[0].message in repr(results)


def test_a_folder_for_the_results_holds_what_the_command_writes(waiting_experiment, tmp_path):
    out = tmp_path / "out"

    results = badwire.run(waiting_experiment, out=out)

    assert {"results.json", "junit.xml", "report.html", "runs", "scenario.json"} <= {
        path.name for path in out.iterdir()
    }
    assert json.loads((out / "results.json").read_text()) == results.json
    # The scenario of the replay command is the one that ran.
    assert str(out / "scenario.json") in results[0].json["replay"]
    assert badwire.run(out / "scenario.json")[0].waiting == results[0].waiting


def test_a_folder_that_somebody_else_filled_is_a_harness_error(waiting_experiment, tmp_path):
    (tmp_path / "runs").mkdir()

    with pytest.raises(badwire.HarnessError, match="did not write"):
        badwire.run(waiting_experiment, out=tmp_path)


def test_a_failed_harness_raises_with_all_results(waiting_experiment, monkeypatch):
    monkeypatch.setenv("BADWIRE", "/nowhere/badwire")

    with pytest.raises(badwire.HarnessError, match="cannot start /nowhere/badwire") as caught:
        badwire.run(waiting_experiment, network="direct")

    assert caught.value.results is not None
    assert caught.value.results.verdict == "error"


def test_results_can_be_sent_to_another_process(waiting_experiment):
    results = badwire.run(waiting_experiment)

    assert pickle.loads(pickle.dumps(results)) == results


def test_other_threads_go_on_during_a_run(tmp_path):
    # The process ends only when the other thread has seen it begin. If the GIL were held, that
    # would never happen, and the run would fail by its time limit.
    begun, gate = tmp_path / "begun", tmp_path / "gate"
    seen = threading.Event()

    def open_the_gate():
        wait_until(begun.exists, "the process")
        seen.set()
        gate.touch()

    other = threading.Thread(target=open_the_gate)
    other.start()
    script = f"touch '{begun}'; until [ -e '{gate}' ]; do sleep 0.01; done"
    results = badwire.run(
        {
            "network": "direct",
            "time_limit": "50s",
            "processes": {"waiter": {"command": ["sh", "-c", script]}},
            "expect": [{"exit": {"waiter": 0}}],
        }
    )
    other.join()

    assert seen.is_set()
    assert results.passed, results


def processes_with(mark: str) -> list[int]:
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdecimal() and mark.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue  # it has ended, or is somebody else's
    return found


def test_ctrl_c_ends_a_run_and_leaves_no_process(tmp_path):
    begun = tmp_path / "begun"
    mark = f"BADWIRE_PYTHON_TEST={uuid.uuid4()}"
    command = ["sh", "-c", f"sleep 600 & touch '{begun}'; wait"]
    script = f"""
        import os, badwire
        try:
            badwire.run({{"network": "direct", "time_limit": "10min",
                          "processes": {{"sleeper": {{"command": {command!r}}}}}}})
        except KeyboardInterrupt:
            print("interrupted", flush=True)
            input()  # what is left is looked for while this process lives
    """
    caller = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=os.environ | dict([mark.split("=")]),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(begun.exists, "the process")
        assert len(processes_with(mark)) > 1

        caller.send_signal(signal.SIGINT)

        assert caller.stdout.readline() == "interrupted\n"
        assert processes_with(mark) == [caller.pid]
        caller.communicate("\n", timeout=60)
        assert caller.returncode == 0
    finally:
        caller.kill()
        caller.communicate()
