"""Experiments with one scenario in virtual time: search, shrink, certify, explain and mutate.

They do what the commands of these names do, with the same options; what they find are objects, which
keep the JSON that the command writes.
"""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from badwire import _arguments, _badwire
from badwire._arguments import json_text
from badwire.running import Scenario, _selection, _source

if TYPE_CHECKING:
    import pandas


@dataclasses.dataclass(frozen=True)
class Failures:
    """Failures that look alike: of the same expectations, after the same fates of the last packets."""

    expected: str
    """What was expected and not met."""
    last_packets: str
    """The fates of the last three packets."""
    count: int
    """How many runs failed so."""
    seed: int
    """Of the first that did, as are the following."""
    interleaving: int
    matrix: dict[str, Any]
    """Its combination; empty without a matrix."""
    replay: str
    """The command that makes this run again; empty for a scenario without a file."""


@dataclasses.dataclass(frozen=True)
class Search:
    """What a search found."""

    runs: int
    """That are made, those of earlier calls included."""
    before: int
    """Of them, made by earlier calls with the same ``out``."""
    failed: int
    kinds: list[Failures]
    """In the order in which they were found, 100 at most."""
    json: dict[str, Any] = dataclasses.field(repr=False)

    @property
    def passed(self) -> bool:
        """Whether no run failed."""
        return self.failed == 0


@dataclasses.dataclass(frozen=True)
class Fault:
    """What is to become of a single packet."""

    link: str
    direction: str
    """up or down."""
    rule: dict[str, Any]
    """An exact rule, as a scenario writes it."""
    told: str
    """For people: ``wan up: data 3 of client is dropped``."""


@dataclasses.dataclass(frozen=True)
class Shrunk:
    """The fewest faults with which a run still fails."""

    failure: str
    """What was expected and not met."""
    faults: list[Fault]
    """None of them can be left out. Empty: it fails without any."""
    at_first: int
    """How many faults there were."""
    robust: bool
    """It also fails where packets take up to 3 ms more, so it will on real sockets."""
    runs: int
    """That it took."""
    scenario: dict[str, Any] = dataclasses.field(repr=False)
    """What is left, to be given to run()."""
    json: dict[str, Any] = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Certificate:
    """What was tried, and that nothing made it fail; or the smallest pattern of faults that does."""

    certified: bool
    patterns: float
    """How many patterns of faults are decided."""
    runs: int
    """So many runs stand for them."""
    packets_without_faults: int
    """Packets of the run without any fault."""
    counterexample: list[Fault]
    """Empty where it is certified."""
    failure: str
    """What the counterexample makes fail."""
    without: list[str]
    """What chance would have decided, and was left out: ``wan.up.loss``."""
    not_expected: list[dict[str, Any]]
    """Expectations that were left out: they fail without any fault."""
    scenario: dict[str, Any] | None = dataclasses.field(repr=False)
    """The counterexample, to be given to run()."""
    json: dict[str, Any] = dataclasses.field(repr=False)
    """The certificate, as the command writes it."""


@dataclasses.dataclass(frozen=True)
class PacketLoss:
    """What it would mean to lose one packet of a run."""

    link: str
    direction: str
    """up or down."""
    nth: int
    """Its number in its direction, from 1."""
    flow: str
    """The process that sent it."""
    at_ms: float
    """When it met the link, since the run's start."""
    packet: str
    """What it says."""
    if_lost: str
    """``lost anyway``, ``harmless``, ``costs`` or ``fatal``."""
    cost_ms: float = 0.0
    """How much longer the run takes."""
    failure: str = ""
    """What was expected and not met, where it is fatal."""


@dataclasses.dataclass(frozen=True)
class FaultMap:
    """What the loss of each packet of a run would mean, in the order in which links met them."""

    packets: list[PacketLoss]
    json: list[dict[str, Any]] = dataclasses.field(repr=False)

    @property
    def critical(self) -> PacketLoss | None:
        """The first packet after whose loss the run cannot succeed, if there is one."""
        return next((one for one in self.packets if one.if_lost == "fatal"), None)

    def to_frame(self) -> pandas.DataFrame:
        """A row for each packet, with the columns of PacketLoss; times in ms.

        Raises:
            ImportError: pandas is not installed.
        """
        from badwire._frames import frame_of

        names = [field.name for field in dataclasses.fields(PacketLoss)]
        return frame_of([dataclasses.asdict(one) for one in self.packets], names)


@dataclasses.dataclass(frozen=True)
class Mutant:
    """A program with one well-known bug, and the first run that failed because of it."""

    program: str
    flaw: str
    scenarios: int
    """How many scenarios run the program."""
    caught: bool
    by: str = ""
    """The scenario that caught it."""
    matrix: dict[str, Any] = dataclasses.field(default_factory=dict)
    seed: int | None = None
    failure: str = ""


@dataclasses.dataclass(frozen=True)
class MutationScore:
    """Which of the bugs that were planted some scenarios found."""

    planted: int
    caught: int
    mutants: list[Mutant]
    left_out: list[str]
    """Scenarios that fail without any bug."""
    json: dict[str, Any] = dataclasses.field(repr=False)


def search(
    scenario: Scenario,
    *,
    seeds: int = 1000,
    first: int = 1,
    interleavings: int = 1,
    only: Mapping[str, Any] | None = None,
    jobs: int = 1,
    out: str | os.PathLike[str] | None = None,
) -> Search:
    """Looks for seeds with which a scenario fails, in virtual time.

    Every combination of the matrix runs with every seed in every order. Ctrl+C ends it.

    Args:
        scenario: A file, or what a file would hold, as a dict.
        seeds: How many seeds, 1 to 10**9.
        first: The first of them.
        interleavings: Each seed in so many orders of what can happen at one instant, 1 to 10**6.
        only: Values of the matrix's parameters, as for run().
        jobs: How many runs at a time, 1 to 1024.
        out: A folder for results.json and report.html with the first run of each kind of failure;
            the same call goes on where it was interrupted.

    Raises:
        badwire.ScenarioError: A mistake in the scenario, or it cannot run in virtual time.
        badwire.HarnessError: The folder cannot be written.
        TypeError, ValueError: An impossible argument.
    """
    file, text = _source(scenario)
    found = json.loads(_badwire.search(
        file, text, _selection(only), _arguments.jobs(jobs),
        "" if out is None else _arguments.path("out", out),
        _arguments.whole("seeds", seeds, 1, 1_000_000_000),
        _arguments.whole("first", first, 0, (2**64 - 1) // 2),
        _arguments.whole("interleavings", interleavings, 1, 1_000_000)))
    kinds = [Failures(one["expected"], one["last_packets"], one["count"], one["seed"],
                      one["interleaving"], one["matrix"] or {}, one.get("replay", ""))
             for one in found["kinds"]]
    return Search(found["runs"], found["before"], found["failed"], kinds, found)


def shrink(
    scenario: Scenario,
    *,
    seed: int = 1,
    interleaving: int | None = None,
    only: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] | None = None,
) -> Shrunk:
    """Reduces a run that fails to the fewest faults of single packets, as a scenario.

    Args:
        scenario: A file or a dict; of its matrix, ``only`` must leave one combination.
        seed: The run's seed, 0 to 2**64 - 1.
        interleaving: Its order of what can happen at one instant; default: the scenario's.
        only: Values of the matrix's parameters.
        out: A file to write the scenario into that is left.

    Raises:
        badwire.ScenarioError: A mistake in the scenario, or it cannot run in virtual time.
        ValueError: With this seed it passes, or does not fail through faults of single packets.
    """
    file, text = _source(scenario)
    made = json.loads(_badwire.shrink(file, text, _selection(only), _arguments.seed(seed),
                                      _order(interleaving)))
    if out is not None:
        _write(_arguments.path("out", out), made["scenario"])
    return Shrunk(made["failure"], _faults(made["faults"]), made["at_first"], made["robust"],
                  made["runs"], made["scenario"], made)


def certify(
    scenario: Scenario,
    *,
    faults: str | Iterable[str | Mapping[str, str]] = "drop",
    at_most: int = 2,
    first: int = 20,
    seed: int = 1,
    interleaving: int | None = None,
    only: Mapping[str, Any] | None = None,
    jobs: int = 1,
    out: str | os.PathLike[str] | None = None,
) -> Certificate:
    """Tries every pattern of a few faults among the first packets, in virtual time.

    Loss, copies, damage and varying delays of the scenario's links are left out first, and so are
    expectations that fail without any fault.

    Args:
        scenario: A file or a dict; of its matrix, ``only`` must leave one combination.
        faults: Which, as ``"drop,delay=500ms"`` or ``["drop", "duplicate", {"delay": "500ms"}]``.
        at_most: How many faults at once, 0 to 8.
        first: Among how many packets, 1 to 10**6.
        seed: The run's seed, 0 to 2**64 - 1.
        interleaving: Its order of what can happen at one instant; default: the scenario's.
        only: Values of the matrix's parameters.
        jobs: How many runs at a time, 1 to 1024.
        out: A file to write the certificate into.

    Raises:
        badwire.ScenarioError: A mistake in the scenario, or it cannot run in virtual time.
        ValueError: An impossible argument; or it fails without any fault, or has no packets.
    """
    file, text = _source(scenario)
    made = json.loads(_badwire.certify(
        file, text, _selection(only), _arguments.jobs(jobs), _arguments.seed(seed),
        _order(interleaving), _kinds(faults), _arguments.whole("at_most", at_most, 0, 8),
        _arguments.whole("first", first, 1, 1_000_000), None))
    if out is not None:
        _write(_arguments.path("out", out), made["certificate"])
    return _certificate(made)


def explain(
    scenario: Scenario,
    *,
    seed: int = 1,
    interleaving: int | None = None,
    only: Mapping[str, Any] | None = None,
    jobs: int = 1,
    out: str | os.PathLike[str] | None = None,
) -> FaultMap:
    """Says of every packet of a run what its loss would mean: nothing, time, or failure.

    Args:
        scenario: A file or a dict; of its matrix, ``only`` must leave one combination.
        seed: The run's seed, 0 to 2**64 - 1.
        interleaving: Its order of what can happen at one instant; default: the scenario's.
        only: Values of the matrix's parameters.
        jobs: How many runs at a time, 1 to 1024.
        out: A folder for results.json with the map, and a report.

    Raises:
        badwire.ScenarioError: A mistake in the scenario, or it cannot run in virtual time.
        badwire.HarnessError: The folder cannot be written.
        ValueError: With this seed it fails, or no datagram goes over a link.
    """
    file, text = _source(scenario)
    told = json.loads(_badwire.explain(
        file, text, _selection(only), _arguments.jobs(jobs),
        "" if out is None else _arguments.path("out", out), _arguments.seed(seed),
        _order(interleaving)))
    return FaultMap([PacketLoss(**one) for one in told], told)


def mutate(scenarios: Iterable[Scenario], *, seeds: int = 20, jobs: int = 1) -> MutationScore:
    """Says which well-known bugs, planted in the programs, these scenarios would find.

    Args:
        scenarios: Files or dicts.
        seeds: Each scenario with so many seeds, 1 to 10**6.
        jobs: How many runs at a time, 1 to 1024.

    Raises:
        badwire.ScenarioError: A mistake in a scenario, or it cannot run in virtual time.
    """
    if isinstance(scenarios, (str, os.PathLike, Mapping)):
        scenarios = [scenarios]
    score = json.loads(_badwire.mutate([_source(one) for one in scenarios],
                                       _arguments.whole("seeds", seeds, 1, 1_000_000),
                                       _arguments.jobs(jobs)))
    return MutationScore(score["planted"], score["caught"],
                         [_mutant(one) for one in score["mutants"]], score["left_out"], score)


def _mutant(entry: Mapping[str, Any]) -> Mutant:
    known: dict[str, Any] = {**entry, "matrix": entry.get("matrix") or {}}
    return Mutant(**known)


def _order(interleaving: int | None) -> int | None:
    return None if interleaving is None else _arguments.seed(interleaving, "interleaving")


def _kinds(faults: Any) -> str:
    """As the command's --faults has them; what is no fault is left to be refused there."""
    if isinstance(faults, str):
        return faults
    if not isinstance(faults, Iterable) or isinstance(faults, Mapping):
        _arguments.expected("faults", 'a list such as ["drop", {"delay": "500ms"}]', faults,
                            kind=TypeError)
    return ",".join(f"delay={one['delay']}" if isinstance(one, Mapping) and set(one) == {"delay"}
                    else str(one) for one in faults)


def _faults(entries: Iterable[Mapping[str, Any]]) -> list[Fault]:
    return [Fault(**entry) for entry in entries]


def _write(file: str, content: Mapping[str, Any]) -> None:
    pathlib.Path(file).write_text(json_text("out", content, indent=2) + "\n", encoding="utf-8")


def _certificate(made: Mapping[str, Any]) -> Certificate:
    told = made["certificate"]
    return Certificate(
        told["certified"], told["patterns"], told["runs"], told["packets_without_faults"],
        _faults(told.get("counterexample", [])), told.get("failure", ""), told["without"],
        told["not_expected"], made.get("scenario"), told)
