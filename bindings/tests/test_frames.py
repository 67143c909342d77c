"""Results as pandas data frames; needs Debian's python3-pandas."""

from __future__ import annotations

import sys

import pandas
import pytest

import badwire


def test_each_run_is_a_row_with_its_matrix_and_its_metrics(lossy_ftp):
    lossy_ftp["matrix"] = {"loss": [0.05, 0.2]}
    lossy_ftp["links"]["wan"]["loss"] = "${matrix.loss}"
    results = badwire.run(lossy_ftp, network="virtual", repeat=5)

    frame = results.frame()

    assert len(frame) == 10
    assert list(frame["matrix.loss"].unique()) == [0.05, 0.2]
    assert list(frame["verdict"].unique()) == ["pass"]
    assert frame["client.retransmissions"].dtype.kind in "if"
    retransmitted = frame.groupby("matrix.loss")["client.retransmissions"].mean()
    assert retransmitted[0.2] > retransmitted[0.05]
    assert (frame["link.wan.up.dropped"] == [run.links["wan"].up.dropped for run in results]).all()


def test_each_request_is_a_row_of_waiting(waiting_experiment):
    frame = badwire.run(waiting_experiment, repeat=2).frame("waiting")

    assert list(frame["run"]) == [0, 0, 1, 1]
    assert list(frame["client"]) == ["first", "second"] * 2
    assert list(frame["waiting_ms"]) == [0, 19_500] * 2
    pandas.testing.assert_series_equal(
        frame["waiting_ms"] + frame["service_ms"], frame["response_ms"], check_names=False
    )


def test_where_nobody_waited_the_frame_is_empty_and_has_its_columns(lossy_ftp):
    frame = badwire.run(lossy_ftp, network="virtual").frame("waiting")

    assert frame.empty
    assert {"run", "client", "waiting_ms"} <= set(frame.columns)


def test_without_pandas_the_error_says_what_to_install(waiting_experiment, monkeypatch):
    results = badwire.run(waiting_experiment)
    monkeypatch.setitem(sys.modules, "pandas", None)

    with pytest.raises(ImportError, match="python3-pandas"):
        results.frame()
    with pytest.raises(ValueError, match="waitings"):
        results.frame("waitings")
