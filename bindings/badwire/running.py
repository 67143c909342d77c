"""Scenarios: loaded, checked and run."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Union

from badwire import _arguments, _badwire
from badwire.errors import HarnessError
from badwire.results import Results

if TYPE_CHECKING:
    import asyncio

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
        ValueError, TypeError: An argument that cannot be, or is of another type; says what was
            expected.
    """
    return _planned(scenario, network, seed, repeat, jobs, out, strict, only)(_badwire.Stop())


async def arun(
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
    """run() for asyncio: ``results = await badwire.arun(scenario)``; others go on meanwhile.

    It takes and raises what run() does, and works in a thread of asyncio's default executor. When its
    task is cancelled (``asyncio.timeout``, ``TaskGroup``, Ctrl+C), the runs end, and CancelledError is
    raised once every process is gone.
    """
    import asyncio  # as long to import as all else here

    perform = _planned(scenario, network, seed, repeat, jobs, out, strict, only)
    stop = _badwire.Stop()
    work = asyncio.get_running_loop().run_in_executor(None, perform, stop)
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        stop.set()
        await _end_of(work)
        raise


async def _end_of(work: asyncio.Future[Results]) -> None:
    """Waits for the end, whatever it is, and however often the task is cancelled."""
    import asyncio

    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError:
            continue
    if not work.cancelled():
        work.exception()  # it has been seen


def _planned(
    scenario: Scenario,
    network: str | None,
    seed: int | None,
    repeat: int | None,
    jobs: int,
    out: str | os.PathLike[str] | None,
    strict: bool,
    only: Mapping[str, Any] | None,
) -> Callable[[_badwire.Stop], Results]:
    """What run() is to do, once all its arguments are checked."""
    file, text = _source(scenario)
    asked = (
        "" if network is None else _arguments.one_of("network", network, _NETWORKS),
        None if seed is None else _arguments.seed(seed),
        None if repeat is None else _arguments.whole("repeat", repeat, 1, 1_000_000),
        _arguments.jobs(jobs),
        "" if out is None else _arguments.path("out", out),
        _arguments.flag("strict", strict),
        _selection(only),
    )

    def perform(stop: _badwire.Stop) -> Results:
        results = Results(json.loads(_badwire.run(file, text, *asked, stop)))
        for one in results:
            if one.verdict == "error":
                raise HarnessError(one.message, results)
        return results

    return perform


def load(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Reads and checks a scenario file; returns its contents, to be changed and given to run().

    Raises:
        badwire.ScenarioError: A mistake in the scenario, or no such file.
    """
    file = _arguments.path("path", path)
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
        return "scenario", _arguments.json_text("scenario", scenario, indent=2)
    if isinstance(scenario, (str, os.PathLike)):
        return _arguments.path("scenario", scenario), None
    _arguments.expected("scenario", "a path or a dict", scenario, kind=TypeError)


def _selection(only: Mapping[str, Any] | None) -> str:
    """As --only takes it."""
    return ",".join(
        f"{name}={value if isinstance(value, str) else _arguments.json_text('only', value)}"
        for name, value in _arguments.mapping("only", {} if only is None else only).items())
