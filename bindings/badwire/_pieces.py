"""Pieces of a sweep: what one worker does at a time, and the rows that come of it."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from badwire import _badwire
from badwire.errors import HarnessError
from badwire.results import Run, _flatten

Row = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Job:
    """A cell, with consecutive seeds."""

    cell: int
    file: str
    text: str
    network: str
    seed: int
    repeat: int
    """Of the first seed."""
    count: int
    whole: bool = False
    """All repetitions of a cell, over which its theory is judged: it is not divided."""

    def divided(self) -> list[Job]:
        """The same, run by run where that can be."""
        return [self] if self.whole else self.single_runs()

    def single_runs(self) -> list[Job]:
        """The same, run by run."""
        return [dataclasses.replace(self, seed=self.seed + at, repeat=self.repeat + at, count=1)
                for at in range(self.count)]

    def rows(self, verdict: str, message: str) -> list[Row]:
        """Rows without figures, of runs that nothing is known of."""
        return [{"cell": self.cell, "network": self.network, "seed": one.seed, "repeat": one.repeat,
                 "verdict": verdict, "message": message} for one in self.single_runs()]


Piece = tuple[Job, ...]
Outcome = list[tuple[list[Row], str]]
"""For each job the rows of its runs, and their results.json as it is; empty where there is none."""


def pieces_of(jobs: Sequence[Job], size: int) -> list[Piece]:
    """The jobs in pieces of at most ``size`` runs; a whole job is a piece of its own."""
    pieces: list[Piece] = [(job,) for job in jobs if job.whole]
    jobs = [job for job in jobs if not job.whole]
    now: list[Job] = []
    room = size
    for job in jobs:
        at = 0
        while at < job.count:
            count = min(room, job.count - at)
            now.append(dataclasses.replace(job, seed=job.seed + at, repeat=job.repeat + at, count=count))
            at, room = at + count, room - count
            if room == 0:
                pieces.append(tuple(now))
                now, room = [], size
    return [*pieces, tuple(now)] if now else pieces


def run_piece(piece: Piece) -> Outcome:
    """Makes the runs of a piece, in this process. What the harness cannot do is an ``error``."""
    outcome: Outcome = []
    for job in piece:
        try:
            text = _badwire.run(job.file, job.text, job.network, job.seed, job.count, 1, "", False, "",
                                _badwire.Stop())
        except HarnessError as error:
            outcome.append((job.rows("error", str(error)), ""))
            continue
        results = json.loads(text)
        rows = [_row(job, at, Run.from_json(run)) for at, run in enumerate(results["runs"])]
        outcome.append((_judged(rows, results.get("theory", [])), text))
    return outcome


def lost_piece(piece: Piece, why: str) -> Outcome:
    """What becomes of a piece that no worker brought to an end."""
    return [(job.rows("error", why), "") for job in piece]


def _judged(rows: list[Row], theories: Sequence[dict[str, Any]]) -> list[Row]:
    """The rows of a cell whose waiting was held against theory: what theory says of all of them counts
    for each that passed."""
    for verdict, counts_as in (("differs", "fail"), ("inconclusive", "inconclusive")):
        for theory in theories:
            if theory["verdict"] == verdict:
                told = {"verdict": counts_as, "message": f"theory {verdict}: {theory['message']}"}
                return [row | (told if row["verdict"] == "pass" else {}) for row in rows]
    return rows


def _row(job: Job, at: int, run: Run) -> Row:
    row: Row = {"cell": job.cell, "network": job.network, "seed": run.seed, "repeat": job.repeat + at,
                "verdict": run.verdict, "message": run.message, "vacuous": "; ".join(run.vacuous),
                "elapsed_ms": run.elapsed_ms, "wall_ms": run.wall_ms}
    if run.waiting:
        for name in ("waiting_ms", "service_ms", "response_ms"):
            times = [getattr(one, name) for one in run.waiting]
            row[f"waiting.{name}_mean"] = sum(times) / len(times)
            row[f"waiting.{name}_max"] = max(times)
        row["waiting.requests"] = len(run.waiting)
    _flatten(run.json.get("load", {}), "load", row)
    return row | run.metrics
