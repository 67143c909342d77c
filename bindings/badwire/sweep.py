"""Sweeps: a scenario with every combination of some values, many times each, on one machine or many.

    swept = badwire.sweep("ftp.json", {"loss": [0, 0.05, 0.1]}, repeat=100, network="virtual",
                          executor=ProcessPoolExecutor(), out="ftp.csv")
    swept.summary("client.elapsed_ms")        # mean and 95 % interval, a row for each value of loss
    swept.to_frame()                          # a row for each run
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
import os
import pathlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any, Union

from badwire import _arguments, _badwire
from badwire._frames import frame_of
from badwire._grid import Cell, Grid, grid_of, texts_in
from badwire._journal import Journal
from badwire._pieces import Job, Outcome, Piece, Row, pieces_of
from badwire._workers import executor_of, run_pieces
from badwire.results import Run
from badwire.running import Scenario

if TYPE_CHECKING:
    import pandas

Progress = Union[bool, Callable[[int, int], None], None]
_VERDICTS = ("pass", "fail", "inconclusive", "error")
_MEASURED = ("pass", "fail")  # what an inconclusive run measured is not what was asked for
_Key = tuple[int, int]  # cell and repetition


def sweep(
    scenario: Scenario,
    grid: Mapping[str, Sequence[Any]],
    *,
    repeat: int = 1,
    seed: int = 1,
    network: str | None = None,
    executor: Executor | Any = None,
    out: str | os.PathLike[str] | None = None,
    progress: Progress = None,
) -> Sweep:
    """Runs a scenario with every combination of the grid's values, ``repeat`` times each.

    The seed of a run is ``seed`` plus its repetition, whatever else: the same in every cell, so cells are
    compared over the same networks; and who runs it, in which order, changes nothing. A run that fails is a
    result; so is one that cannot be made, or whose worker was lost four times: its verdict is ``error``.

    Args:
        scenario: A file, or what a file would hold, as a dict.
        grid: Values by name. A name is a parameter that the scenario uses (``${matrix.loss}``), or a JSON
            pointer into it (``"/links/wan/loss"``). Parameters of its matrix that are not here keep their
            values.
        repeat: Runs of each cell, 1 to 10**6.
        seed: Of the first repetition, 0 to 2**63.
        network: As for run(); default: those that the scenario names.
        executor: Where: an executor of concurrent.futures, or a Client of dask.distributed; default: in
            this process, one after the other. It is not shut down. Workers need badwire and, on other
            machines, the scenario's files at the same place.
        out: A ``.csv``, ``.jsonl`` or ``.parquet`` file for the rows. While the sweep goes on they stand in
            a journal beside it, so a sweep that was interrupted goes on with the same call, also with more
            repetitions; a run with verdict ``error`` is made again.
        progress: Told how many of how many runs have ended; True: a bar of tqdm; None: a bar on a terminal
            if tqdm is installed; False: none.

    Raises:
        badwire.ScenarioError: A mistake in the scenario, with any of the values; nothing was started.
        ImportError: A package that was asked for is not installed; nothing was started.
        ValueError, TypeError: An argument that cannot be; a file ``out`` of another sweep.
    """
    _arguments.whole("repeat", repeat, 1, 1_000_000)
    _arguments.whole("seed", seed, 0, 2**63)
    cells = grid_of(scenario, grid, network)
    identity = _identity(cells, seed)
    journal = None if out is None else Journal(_arguments.path("out", out), identity)
    try:
        found = {(row["cell"], row["repeat"]): row for row in (journal.rows if journal else ())
                 if row["verdict"] != "error"}
        made = _Making(cells, seed, repeat, found, journal)
        made.perform(None if executor is None else executor_of(executor), progress)
        rows = made.rows()
        if journal:
            journal.finish(made.all_rows())
        return Sweep(rows, [one.columns for one in cells.cells], made.results())
    finally:
        if journal:
            journal.close()


class Sweep(Sequence[Row]):
    """The rows of a sweep, cell by cell, in each cell by repetition.

    Attributes:
        rows: A dict for each run: the grid's values, network, seed, repeat, verdict, message, times and
            metrics as in ``Results.to_frame()``, and of all clients' waiting times the mean and the
            longest. Units are in the names.
    """

    def __init__(self, rows: list[Row], cells: list[dict[str, Any]], results: list[str]) -> None:
        self.rows = rows
        self._cells = cells
        self._results = results

    @functools.cached_property
    def runs(self) -> list[Run]:
        """The runs that this call made, in the same order; those of a resumed file and lost ones have only a
        row."""
        return [Run.from_json(run) for text in self._results for run in json.loads(text)["runs"]]

    @property
    def passed(self) -> bool:
        """Whether every run passed."""
        return all(row["verdict"] == "pass" for row in self.rows)

    def to_frame(self) -> pandas.DataFrame:
        """A row for each run, also for those that were lost, whose figures are NaN.

        Raises:
            ImportError: pandas is not installed.
        """
        return frame_of(self.rows, ["cell", "network", "seed", "repeat", "verdict", "message"])

    def summary(self, *metrics: str) -> pandas.DataFrame:
        """A row for each cell: its values, network, runs, how many came to which verdict, and for each
        metric (a column of ``rows``) ``METRIC.mean``, the ends of its 95 % interval ``METRIC.low`` and
        ``METRIC.high``, and ``METRIC.n``.

        The interval is Student's t, for independent repetitions with means that are about normal; NaN for
        fewer than two. Runs that are inconclusive or an error are counted, but not in the figures.

        Raises:
            ImportError: pandas is not installed.
            ValueError: No run has such a metric.
        """
        for metric in metrics:
            if not any(metric in row for row in self.rows):
                names = sorted({name for row in self.rows for name in row})
                raise ValueError(f"summary: no run has {metric!r}; there is {', '.join(names)}")
        return frame_of([self._summary_of(at, metrics) for at in range(len(self._cells))], [])

    def _summary_of(self, cell: int, metrics: Sequence[str]) -> Row:
        rows = [row for row in self.rows if row["cell"] == cell]
        count = Counter(row["verdict"] for row in rows)
        told: Row = {**self._cells[cell], "network": rows[0]["network"], "runs": len(rows)}
        told |= {verdict: count[verdict] for verdict in _VERDICTS}
        for metric in metrics:
            values = [row[metric] for row in rows if row["verdict"] in _MEASURED and metric in row]
            mean, half = mean_and_half_width(values)
            told |= {f"{metric}.mean": mean, f"{metric}.low": mean - half, f"{metric}.high": mean + half,
                     f"{metric}.n": len(values)}
        return told

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __repr__(self) -> str:
        count = Counter(row["verdict"] for row in self.rows)
        told = ", ".join(f"{count[verdict]} {verdict}" for verdict in _VERDICTS if count[verdict])
        return f"<badwire.Sweep: {len(self._cells)} cells, {told}>"


def mean_and_half_width(values: Sequence[float]) -> tuple[float, float]:
    """The mean and half the width of its 95 % interval (Student's t); NaN where they are not known."""
    if not values:
        return math.nan, math.nan
    mean = math.fsum(values) / len(values)
    if len(values) < 2:
        return mean, math.nan
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return mean, _badwire.student_t_95(len(values) - 1) * math.sqrt(variance / len(values))


class _Making:
    """The runs of a sweep while they are made."""

    def __init__(self, grid: Grid, seed: int, repeat: int, found: dict[_Key, Row],
                 journal: Journal | None) -> None:
        self._cells = {cell.index: cell for cell in grid.cells}
        self._keys = [(cell.index, at) for cell in grid.cells for at in range(repeat)]
        # What a file makes of a value is left behind: the values are known.
        self._rows = {key: self._cells[key[0]].columns | {name: value for name, value in row.items()
                                                          if name not in self._cells[key[0]].columns}
                      for key, row in found.items()}
        self._results: dict[_Key, str] = {}  # by their first run
        self._journal = journal
        virtual = all(cell.network == "virtual" for cell in grid.cells)
        self._forget_parts_of_theories(repeat)
        jobs = [Job(cell.index, grid.file, cell.text, cell.network, seed + at, at, 1, cell.has_theory)
                for cell in grid.cells for at in range(repeat) if (cell.index, at) not in self._rows]
        self._pieces = pieces_of(_joined(jobs), _piece_size(len(jobs)) if virtual else 1)

    def _forget_parts_of_theories(self, repeat: int) -> None:
        """A cell with theory is judged over all its repetitions, so they are made together."""
        for cell in self._cells.values():
            keys = [(cell.index, at) for at in range(repeat)]
            if cell.has_theory and not all(key in self._rows for key in keys):
                for key in [key for key in self._rows if key[0] == cell.index]:
                    del self._rows[key]

    def perform(self, executor: Executor | None, progress: Progress) -> None:
        done = sum(key in self._rows for key in self._keys)
        with _Shown(progress, done, len(self._keys)) as shown:
            def ended(_: Piece, outcome: Outcome) -> None:
                rows = []
                for found, results in outcome:
                    rows += [self._cells[row["cell"]].columns | row for row in found]
                    if results:
                        self._results[found[0]["cell"], found[0]["repeat"]] = results
                self._rows |= {(row["cell"], row["repeat"]): row for row in rows}
                if self._journal:
                    self._journal.add(rows)
                shown.more(len(rows))

            run_pieces(self._pieces, executor, ended)

    def rows(self) -> list[Row]:
        return [self._rows[key] for key in self._keys]

    def all_rows(self) -> list[Row]:
        """Those of the file that are not asked for now, too."""
        return [row for _, row in sorted(self._rows.items())]

    def results(self) -> list[str]:
        return [text for _, text in sorted(self._results.items())]


def _joined(jobs: list[Job]) -> list[Job]:
    """The same with consecutive repetitions of a cell in one job."""
    made: list[Job] = []
    for job in jobs:
        last = made[-1] if made else None
        if last and last.cell == job.cell and last.repeat + last.count == job.repeat:
            made[-1] = dataclasses.replace(last, count=last.count + 1)
        else:
            made.append(job)
    return made


def _piece_size(runs: int) -> int:
    """So many pieces that no worker waits long for the last, so few that handing them over costs little."""
    return max(1, min(64, runs // 32))


def _identity(grid: Grid, seed: int) -> str:
    """Tells sweeps apart whose rows do not belong together."""
    folder = pathlib.Path(grid.file).parent
    files = sorted({text for text in texts_in(grid.document) if len(text) < 256 and "\0" not in text
                    and (folder / text).is_file()})
    told = json.dumps([_badwire.version, grid.document, grid.axes, seed,
                       [cell.network for cell in grid.cells], files], sort_keys=True)
    digest = hashlib.sha256(told.encode())
    for name in files:
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]


class _Shown:
    """How far the sweep is."""

    def __init__(self, progress: Progress, done: int, total: int) -> None:
        self._done, self._total = done, total
        self._tell = progress if callable(progress) else None
        self._bar: Any = None
        if progress is True or (progress is None and sys.stderr.isatty()):
            try:
                import tqdm
            except ImportError as error:
                if progress:
                    raise ImportError("progress: a bar needs tqdm: install Debian's package python3-tqdm, "
                                      "or pip install tqdm") from error
                return
            self._bar = tqdm.tqdm(initial=done, total=total, unit="run")

    def more(self, runs: int) -> None:
        self._done += runs
        if self._bar is not None:
            self._bar.update(runs)
        if self._tell:
            self._tell(self._done, self._total)

    def __enter__(self) -> _Shown:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
