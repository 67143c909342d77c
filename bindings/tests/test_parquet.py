"""Results as Parquet, by whichever library pandas finds."""

import importlib.util

import pandas
import pytest

import badwire

ENGINES = [name for name in ("pyarrow", "fastparquet") if importlib.util.find_spec(name)]


def results():
    run = {"scenario": "a.json", "title": "A", "network": "virtual", "repeat": 0, "verdict": "pass",
           "message": "", "elapsed_ms": 1.5, "wall_ms": 2.5, "expectations": [], "links": {}, "waiting": []}
    client = {"program": "x", "arguments": [], "exit": 0, "stopped": False, "started_ms": 0, "ended_ms": 1,
              "metrics": {"sent": 7}, "stdout": "", "stderr": ""}
    return badwire.Results({"version": 1, "runs": [
        {**run, "seed": 1, "matrix": {"size": 3, "many": [1, 2]}, "processes": {"client": client}},
        {**run, "seed": 2, "matrix": {"size": "all"}, "processes": {}}]})


def test_every_column_is_of_one_kind(tmp_path, monkeypatch):
    written = {}
    monkeypatch.setattr(pandas.DataFrame, "to_parquet",
                        lambda self, file, index: written.update(frame=self, file=file, index=index))
    results().to_parquet(tmp_path / "runs.parquet")
    frame = written["frame"]
    assert written["file"] == tmp_path / "runs.parquet" and written["index"] is False
    assert frame["matrix.size"].tolist() == ["3", "all"] and frame["matrix.many"][0] == "[1, 2]"
    assert frame["seed"].tolist() == [1, 2] and frame["client.sent"][0] == 7
    for name in frame.columns:
        if frame[name].dtype == object:
            assert all(isinstance(value, str) for value in frame[name].dropna()), name


@pytest.mark.skipif(not ENGINES, reason="needs pyarrow or fastparquet")
def test_what_is_written_is_read_again(tmp_path):
    results().to_parquet(tmp_path / "runs.parquet")
    again = pandas.read_parquet(tmp_path / "runs.parquet")
    assert again["elapsed_ms"].tolist() == [1.5, 1.5] and again["verdict"].tolist() == ["pass", "pass"]


@pytest.mark.skipif(bool(ENGINES), reason="there is a library")
def test_a_missing_library_is_named(tmp_path):
    with pytest.raises(ImportError, match="pyarrow"):
        results().to_parquet(tmp_path / "runs.parquet")
