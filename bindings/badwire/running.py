"""Scenarios: loaded, checked and run."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, Union

from badwire import _badwire
from badwire.errors import HarnessError
from badwire.results import Results

Scenario = Union[str, "os.PathLike[str]", Mapping[str, Any]]

_NETWORKS = ("direct", "relay", "virtual")


def run(
    scenario: Scenario,
    *,
    network: str | None = None,
    seed: int | None = None,
    repeat: int | None = None,
    jobs: int = 1,
    out: str | os.PathLike[str] | None = None,
    strict: bool = False,
    only: Mapping[str, Any] | None = None,
) -> Results:
    """Runs a scenario, every combination of its matrix on each of its networks, and judges it.

    A failed or inconclusive run is a result, not an exception. Other Python threads go on
    meanwhile. Ctrl+C ends the runs: KeyboardInterrupt is raised once every process is gone (in the
    main thread, as Python delivers signals there).

    Args:
        scenario: A file, or what a file would hold, as a dict.
        network: ``"direct"`` (loopback, nothing between), ``"relay"`` (real processes, a relay
            between) or ``"virtual"`` (virtual time); default: what the scenario says.
        seed: Seed of every random decision, 0 to 2**64 - 1; default: what the scenario says, or 1.
        repeat: Runs each so many times, with seed, seed + 1, …; default: what the scenario says.
        jobs: How many runs at a time, 1 to 1024.
        out: A folder to write results.json, junit.xml, report.html and each run's logs into, as
            ``badwire run --out`` does; a dict is written there as scenario.json, too.
        strict: A pass in which something that was asked of a link did nothing (``Run.vacuous``) is
            a failure.
        only: Values of the matrix's parameters, as ``{"loss": 0.05}``: only combinations that have
            them are run.

    Raises:
        badwire.ScenarioError: A mistake in the scenario; nothing was started.
        badwire.HarnessError: The harness itself failed; its ``results`` hold the runs so far.
        ValueError: An impossible argument.
        TypeError: A scenario that is neither a path nor a dict, or that JSON cannot hold.
    """
    file, text = _source(scenario)
    if network is not None and network not in _NETWORKS:
        raise ValueError(f"network: expected {', '.join(_NETWORKS)}, found {network!r}")
    _check_range("seed", seed, 0, 2**64 - 1)
    _check_range("repeat", repeat, 1, 1_000_000)
    _check_range("jobs", jobs, 1, 1024)
    folder = "" if out is None else os.fspath(out)
    results = Results(json.loads(
        _badwire.run(file, text, network or "", seed, repeat, jobs, folder, strict,
                     _selection(only or {}))))
    for one in results:
        if one.verdict == "error":
            raise HarnessError(one.message, results)
    return results


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads and checks a scenario file; returns its contents, to be changed and given to run().

    Raises:
        badwire.ScenarioError: A mistake in the scenario, or no such file.
    """
    file = os.fspath(path)
    _badwire.check(file, None)
    with open(file, encoding="utf-8") as stream:
        scenario: dict[str, Any] = json.load(stream)
    return scenario


def check(scenario: Scenario) -> None:
    """Checks a scenario, a file or a dict, without running it.

    Raises:
        badwire.ScenarioError: All mistakes, each with its place in the file and its JSON pointer.
        TypeError: A scenario that is neither a path nor a dict, or that JSON cannot hold.
    """
    _badwire.check(*_source(scenario))


def programs() -> list[str]:
    """The names of all programs that a scenario may name, in the course's order."""
    return _badwire.programs()


def schema() -> dict[str, Any]:
    """The JSON Schema of scenarios."""
    parsed: dict[str, Any] = json.loads(_badwire.schema())
    return parsed


def _source(scenario: Scenario) -> tuple[str, str | None]:
    """The scenario's name for messages, and its JSON if it is not a file."""
    if isinstance(scenario, Mapping):
        return "scenario", json.dumps(dict(scenario), allow_nan=False, indent=2)
    if isinstance(scenario, (str, os.PathLike)):
        return os.fspath(scenario), None
    raise TypeError(f"scenario: expected a path or a dict, found {type(scenario).__name__}")


def _selection(only: Mapping[str, Any]) -> str:
    return ",".join(f"{name}={value if isinstance(value, str) else json.dumps(value)}"
                    for name, value in only.items())


def _check_range(name: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise ValueError(f"{name}: expected a number from {least} to {most}, found {value}")
