"""What happened in runs, as plain objects, made from results.json."""

from __future__ import annotations

import dataclasses
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from badwire import _arguments
from badwire._frames import frame_of
from badwire._notebook import html_of_results, html_of_run, rank
from badwire.theory import Theory

if TYPE_CHECKING:
    import pandas



@dataclasses.dataclass(frozen=True)
class Expectation:
    """One thing that was expected of a run."""

    what: str
    met: bool
    detail: str
    """What happened, whether it was met or not."""


@dataclasses.dataclass(frozen=True)
class Process:
    """One process of a run. Times are since the run's start, on the network's clock."""

    program: str = dataclasses.field(compare=False)
    """The first word of its command."""
    arguments: list[str] = dataclasses.field(compare=False)
    exit: int | None
    """128 + N: it was ended by signal N. None: it never started."""
    stopped: bool
    """The run ended it."""
    started_ms: float
    ended_ms: float
    metrics: dict[str, Any]
    """Counters and times, with units in their names."""
    stdout: str
    """If it was long, only its last 16 KiB."""
    stderr: str


@dataclasses.dataclass(frozen=True)
class Counters:
    """Packets of one direction of a link."""

    offered: int
    delivered: int
    dropped: int
    duplicated: int
    corrupted: int
    reordered: int
    rebound: int = 0
    """How often a NAT forgot a client, so that the server saw it from a new port."""
    marked: int = 0
    """Packets that an AQM marked (ECN) instead of dropping them."""
    not_capable: int = 0
    """Packets that an AQM that marks had to drop, as their senders know no ECN."""
    undeliverable: int = 0
    """Packets that the link let through, but the system could not hand on, or nobody took."""
    in_flight: int = 0
    """Packets that the link let through, and that had not arrived when the run ended."""
    dropped_by: dict[str, int] = dataclasses.field(default_factory=dict)
    """Dropped packets by rule: exact, partition, cut, rebind, mtu, queue, aqm, loss."""
    struck: dict[str, int] = dataclasses.field(default_factory=dict)
    """What was asked of the direction, and how often it did something."""
    rules: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    """Exact rules: ``rule``, and how many packets it ``matched`` and ``struck``."""
    partitions: dict[str, int] = dataclasses.field(default_factory=dict)
    """How many packets and connections each partition of processes has stopped, as ``{"faults.1": 3}``."""
    connections: int = 0
    """TCP connections."""
    tcp: dict[str, float | None] = dataclasses.field(default_factory=dict)
    """What TCP did: ``segments``, ``lost``, ``retransmitted``, ``bytes``, ``timeouts``, ``stalled_ms``…"""
    fidelity: dict[str, Any] = dataclasses.field(default_factory=dict, compare=False)
    """Asked and achieved ``loss`` and ``delay_ms``, with 95 % intervals."""


@dataclasses.dataclass(frozen=True)
class Link:
    """One link of a run: up goes towards the server."""

    up: Counters
    down: Counters
    asked: dict[str, Any]
    """What was asked of both directions."""
    flows: dict[str, dict[str, dict[str, Any]]] = dataclasses.field(default_factory=dict)
    """The same counters for each process that sent, as ``{"client": {"up": {…}, "down": {…}}}``."""
    lateness_ms: dict[str, float] | None = dataclasses.field(default=None, compare=False)
    """How much later than decided packets left: samples, p50, p99, p999, max. None in virtual time."""
    dropped_by_kernel: int = 0
    """Datagrams lost at the relay's own sockets, whose buffers were full. Such a run is inconclusive."""


@dataclasses.dataclass(frozen=True)
class Waiting:
    """One request of a client. Times are since the run's start, on the network's clock."""

    client: str
    arrival_ms: float
    """The connection was asked for."""
    start_ms: float | None
    """The server began with this client; None where nobody saw that."""
    end_ms: float
    """The reply was complete."""
    waiting_ms: float | None
    """start - arrival, where that is known."""
    service_ms: float | None
    """end - start, where that is known."""
    response_ms: float
    """end - arrival."""


@dataclasses.dataclass(frozen=True, repr=False)
class Run:
    """One scenario, once, on one network with one seed.

    Two runs are equal when the same happened: wall time, lateness and command lines, which name
    temporary folders, do not count.
    """

    scenario: str
    """Its file; ``scenario`` if it was a dict and the results have no folder."""
    title: str
    network: str
    seed: int
    repeat: int
    """0 for the first of several with consecutive seeds."""
    matrix: dict[str, Any]
    """The values of this combination."""
    verdict: str
    """pass, fail, inconclusive or error."""
    message: str
    """Why the verdict is not pass, in one line."""
    elapsed_ms: float
    """On the network's clock: virtual time on the virtual network."""
    wall_ms: float = dataclasses.field(compare=False)
    expectations: list[Expectation]
    processes: dict[str, Process]
    links: dict[str, Link]
    waiting: list[Waiting]
    """In the order of arrival."""
    json: dict[str, Any] = dataclasses.field(compare=False)
    """The whole entry of results.json, also keys that are not named here."""
    vacuous: list[str] = dataclasses.field(default_factory=list)
    """Why a pass says less than it seems: what was asked of links and did nothing, and why. With
    ``strict`` such a run has failed."""
    load: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    """Of clients that make a load, by name: ``requests``, ``answered``, ``gave_up``, ``refused``,
    ``failed``, ``arrivals_per_s``; mean and quantiles of ``waiting_ms``, ``service_ms``, ``response_ms``."""
    waiting_left_out: int = 0
    """There were so many requests that ``waiting`` is empty; with ``out``, waiting.csv has them."""
    notes: list[str] = dataclasses.field(default_factory=list, compare=False)
    """What could be better in the scenario."""
    deadlock: dict[str, Any] | None = None
    """In virtual time, when no program could go on any more: who was ``waiting`` for what since when, and
    the last packets that were ``lost`` on the way to each."""

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Run:
        """The run of one entry of results.json, version 1."""
        values = _known(cls, entry)
        values["expectations"] = [Expectation(**_known(Expectation, one))
                                  for one in entry["expectations"]]
        values["processes"] = {name: Process(**_known(Process, one))
                               for name, one in entry["processes"].items()}
        values["links"] = {name: _link(one) for name, one in entry["links"].items()}
        values["waiting"] = [Waiting(**_known(Waiting, one)) for one in entry["waiting"]]
        return cls(**values, json=dict(entry))

    @property
    def passed(self) -> bool:
        """Whether the verdict is pass."""
        return self.verdict == "pass"

    @property
    def metrics(self) -> dict[str, float]:
        """Every measured number, by the name that it has in a scenario's ``metric``.

        As ``client.retransmissions`` and ``link.wan.up.dropped``; exit codes as ``client.exit``.
        """
        numbers: dict[str, float] = {}
        for name, process in self.processes.items():
            if process.exit is not None:
                numbers[f"{name}.exit"] = process.exit
            _flatten(process.metrics, name, numbers)
        for name, link in self.links.items():
            _flatten(vars(link.up), f"link.{name}.up", numbers)
            _flatten(vars(link.down), f"link.{name}.down", numbers)
        return numbers

    def _repr_html_(self) -> str:
        """The run for a notebook: its verdict, expectations, processes and links."""
        return html_of_run(self)

    def __repr__(self) -> str:
        why = f": {self.message}" if self.message else ""
        if self.passed and self.vacuous:
            why = ", but " + "; ".join(self.vacuous)
        return f"<Run {self.title!r} on {self.network}, seed {self.seed}: {self.verdict}{why}>"


class Results(Sequence[Run]):
    """All runs of one call, in the planned order; a sequence of them.

    Attributes:
        runs: The runs.
        theory: Waiting held against queueing theory, where scenarios ask for it.
        json: The whole document, as results.json has it.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Makes the objects of results.json, version 1. Raises ValueError for another version."""
        _arguments.mapping("document", document)
        if document.get("version") != 1:
            raise ValueError(f"expected results of version 1, found {document.get('version')!r}")
        self.json: dict[str, Any] = dict(document)
        self.runs: list[Run] = [Run.from_json(entry) for entry in document["runs"]]
        self.theory: list[Theory] = [Theory.from_json(one) for one in document.get("theory", [])]

    @property
    def verdict(self) -> str:
        """The worst of all verdicts: error, then fail, inconclusive, pass; inconclusive without runs.

        A theory that differs is a failure.
        """
        verdicts = [*(run.verdict for run in self.runs),
                    *(one.verdict_as_of_runs for one in self.theory)]
        return min(verdicts, key=rank) if self.runs else "inconclusive"

    @property
    def passed(self) -> bool:
        """Whether every run passed, and every theory agrees."""
        return self.verdict == "pass"

    def to_frame(self, what: str = "runs") -> pandas.DataFrame:
        """The runs, or every client's waiting times, as a pandas data frame.

        Units are in the columns' names, as ``elapsed_ms``; what has none is a count.
        ``"runs"``: a row for each run with scenario, title, network, seed, repeat, verdict,
        message, elapsed_ms, wall_ms, a column ``matrix.NAME`` for each parameter, and one for each
        metric, as ``client.retransmissions`` or ``link.wan.up.dropped``.
        ``"waiting"``: a row for each request with the index of its run, scenario, network, seed,
        repeat, the matrix, client, and arrival_ms, start_ms, end_ms, waiting_ms, service_ms,
        response_ms.
        ``"load"``: a row for each run and kind of clients that make a load: requests, answered,
        gave_up and so on, and quantiles as ``waiting_ms.p99``.
        ``"theory"``: a row for each comparison with queueing theory: waiting_ms with its 95 % interval
        waiting_low_ms to waiting_high_ms, theory_ms, verdict. A value that is not there is NaN.

        Raises:
            ImportError: pandas is not installed.
            ValueError: ``what`` is neither of these.
        """
        names = ["scenario", "title", "network", "seed", "repeat", "verdict", "message",
                 "elapsed_ms", "wall_ms"]
        if _arguments.one_of("what", what, ("runs", "waiting", "load", "theory")) == "runs":
            return frame_of([_columns(run, names) | run.metrics for run in self.runs], names)
        if what == "theory":
            return frame_of([one.columns() for one in self.theory], ["clients", "model", "verdict"])
        names = ["scenario", "network", "seed", "repeat"]
        if what == "load":
            loads = [{"run": index} | _columns(run, names) | {"client": client} | _flat(one)
                     for index, run in enumerate(self.runs) for client, one in run.load.items()]
            return frame_of(loads, ["run", *names, "client", "requests", "answered"])
        rows = [{"run": index} | _columns(run, names) | dataclasses.asdict(one)
                for index, run in enumerate(self.runs) for one in run.waiting]
        return frame_of(
            rows, ["run", *names, *(field.name for field in dataclasses.fields(Waiting))])

    frame = to_frame

    def to_parquet(self, file: str | os.PathLike[str], what: str = "runs") -> None:
        """Writes the data frame of ``to_frame(what)`` as Parquet.

        A column whose values are of several kinds, as a parameter that is a number here and a word
        there, is written as text.

        Raises:
            ImportError: pandas, or both pyarrow and fastparquet, are not installed.
        """
        frame = self.to_frame(what)
        for name in frame.columns:
            if len({type(value) for value in frame[name].dropna()} - {int, float}) > 1 or (
                    frame[name].dtype == object
                    and not all(isinstance(value, str) for value in frame[name].dropna())):
                frame[name] = frame[name].map(lambda value: value if isinstance(value, str)
                                              else json.dumps(value), na_action="ignore")
        frame.to_parquet(file, index=False)

    @overload
    def __getitem__(self, index: int) -> Run: ...

    @overload
    def __getitem__(self, index: slice) -> list[Run]: ...

    def __getitem__(self, index: int | slice) -> Run | list[Run]:
        return self.runs[index]

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    def __eq__(self, other: object) -> bool:
        """Whether the same happened in all runs; see Run."""
        if not isinstance(other, Results):
            return NotImplemented
        return self.runs == other.runs and self.theory == other.theory

    __hash__ = None  # type: ignore[assignment]

    def _repr_html_(self) -> str:
        """The runs for a notebook: how many came to which verdict, and those that did not pass."""
        return html_of_results(self)

    def __repr__(self) -> str:
        count = Counter(run.verdict for run in self.runs)
        told = ", ".join(f"{count[verdict]} {verdict}" for verdict in sorted(count, key=rank)[::-1])
        bad = [f"\n  {run!r}" for run in self.runs if not run.passed]
        bad += [f"\n  {one.clients} and {one.model}: {one.verdict}, {one.message}"
                for one in self.theory if one.verdict != "agrees"]
        most = 10
        more = [f"\n  and {len(bad) - most} more"] if len(bad) > most else []
        return f"<badwire.Results: {told or 'no runs'}{''.join(bad[:most] + more)}>"


def _known(kind: type, entry: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a JSON object that the dataclass has; a version may gain more keys."""
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: value for name, value in entry.items() if name in names}


def _link(entry: Mapping[str, Any]) -> Link:
    directions = {name: Counters(**_known(Counters, entry[name])) for name in ("up", "down")}
    return Link(**{**_known(Link, entry), **directions})


def _columns(run: Run, names: Sequence[str]) -> dict[str, Any]:
    columns = {name: getattr(run, name) for name in names}
    return columns | {f"matrix.{name}": value for name, value in run.matrix.items()}


def _flat(values: Mapping[str, Any]) -> dict[str, float]:
    made: dict[str, float] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            _flatten(value, name, made)
        elif isinstance(value, (int, float)):
            made[name] = value
    return made


def _flatten(values: Mapping[str, Any], prefix: str, into: dict[str, float]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping):
            _flatten(value, f"{prefix}.{name}", into)
        elif isinstance(value, (int, float)):
            into[f"{prefix}.{name}"] = value
