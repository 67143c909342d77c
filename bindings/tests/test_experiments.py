"""search, shrink, certify, explain and mutate, tried on the course's own chat, which has no answer to
a lost message, and on its cured form, which has."""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys
import textwrap

import pandas
import pytest

import badwire

COMMAND = pathlib.Path(badwire.__file__).parent / "bin" / "badwire"


def chat(wire, **links):
    return {
        "title": "A chat",
        "network": "virtual",
        "time_limit": "20s",
        "links": {"wan": {"delay": {"uniform": ["3ms", "9ms"]}, **links}},
        "processes": {
            "bob": {"program": "udp-chat", "input": ["hi", "fine"], "stays": True},
            "ann": {"program": "udp-chat", "args": ["--wire", wire], "to": "bob", "over": "wan",
                    "input": ["hello", "how are you?", {"end": True}]},
        },
        "expect": [{"exit": {"ann": 0, "bob": 0}}, {"output": "ann", "contains": ": fine"}],
    }  # fmt: skip


@pytest.fixture
def weak():
    return chat("classic", loss=0.1, duplicate=0.05)


@pytest.fixture
def strong():
    return chat("framed", loss=0.1, duplicate=0.05)


@pytest.fixture
def file_of(tmp_path):
    def write(scenario, name="scenario.json"):
        (tmp_path / name).write_text(json.dumps(scenario))
        return tmp_path / name

    return write


def command(*words):
    return subprocess.run([COMMAND, *map(str, words)], capture_output=True, text=True, check=False)


# ---- search


def test_search_finds_what_the_command_finds(weak, file_of, tmp_path):
    file = file_of(weak)
    found = badwire.search(file, seeds=100, jobs=2)
    command("search", file, "--seeds", 100, "--out", tmp_path / "out")
    by_command = json.loads((tmp_path / "out" / "search.json").read_text())

    assert not found.passed and found.runs == 100
    assert (found.failed, found.before) == (by_command["failed"], 0)
    assert [kind.seed for kind in found.kinds] == [kind["seed"] for kind in by_command["kinds"]]
    assert sum(kind.count for kind in found.kinds) == found.failed
    for kind in found.kinds[:3]:
        assert badwire.run(file, seed=kind.seed).verdict == "fail"
        assert kind.replay == f"badwire run {file} --network virtual --seed {kind.seed}"


def test_search_in_a_dict_has_no_command_to_replay(weak):
    found = badwire.search(weak, seeds=50)
    assert found.failed > 0 and {kind.replay for kind in found.kinds} == {""}
    assert badwire.search(chat("framed", loss=0.1), seeds=100).passed


def test_a_search_in_a_folder_goes_on_where_it_was(weak, tmp_path):
    badwire.search(weak, seeds=30, out=tmp_path / "out")
    went_on = badwire.search(weak, seeds=60, out=tmp_path / "out")

    assert (went_on.before, went_on.runs) == (30, 60)
    whole = badwire.search(weak, seeds=60, out=tmp_path / "whole")
    assert [(kind.seed, kind.count) for kind in went_on.kinds] == [
        (kind.seed, kind.count) for kind in whole.kinds
    ]
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [run["seed"] for run in results["runs"]] == [kind.seed for kind in went_on.kinds]
    assert str(tmp_path / "out" / "scenario.json") in went_on.kinds[0].replay


def test_kinds_of_a_matrix_say_their_combination(weak):
    weak["matrix"] = {"loss": [0.0, 0.2]}
    weak["links"]["wan"] = {"delay": "5ms", "loss": "${matrix.loss}"}

    found = badwire.search(weak, seeds=20)
    assert found.runs == 40
    assert {kind.matrix["loss"] for kind in found.kinds} == {0.2}
    assert badwire.search(weak, seeds=20, only={"loss": 0.0}).passed


# ---- shrink, certify, explain


def test_shrink_leaves_a_scenario_that_still_fails_so(weak, tmp_path):
    seed = badwire.search(weak, seeds=100).kinds[0].seed

    small = badwire.shrink(weak, seed=seed, out=tmp_path / "small.json")

    assert 1 <= len(small.faults) <= 3 <= small.at_first + 2
    assert json.loads((tmp_path / "small.json").read_text()) == small.scenario
    (run,) = badwire.run(small.scenario, network="virtual")
    assert run.verdict == "fail" and small.failure
    for fault in small.faults:
        assert fault.link == "wan" and fault.told.startswith(f"wan {fault.direction}: ")
        less = json.loads(json.dumps(small.scenario))
        less["links"]["wan"][fault.direction]["exact"].remove(fault.rule)
        assert badwire.run(less, network="virtual").passed


def test_certify_proves_the_cure_and_refutes_the_chat_without(weak, strong, tmp_path):
    proved = badwire.certify(strong, faults=["drop", "duplicate", {"delay": "300ms"}], at_most=2,
                             first=6, jobs=2, out=tmp_path / "certificate.json")  # fmt: skip

    assert proved.certified and proved.counterexample == [] and proved.scenario is None
    assert proved.patterns == 1 + 6 * 3 + 15 * 9 and proved.runs <= proved.patterns
    assert "wan.up.loss" in proved.without
    assert json.loads((tmp_path / "certificate.json").read_text()) == proved.json

    refuted = badwire.certify(weak, at_most=1)
    assert not refuted.certified and refuted.failure
    assert len(refuted.counterexample) == 1
    assert badwire.run(refuted.scenario, network="virtual").verdict == "fail"


def test_explain_says_what_a_loss_would_mean(file_of, tmp_path):
    file = file_of(chat("classic"))
    mapped = badwire.explain(file, out=tmp_path / "out")

    command("explain", file, "--out", tmp_path / "by_command")
    by_command = json.loads((tmp_path / "by_command" / "results.json").read_text())
    assert mapped.json == by_command["runs"][0]["fault_map"]
    assert mapped.json == json.loads((tmp_path / "out" / "results.json").read_text())["runs"][0]["fault_map"]
    assert mapped.critical is not None and mapped.critical.failure
    for packet in mapped.packets:
        lossy = chat("classic")
        lossy["links"]["wan"][packet.direction] = {"exact": [{"nth": packet.nth}]}
        assert badwire.run(lossy).passed == (packet.if_lost != "fatal")
    frame = mapped.to_frame()
    assert isinstance(frame, pandas.DataFrame) and list(frame["nth"]) == [one.nth for one in mapped.packets]
    assert {"at_ms", "cost_ms", "if_lost"} <= set(frame.columns)


def test_mutate_says_which_bugs_are_found(lossy_ftp):
    del lossy_ftp["network"]
    score = badwire.mutate([lossy_ftp], seeds=3, jobs=2)

    assert score.planted == len(score.mutants) > 0
    assert score.caught == sum(one.caught for one in score.mutants)
    for one in score.mutants:
        assert one.program in ("udp-ftp-server", "udp-ftp-client") and one.scenarios == 1
        assert (one.by == "scenario" and one.failure != "") is one.caught


# ---- mistakes


def test_mistakes_are_told_in_the_words_of_the_command(weak, strong, file_of):
    weak["matrix"] = {"loss": [0.0, 0.2]}
    weak["links"]["wan"]["loss"] = "${matrix.loss}"
    two = file_of(weak, "two.json")
    for words, attempt, error in (
        (["certify", two], lambda: badwire.certify(two), badwire.ScenarioError),
        (["search", "nowhere.json"], lambda: badwire.search("nowhere.json"), badwire.ScenarioError),
        (["shrink", file_of(strong)], lambda: badwire.shrink(file_of(strong)), ValueError),
    ):
        told = command(*words).stderr
        with pytest.raises(error) as caught:
            attempt()
        assert told and told.endswith(str(caught.value) + "\n")


@pytest.mark.parametrize(
    ("attempt", "kind", "message"),
    [
        (lambda s: badwire.search(s, seeds=0), ValueError, "seeds: expected a whole number from 1"),
        (lambda s: badwire.search(s, first="1"), TypeError, "first: expected a whole number"),
        (lambda s: badwire.search(s, jobs=0), ValueError, "jobs: expected a whole number from 1 to"),
        (lambda s: badwire.search(s, out=7), TypeError, "out: expected a path"),
        (lambda s: badwire.search(s, only=["loss"]), TypeError, "only: expected a dict"),
        (lambda s: badwire.shrink(s, seed=-1), ValueError, "seed: expected a whole number from 0"),
        (lambda s: badwire.certify(s, faults="drop,eat"), ValueError, "faults: expected faults .* found .eat"),
        (lambda s: badwire.certify(s, faults=["eat"]), ValueError, "faults: expected faults .* found .eat"),
        (lambda s: badwire.certify(s, faults=3), TypeError, "faults: expected a list"),
        (lambda s: badwire.certify(s, at_most=9), ValueError, "at_most: expected a whole number"),
        (lambda s: badwire.explain(s, interleaving=True), TypeError, "interleaving: expected"),
        (lambda s: badwire.mutate([s], seeds=None), TypeError, "seeds: expected a whole number"),
        (lambda s: badwire.mutate([3]), TypeError, "scenario: expected a path or a dict, found 3"),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_are_named(strong, attempt, kind, message):
    with pytest.raises(kind, match=message):
        attempt(strong)


# ---- other threads, and Ctrl+C


def test_other_threads_go_on_and_ctrl_c_ends_a_search_and_keeps_what_is_found(strong, tmp_path):
    state = tmp_path / "out" / "search.json"
    # If the GIL were held, the other thread would never see the file, and the search never end.
    script = f"""
        import os, pathlib, signal, threading, time
        import badwire

        def interrupt():
            while not pathlib.Path({str(state)!r}).exists():
                time.sleep(0.01)
            os.kill(os.getpid(), signal.SIGINT)

        threading.Thread(target=interrupt).start()
        try:
            badwire.search({strong!r}, seeds=10**9, out={str(state.parent)!r})
        except KeyboardInterrupt:
            print("interrupted", flush=True)
    """
    called = subprocess.run([sys.executable, "-c", textwrap.dedent(script)],
                            capture_output=True, text=True, timeout=100, check=False)  # fmt: skip

    assert (called.stdout, called.returncode) == ("interrupted\n", 0), called.stderr
    assert json.loads(state.read_text())["runs"] > 0
