"""Loads and queueing theory in Python's results: what differs, or cannot be said, is no pass."""

from __future__ import annotations

import pickle

import pytest

import badwire


def queue(model, requests=20_000, rate="500/s"):
    return (
        badwire.Scenario("A queue", network="virtual", theory={"client": {"model": model, "service": "1ms"}})
        .process("server", "iterative-server", ["--work", "1ms"])
        .process("client", "load-client", ["--requests", requests], to="server",
                 arrivals={"poisson": rate}, work=1)
    )  # fmt: skip


@pytest.fixture(scope="module")
def agreeing():
    return badwire.run(queue("M/D/1"), repeat=3)


@pytest.fixture(scope="module")
def differing():
    return badwire.run(queue("M/M/1"))


def test_what_agrees_passes_and_is_a_row(agreeing):
    (theory,) = agreeing.theory
    assert agreeing.passed and theory.verdict == "agrees" and theory.runs == 3
    assert theory.theory_ms == pytest.approx(0.5)
    frame = agreeing.to_frame("theory")
    assert list(frame["model"]) == ["M/D/1"]
    assert frame["waiting_low_ms"][0] < frame["theory_ms"][0] < frame["waiting_high_ms"][0]
    assert pickle.loads(pickle.dumps(agreeing)) == agreeing


def test_what_differs_is_a_failure_though_every_run_passed(differing):
    assert all(run.passed for run in differing)
    assert differing.verdict == "fail" and not differing.passed
    assert "client and M/M/1: differs" in repr(differing)
    assert "differs" in differing._repr_html_() and "M/M/1" in differing._repr_html_()


@pytest.mark.parametrize("load", [{"requests": 10}, {"rate": "2000/s"}])
def test_what_cannot_be_said_is_inconclusive(load):
    results = badwire.run(queue("M/D/1", **load))
    assert results.theory[0].verdict == results.verdict == "inconclusive"
    assert not results.passed and "inconclusive" in repr(results) + results._repr_html_()


def test_a_load_is_a_row_of_each_run(agreeing):
    frame = agreeing.to_frame("load")
    assert list(frame["run"]) == [0, 1, 2] and set(frame["client"]) == {"client"}
    assert (frame["requests"] == 20_000).all() and (frame["answered"] == 20_000).all()
    assert frame["waiting_ms.mean"].mean() == pytest.approx(agreeing.theory[0].waiting_ms["mean"], rel=0.1)
    assert agreeing[0].load["client"]["service_ms"]["max"] == pytest.approx(1.0)
