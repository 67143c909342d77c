"""Scenarios that are built piece by piece are the dicts that a file would hold."""

from __future__ import annotations

import numpy
import pytest

import badwire
from badwire import Scenario


def lossy_ftp():
    return (
        Scenario("A file over a link that loses", network=["relay", "virtual"])
        .file("payload.bin", random="16KiB")
        .link("wan", loss=0.05, delay="1ms")
        .process("server", "udp-ftp-server", ["--once"])
        .process("client", "udp-ftp-client", ["payload.bin", "--mode", "stop-and-wait"],
                 to="server", over="wan")
        .expect(exit={"client": 0, "server": 0})
        .expect({"same_file": ["payload.bin", "server/received/payload.bin"]},
                {"metric": "client.retransmissions", "at_least": 1})
    )  # fmt: skip


def test_it_is_what_a_file_would_hold(request):
    assert dict(lossy_ftp()) == request.getfixturevalue("lossy_ftp")


def test_it_runs_and_is_written(tmp_path):
    built = lossy_ftp()
    results = badwire.run(built, network="virtual", seed=7)
    built.write(tmp_path / "built.json")

    assert results.passed
    assert results[0].processes == badwire.run(tmp_path / "built.json", network="virtual", seed=7)[0].processes
    assert badwire.load(tmp_path / "built.json") == dict(built)
    assert badwire.search(lossy_ftp().set(time_limit="20s"), seeds=3).runs == 3


def test_a_matrix_takes_any_values():
    built = (
        Scenario(network="virtual")
        .link("wan", {"loss": "${matrix.loss}"}, delay="1ms")
        .process("server", "iterative-server")
        .process("client", "sum-client", args=["--count", "3"], to="server", over="wan")
        .matrix(loss=numpy.linspace(0, 0.2, 3))
    )
    assert [run.matrix["loss"] for run in badwire.run(built)] == [0.0, 0.1, 0.2]


def test_mistakes_come_from_the_check():
    built = Scenario("Wrong").process("server", "iterative-servr").link("wan", los=0.1)
    with pytest.raises(badwire.ScenarioError) as caught:
        badwire.check(built)
    assert 'did you mean "iterative-server"' in str(caught.value) and "/links/wan/los" in str(caught.value)


@pytest.mark.parametrize(
    ("build", "kind", "message"),
    [
        (lambda: Scenario(7), TypeError, "title: expected a text"),
        (lambda: Scenario().link("wan").link("wan"), ValueError, "'wan' is among the links already"),
        (lambda: Scenario().process("a", args="--once"), TypeError, "args: expected a list"),
        (lambda: Scenario().process("a", command=3), TypeError, "command: expected a list"),
        (lambda: Scenario().expect("exit"), TypeError, "expect: expected a dict"),
        (lambda: Scenario().matrix(loss=0.1), TypeError, "loss: expected a list"),
        (lambda: Scenario().file(3, "text"), TypeError, "name: expected a text"),
    ],
)
def test_what_is_no_argument_is_named(build, kind, message):
    with pytest.raises(kind, match=message):
        build()
