"""Sweeps: figures that nobody who runs them can change; lost workers; files that are resumed."""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import textwrap
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from waiting import wait_until

import badwire
from badwire import _workers
from badwire._pieces import Job, pieces_of

GRID = {"loss": [0, 0.1], "delay": ["1ms", "0.02s"]}


@pytest.fixture
def scenario():
    return {
        "title": "A file over a link that loses",
        "network": "virtual",
        "files": {"payload.bin": {"random": "2KiB"}},
        "links": {"wan": {"loss": "${matrix.loss}", "delay": "${matrix.delay}"}},
        "processes": {
            "server": {"program": "udp-ftp-server", "args": ["--once"]},
            "client": {"program": "udp-ftp-client", "args": ["payload.bin"], "to": "server", "over": "wan"},
        },
    }


def figures(sweep: badwire.Sweep) -> list[dict]:
    """All but what the machine decides."""
    return [{name: value for name, value in row.items() if name != "wall_ms"} for row in sweep]


# ---- what is run


def test_every_combination_runs_with_the_seeds_of_its_repetitions(scenario):
    swept = badwire.sweep(scenario, GRID, repeat=3, seed=7)

    assert swept.passed and len(swept) == 12
    assert [(row["loss"], row["delay_ms"], row["seed"], row["repeat"]) for row in swept] == [
        (loss, delay, 7 + repeat, repeat) for loss in (0, 0.1) for delay in (1, 20) for repeat in range(3)]
    # The same as without a sweep.
    links = {"wan": {"loss": 0.1, "delay": "20ms"}}
    alone = badwire.run(scenario | {"links": links}, seed=8)[0]
    assert swept[10]["client.elapsed_ms"] == alone.metrics["client.elapsed_ms"]
    assert swept.runs[10].links == alone.links
    assert swept[10]["link.wan.up.dropped"] + swept[10]["link.wan.down.dropped"] > 0


def test_a_json_pointer_is_a_parameter_and_the_scenarios_matrix_stays(scenario):
    scenario["matrix"] = {"loss": [0, 0.2], "delay": ["1ms"]}

    swept = badwire.sweep(scenario, {"/links/wan/rate": ["1Mbit/s", "10Mbit/s"],
                                     "/processes/client/args/0": ["payload.bin"]})

    assert [(row["links.wan.rate_bits_per_s"], row["loss"], row["delay_ms"]) for row in swept] == [
        (rate, loss, 1) for rate in (1e6, 1e7) for loss in (0, 0.2)]
    assert swept[0]["client.elapsed_ms"] > swept[2]["client.elapsed_ms"]


def test_every_network_of_the_scenario_is_swept(scenario):
    scenario["network"] = ["virtual", "relay"]

    swept = badwire.sweep(scenario, {"loss": [0], "delay": ["1ms"]}, repeat=2)

    assert [(row["network"], row["seed"]) for row in swept] == [
        ("virtual", 1), ("virtual", 2), ("relay", 1), ("relay", 2)]
    assert len(badwire.sweep(scenario, {"loss": [0], "delay": ["1ms"]}, network="relay")) == 1


@pytest.mark.parametrize(("grid", "wrong"), [
    ({"los": [1], "delay": ["1ms"]}, r"grid: los: the scenario uses no \$\{matrix.los\}"),
    ({"loss": 0.1}, "grid: loss: expected a list of values, found 0.1"),
    ({"loss": []}, "grid: loss: expected at least one value"),
    ({"/links/lan/loss": [0.1]}, "grid: /links/lan/loss: the scenario has no such place"),
    ({"loss": [math.nan], "delay": ["1ms"]}, "grid: loss: /0: expected a finite number"),
    ({"loss": [2], "delay": ["1ms"]}, "expected"),
])
def test_a_grid_that_does_not_fit_is_refused_before_anything_runs(scenario, grid, wrong, tmp_path):
    with pytest.raises((ValueError, TypeError), match=wrong):
        badwire.sweep(scenario, grid, out=tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


# ---- results


def test_a_summary_has_the_intervals_of_students_t(scenario):
    swept = badwire.sweep(scenario, GRID, repeat=5)

    table = swept.summary("client.elapsed_ms").to_dict("records")

    assert [(row["loss"], row["delay_ms"], row["runs"], row["pass"]) for row in table] == [
        (0, 1, 5, 5), (0, 20, 5, 5), (0.1, 1, 5, 5), (0.1, 20, 5, 5)]
    values = [row["client.elapsed_ms"] for row in swept if (row["loss"], row["delay_ms"]) == (0.1, 20)]
    half = 2.7764451051977987 * statistics.stdev(values) / math.sqrt(5)  # t(0.975; 4), R: qt(0.975, 4)
    assert table[3]["client.elapsed_ms.mean"] == pytest.approx(statistics.mean(values))
    assert table[3]["client.elapsed_ms.high"] - table[3]["client.elapsed_ms.mean"] == pytest.approx(half)
    assert table[3]["client.elapsed_ms.n"] == 5
    with pytest.raises(ValueError, match="no run has 'client.elapsed'; there is cell, "):
        swept.summary("client.elapsed")


def test_inconclusive_runs_are_counted_but_not_in_the_figures(scenario):
    scenario |= {"network": "relay", "limits": {"lateness_p50": "1ns"}}

    swept = badwire.sweep(scenario, {"loss": [0], "delay": ["1ms"]}, repeat=2)

    assert not swept.passed and repr(swept) == "<badwire.Sweep: 1 cells, 2 inconclusive>"
    (row,) = swept.summary("elapsed_ms").to_dict("records")
    assert (row["runs"], row["pass"], row["inconclusive"], row["elapsed_ms.n"]) == (2, 0, 2, 0)
    assert math.isnan(row["elapsed_ms.mean"])


def test_waiting_times_are_columns(waiting_experiment):
    swept = badwire.sweep(waiting_experiment, {"/processes/second/delay": ["500ms", "1s"]})

    assert [row["waiting.waiting_ms_max"] for row in swept] == [19_500, 19_000]
    assert [row["waiting.waiting_ms_mean"] for row in swept] == [9_750, 9_500]
    assert swept.to_frame()["processes.second.delay_ms"].tolist() == [500, 1000]


# ---- executors


def test_no_figure_depends_on_who_runs_what(scenario):
    alone = figures(badwire.sweep(scenario, GRID, repeat=40))

    for executor in (ThreadPoolExecutor(3), ProcessPoolExecutor(2)):
        with executor:
            assert figures(badwire.sweep(scenario, GRID, repeat=40, executor=executor)) == alone


def test_a_pool_whose_worker_is_killed_loses_nothing(scenario):
    alone = figures(badwire.sweep(scenario, GRID, repeat=64))
    killed = []

    def kill_one(done: int, total: int) -> None:
        if done >= total // 4 and not killed:
            killed.append(multiprocessing.active_children()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    with ProcessPoolExecutor(2) as pool:
        swept = badwire.sweep(scenario, GRID, repeat=64, executor=pool, progress=kill_one)

    assert killed and figures(swept) == alone


def deadly_piece(piece):
    """Stands in for a run that ends the process that makes it."""
    if any(job.cell == 1 and job.repeat <= 2 < job.repeat + job.count for job in piece):
        os.kill(os.getpid(), signal.SIGKILL)
    return _real_run_piece(piece)


_real_run_piece = _workers.run_piece


def test_a_run_that_ends_every_worker_is_an_error_and_ends_no_other_run(scenario, monkeypatch):
    alone = figures(badwire.sweep(scenario, GRID, repeat=16))
    monkeypatch.setattr(_workers, "run_piece", deadly_piece)

    with ProcessPoolExecutor(2) as pool:
        swept = badwire.sweep(scenario, GRID, repeat=16, executor=pool)

    lost = [row for row in swept if row["verdict"] == "error"]
    assert [(row["cell"], row["seed"], row["repeat"]) for row in lost] == [(1, 3, 2)]
    assert "lost with its worker, 4 times: BrokenProcessPool" in lost[0]["message"]
    assert len(swept) == 64 and len(swept.runs) == 63 and not swept.passed
    assert [row for row in figures(swept) if row["verdict"] != "error"] == [
        row for row in alone if (row["cell"], row["repeat"]) != (1, 2)]
    frame = swept.to_frame()
    assert len(frame) == 64 and frame["elapsed_ms"].isna().sum() == 1
    assert swept.summary("elapsed_ms")["error"].tolist() == [0, 1, 0, 0]


def test_an_executor_that_takes_no_more_work_leaves_errors_not_gaps(scenario):
    pool = ThreadPoolExecutor(1)
    pool.shutdown()

    swept = badwire.sweep(scenario, GRID, repeat=2, executor=pool)

    assert [row["verdict"] for row in swept] == ["error"] * 8
    assert "cannot schedule new futures" in swept[0]["message"]
    with pytest.raises(TypeError, match="executor: expected an executor of concurrent.futures"):
        badwire.sweep(scenario, GRID, executor="tcp://127.0.0.1:8786")


def test_pieces_hold_all_runs_once():
    jobs = [Job(cell, "f", "{}", "virtual", 10, 0, count) for cell, count in enumerate((5, 1, 9))]

    pieces = pieces_of(jobs, 4)

    assert [sum(job.count for job in piece) for piece in pieces] == [4, 4, 4, 3]
    singles = [(job.cell, job.seed, job.repeat) for piece in pieces for one in piece
               for job in one.single_runs()]
    assert singles == [(cell, 10 + at, at) for cell, count in enumerate((5, 1, 9)) for at in range(count)]


# ---- files


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_sweep_that_was_killed_goes_on_where_it_was(scenario, tmp_path, suffix):
    whole = figures(badwire.sweep(scenario, GRID, repeat=30))
    (tmp_path / "scenario.json").write_text(json.dumps(scenario | {"matrix": {"loss": [0], "delay": ["0s"]}}))
    out = tmp_path / f"sweep{suffix}"
    script = f"""
        import os, badwire
        def end(done, total):
            if done >= 50:
                os._exit(9)
        badwire.sweep("scenario.json", {GRID}, repeat=30, out={str(out)!r}, progress=end)
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, check=False)
    assert ended.returncode == 9 and not out.exists()
    journal = tmp_path / f"sweep{suffix}.journal"
    kept = journal.read_bytes().count(b"\n")
    assert 50 <= kept < 60
    journal.write_bytes(journal.read_bytes()[:-7])  # the last line is torn

    began = []
    swept = badwire.sweep(tmp_path / "scenario.json", GRID, repeat=30, out=out,
                          progress=lambda done, _: began.append(done))

    assert figures(swept) == whole
    assert min(began) >= kept and len(swept.runs) == 120 - (kept - 1)
    assert out.exists() and not journal.exists()
    again = badwire.sweep(tmp_path / "scenario.json", GRID, repeat=30, out=out)
    assert figures(again) == whole and again.runs == []
    more = badwire.sweep(tmp_path / "scenario.json", GRID, repeat=31, out=out)
    assert len(more) == 124 and len(more.runs) == 4
    fewer = badwire.sweep(tmp_path / "scenario.json", GRID, repeat=2, out=out)
    assert len(fewer) == 8
    assert badwire.sweep(tmp_path / "scenario.json", GRID, repeat=31, out=out).runs == []


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_a_file_of_another_sweep_is_refused(scenario, tmp_path, suffix):
    out = tmp_path / f"sweep{suffix}"
    scenario["processes"]["client"]["args"] += ["--mode", "stop-and-wait"]
    badwire.sweep(scenario, GRID, out=out)
    before = out.read_bytes()

    def refused(scenario, grid, **others) -> None:
        with pytest.raises(ValueError, match=f"sweep{suffix} is of another sweep"):
            badwire.sweep(scenario, grid, out=out, **others)
        assert out.read_bytes() == before and list(tmp_path.iterdir()) == [out]

    refused(scenario, GRID | {"loss": [0, 0.2]})
    refused(scenario, GRID, seed=2)
    refused(scenario, GRID, network="relay")
    scenario["processes"]["client"]["args"][-1] = "go-back-n"
    refused(scenario, GRID)
    out.write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="is no file of a sweep"):
        badwire.sweep(scenario, GRID, out=out)


def test_a_program_beside_the_scenario_that_changed_makes_another_sweep(tmp_path):
    scenario = {
        "network": "direct",
        "processes": {"a": {"command": ["python3", "a.py"]}},
        "expect": [{"exit": {"a": 0}}],
    }
    (tmp_path / "s.json").write_text(json.dumps(scenario))
    (tmp_path / "a.py").write_text("print(1)")
    badwire.sweep(tmp_path / "s.json", {"/title": ["x"]}, out=tmp_path / "out.csv")

    (tmp_path / "a.py").write_text("print(2)")

    with pytest.raises(ValueError, match="a file that it names"):
        badwire.sweep(tmp_path / "s.json", {"/title": ["x"]}, out=tmp_path / "out.csv")


def test_errors_are_run_again_when_a_sweep_is_resumed(scenario, tmp_path):
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    lost = badwire.sweep(scenario, GRID, out=tmp_path / "s.csv", executor=pool)
    assert [row["verdict"] for row in lost] == ["error"] * 4

    assert badwire.sweep(scenario, GRID, out=tmp_path / "s.csv").passed


def test_what_cannot_be_written_is_said_before_anything_runs(scenario, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"out: expected a name that ends with .csv, .jsonl or .parquet"):
        badwire.sweep(scenario, GRID, out=tmp_path / "s.xlsx")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        badwire.sweep(scenario, GRID, out=tmp_path / "s.parquet")
    assert list(tmp_path.iterdir()) == []


def test_two_sweeps_do_not_write_one_file(scenario, tmp_path):
    def other(done: int, total: int) -> None:
        with pytest.raises(ValueError, match="another sweep is writing"):
            badwire.sweep(scenario, GRID, out=tmp_path / "s.csv")

    badwire.sweep(scenario, GRID, out=tmp_path / "s.csv", progress=other)


# ---- dask.distributed


@pytest.fixture
def dask(tmp_path):
    distributed = pytest.importorskip("distributed")
    from dask_cluster import cluster

    with cluster(tmp_path / "dask", workers=2) as made, distributed.Client(made.address) as client:
        client.wait_for_workers(2)
        yield made, client


def test_dask_makes_the_same_runs_also_when_a_worker_is_killed_half_way(scenario, dask, tmp_path):
    made, client = dask
    alone = figures(badwire.sweep(scenario, GRID, repeat=60))

    def kill_one(done: int, total: int) -> None:
        if done >= total // 2:
            made.workers[0].kill()

    swept = badwire.sweep(scenario, GRID, repeat=60, executor=client, progress=kill_one,
                          out=tmp_path / "s.csv")

    assert swept.passed and figures(swept) == alone
    wait_until(lambda: made.workers[0].poll() is not None, "the worker's end")
    assert figures(badwire.sweep(scenario, GRID, repeat=10, executor=client.get_executor(pure=False))) == [
        row for row in alone if row["repeat"] < 10]


def test_progress_is_a_bar_where_it_is_asked_for(scenario, capsys):
    pytest.importorskip("tqdm")

    badwire.sweep(scenario, GRID, progress=True)

    assert "4/4" in capsys.readouterr().err
    badwire.sweep(scenario, GRID, progress=False)
    assert capsys.readouterr().err == ""


def test_a_parquet_file_is_resumed(scenario, tmp_path, monkeypatch):
    """With pickles where pandas would write Parquet: Debian has no package that can."""
    pandas = pytest.importorskip("pandas")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr(pandas.DataFrame, "to_parquet", pandas.DataFrame.to_pickle)
    monkeypatch.setattr(pandas, "read_parquet", pandas.read_pickle)

    first = badwire.sweep(scenario, GRID, repeat=2, out=tmp_path / "s.parquet")
    more = badwire.sweep(scenario, GRID, repeat=3, out=tmp_path / "s.parquet")

    assert len(first.runs) == 8 and len(more.runs) == 4
    assert figures(more) == figures(badwire.sweep(scenario, GRID, repeat=3))


def queue(model):
    return {"network": "virtual", "time_limit": "1h",
            "processes": {"server": {"program": "iterative-server", "args": ["--work", "1ms"]},
                          "client": {"program": "load-client", "to": "server", "args": ["--requests", "2000"],
                                     "arrivals": {"poisson": "${matrix.rate}"}}},
            "theory": {"client": {"model": model, "service": "1ms"}}}


def test_a_theory_is_judged_over_all_repetitions_of_a_cell(tmp_path):
    rates = {"rate": ["200/s", "500/s"]}
    agrees = badwire.sweep(queue("M/D/1"), rates, repeat=4, out=tmp_path / "md1.csv")
    assert agrees.passed
    differs = badwire.sweep(queue("M/M/1"), rates, repeat=4)
    assert {row["verdict"] for row in differs} == {"fail"}
    assert all("theory differs" in row["message"] for row in differs)
    more = badwire.sweep(queue("M/D/1"), rates, repeat=6, out=tmp_path / "md1.csv")
    once = badwire.sweep(queue("M/D/1"), rates, repeat=6)
    assert [(row["seed"], row["verdict"]) for row in more] == [(row["seed"], row["verdict"]) for row in once]
    assert len(more.runs) == 12  # a cell's repetitions are made together
