"""Search and certify over workers: the same result as on one, also when a worker is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import badwire
from badwire import cluster

CHAT = {
    "title": "A chat over a link that loses",
    "network": "virtual",
    "matrix": {"loss": [0.05, 0.1]},
    "links": {"wan": {"loss": "${matrix.loss}", "delay": "5ms"}},
    "processes": {
        "server": {"program": "udp-ftp-server", "args": ["--once"]},
        "client": {"program": "udp-ftp-client", "args": ["a.txt"], "to": "server",
                   "over": "wan"},
    },
    "files": {"a.txt": {"random": "200B"}},
    "expect": [{"metric": "client.retransmissions", "at_most": 2}],
}


@pytest.fixture
def chat(tmp_path):
    file = tmp_path / "chat.json"
    file.write_text(json.dumps(CHAT))
    return file


def without_replay(search: badwire.Search) -> dict:
    for kind in search.json["kinds"]:
        kind.pop("replay", None)
    return search.json


def test_a_search_finds_the_same_on_many_workers(chat):
    alone = badwire.search(chat, seeds=150, first=3, interleavings=2)
    assert 1 < len(alone.kinds) and 0 < alone.failed < alone.runs == 600

    with ThreadPoolExecutor(2) as pool:
        found = cluster.search(chat, pool, seeds=150, first=3, interleavings=2)

    assert [one.replay for one in found.kinds] == [one.replay for one in alone.kinds]
    assert without_replay(found) == without_replay(alone)


@pytest.mark.parametrize(("most", "certified"), [(2, True), (0, False)])
def test_a_certificate_says_the_same_on_many_workers(chat, most, certified):
    scenario = CHAT | {"expect": [{"metric": "client.retransmissions", "at_most": most}]}
    options = {"faults": "drop,duplicate", "at_most": 2, "first": 5, "only": {"loss": 0.05}}

    alone = badwire.certify(scenario, **options)
    with ThreadPoolExecutor(2) as pool:
        made = cluster.certify(scenario, pool, **options)

    assert made.certified is alone.certified is certified
    assert made.counterexample == alone.counterexample and made.scenario == alone.scenario
    if certified:
        assert made.runs == alone.runs and made.patterns == alone.patterns
        assert made.json["runs_that_changed_nothing"] == alone.json["runs_that_changed_nothing"]


def test_seeds_that_are_lost_again_and_again_are_no_result(chat):
    broken = RuntimeError("the worker is gone")

    class Losing(ThreadPoolExecutor):
        def submit(self, function, work, piece):
            return super().submit(lambda: (_ for _ in ()).throw(broken))

    with Losing(1) as pool, pytest.raises(badwire.HarnessError, match="seeds 1 to 64 were lost .* 4 times"):
        cluster.search(chat, pool)


@pytest.fixture
def dask(tmp_path):
    distributed = pytest.importorskip("distributed")
    from dask_cluster import cluster as start

    with start(tmp_path / "dask", workers=2) as made, distributed.Client(made.address) as client:
        client.wait_for_workers(2)
        yield made


def test_the_commands_use_the_workers_of_a_scheduler(chat, dask, tmp_path):
    def badwire_command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-m", "badwire", *words, "--scheduler", dask.address],
                              cwd=tmp_path, capture_output=True, text=True, check=False)

    alone = badwire.search(chat, seeds=200)
    dask.workers[0].kill()
    found = badwire_command("search", str(chat), "--seeds", "200")
    assert found.returncode == 1, found
    assert f"{alone.runs} runs: {alone.runs - alone.failed} passed, {alone.failed} failed" in found.stdout
    assert alone.kinds[0].replay in found.stdout

    made = badwire_command("certify", str(chat), "--only", "loss=0.05", "--at-most", "1", "--first", "5")
    assert made.returncode == 0, made
    assert json.loads((tmp_path / "certificate.json").read_text())["certified"] is True
    wrong = badwire_command("search", "nowhere.json")
    assert wrong.returncode == 2 and "nowhere.json" in wrong.stderr and "Traceback" not in wrong.stderr


def test_a_scheduler_that_is_not_there_is_said(chat):
    pytest.importorskip("distributed")
    command = [badwire._badwire.executable(), "search", str(chat), "--scheduler", "tcp://127.0.0.1:1"]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 4
    assert ended.stderr.splitlines()[-1].startswith("badwire search: ")
