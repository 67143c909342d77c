"""Search and certify over many workers: the same result as on one, whoever makes which runs.

    with Client("tcp://127.0.0.1:8786") as client:
        badwire.cluster.search("chat.json", client, seeds=1_000_000)

``badwire search --scheduler ADDRESS`` and ``badwire certify --scheduler ADDRESS`` come here.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any, NoReturn

from badwire import _arguments, _badwire
from badwire._workers import executor_of
from badwire.errors import HarnessError, ScenarioError
from badwire.lab import Certificate, Failures, Search, _certificate, _kinds, _order
from badwire.running import Scenario, _selection, _source

_TRIES = 3
_KINDS_MAX = 100  # as one search tells apart
_SEEDS_IN_A_PIECE = 64  # at least
_PIECES_MAX = 4096  # about
_PASSED, _FAILED, _USAGE, _HARNESS = 0, 1, 2, 4


def search(
    scenario: Scenario,
    executor: Executor | Any,
    *,
    seeds: int = 1000,
    first: int = 1,
    interleavings: int = 1,
    only: Mapping[str, Any] | None = None,
) -> Search:
    """What ``badwire.search`` finds, made by the workers of an executor or of a Dask Client.

    Raises:
        badwire.HarnessError: Some seeds were lost with their workers, again and again.
        As badwire.search and, for the executor, badwire.sweep.
    """
    file, text = _read(scenario)
    chosen = _selection(only)
    _arguments.whole("seeds", seeds, 1, 1_000_000_000)
    _arguments.whole("first", first, 0, (2**64 - 1) // 2)
    size = max(_SEEDS_IN_A_PIECE, seeds // _PIECES_MAX)
    pieces = [(file, text, chosen, 1, "", min(size, first + seeds - at), at, interleavings)
              for at in range(first, first + seeds, size)]
    found = _all_of(executor_of(executor), "search", pieces,
                    lambda piece: f"seeds {piece[6]} to {piece[6] + piece[5] - 1}")
    kinds: dict[tuple[str, str], dict[str, Any]] = {}
    for one in (kind for part in found for kind in part["kinds"]):
        name = (one["expected"], one["last_packets"])
        if name not in kinds and len(kinds) == _KINDS_MAX:
            name = list(kinds)[-1]  # further kinds count as the last
        kinds.setdefault(name, one | {"count": 0})["count"] += one["count"]
    told = {"runs": sum(part["runs"] for part in found), "before": 0,
            "failed": sum(part["failed"] for part in found), "kinds": list(kinds.values())}
    return Search(told["runs"], 0, told["failed"], [
        Failures(one["expected"], one["last_packets"], one["count"], one["seed"], one["interleaving"],
                 one["matrix"] or {}, _replay(scenario, one)) for one in told["kinds"]], told)


def certify(
    scenario: Scenario,
    executor: Executor | Any,
    *,
    faults: str | Iterable[str | Mapping[str, str]] = "drop",
    at_most: int = 2,
    first: int = 20,
    seed: int = 1,
    interleaving: int | None = None,
    only: Mapping[str, Any] | None = None,
) -> Certificate:
    """What ``badwire.certify`` finds, made by the workers of an executor or of a Dask Client.

    A piece of the work is all patterns that begin with one packet. Pieces do not end when another one has
    found a counterexample, so with one there are more ``runs``.

    Raises:
        badwire.HarnessError: A part was lost with its workers, again and again.
        As badwire.certify and, for the executor, badwire.sweep.
    """
    file, text = _read(scenario)
    asked = (file, text, _selection(only), 1, _arguments.seed(seed), _order(interleaving), _kinds(faults),
             _arguments.whole("at_most", at_most, 0, 8), _arguments.whole("first", first, 1, 1_000_000))
    parts = _all_of(executor_of(executor), "certify", [(*asked, part) for part in range(first)],
                    lambda piece: f"patterns that begin with packet {piece[-1] + 1}")
    made = min(parts, key=lambda one: len(one["certificate"].get("counterexample", [None] * 9)))
    told = made["certificate"]
    # Each part has made the run without faults, too.
    told["runs"] = sum(one["certificate"]["runs"] - 1 for one in parts) + 1
    told["runs_that_changed_nothing"] = sum(
        one["certificate"]["runs_that_changed_nothing"] for one in parts)
    return _certificate(made)


def _read(scenario: Scenario) -> tuple[str, str]:
    """The scenario as text, so that workers need not have the file; it lies where others can be found."""
    file, text = _source(scenario)
    if text is None:
        _badwire.check(file, None)
        with open(file, encoding="utf-8") as stream:
            text = stream.read()
    return os.path.abspath(file), text


def _replay(scenario: Scenario, kind: Mapping[str, Any]) -> str:
    """The command that makes the first run of a kind again; empty for a scenario without a file."""
    if isinstance(scenario, Mapping):
        return ""
    words = ["badwire", "run", os.fspath(scenario), "--network", "virtual", "--seed", str(kind["seed"])]
    if kind["interleaving"]:
        words += ["--interleaving", str(kind["interleaving"])]
    if kind["matrix"]:
        words += ["--only", _selection(kind["matrix"])]
    return shlex.join(words)


def _work(function: str, piece: tuple[Any, ...]) -> Any:
    return json.loads(getattr(_badwire, function)(*piece))


def _all_of(executor: Executor, function: str, pieces: Sequence[tuple[Any, ...]],
            name: Callable[[tuple[Any, ...]], str]) -> list[Any]:
    """What the function makes of each piece, in order; a lost piece is tried again."""
    running = [executor.submit(_work, function, piece) for piece in pieces]
    made: list[Any] = []
    try:
        for piece, future in zip(pieces, running, strict=True):
            for tries in range(_TRIES + 1):
                try:
                    made.append(future.result())
                    break
                except (ScenarioError, ValueError):
                    raise
                except Exception as error:  # noqa: BLE001: whatever it was, this worker has not done it
                    if tries == _TRIES:
                        raise HarnessError(f"{name(piece)} were lost with their workers, {tries + 1} times: "
                                           f"{type(error).__name__}: {error}") from error
                    future = executor.submit(_work, function, piece)
    finally:
        for future in running:
            future.cancel()
    return made


# ---- the command


def main(words: Sequence[str]) -> NoReturn:
    """``search --scheduler ADDRESS SCENARIO …`` and ``certify …``; exits as the badwire command does."""
    asked = _parser().parse_args(words)
    try:
        import distributed
    except ImportError:
        _fail(asked.command, "--scheduler needs dask.distributed: install Debian's package "
                             "python3-distributed, or pip install distributed", _HARNESS)
    try:
        connect: Any = distributed.Client  # it has no types
        with connect(asked.scheduler, timeout="5s") as client:
            sys.exit(_COMMANDS[asked.command](asked, client))
    except (ScenarioError, ValueError, TypeError) as error:
        _fail(asked.command, str(error), _USAGE)
    except (HarnessError, OSError, ImportError) as error:
        _fail(asked.command, str(error), _HARNESS)


def _fail(command: str, what: str, code: int) -> NoReturn:
    print(f"badwire {command}: {what}", file=sys.stderr)
    sys.exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="badwire", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in _COMMANDS:
        command = commands.add_parser(name, allow_abbrev=False)
        command.add_argument("scenario", metavar="SCENARIO")
        command.add_argument("--scheduler", metavar="ADDRESS", required=True)
        command.add_argument("--only", metavar="NAME=VALUE,…", type=_only)
        if name == "search":
            command.add_argument("--seeds", type=int, default=1000)
            command.add_argument("--first", type=int, default=1)
            command.add_argument("--interleavings", type=int, default=1)
        else:
            command.add_argument("--faults", default="drop")
            command.add_argument("--at-most", type=int, default=2)
            command.add_argument("--first", type=int, default=20)
            command.add_argument("--seed", type=int, default=1)
            command.add_argument("--interleaving", type=int)
            command.add_argument("--out", default="certificate.json")
    return parser


def _only(text: str) -> dict[str, Any]:
    chosen: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals:
            raise argparse.ArgumentTypeError(f"expected NAME=VALUE,…, found {text!r}")
        try:
            chosen[name] = json.loads(value)
        except ValueError:
            chosen[name] = value
    return chosen


def _search(asked: argparse.Namespace, client: Any) -> int:
    found = search(asked.scenario, client, seeds=asked.seeds, first=asked.first,
                   interleavings=asked.interleavings, only=asked.only)
    kinds = f" in {len(found.kinds)} kinds" if found.kinds else ""
    print(f"{found.runs} runs: {found.runs - found.failed} passed, {found.failed} failed{kinds}")
    for number, one in enumerate(found.kinds, 1):
        order = f" and interleaving {one.interleaving}" if one.interleaving else ""
        print(f"{number:2}. {one.count} times, first with seed {one.seed}{order}: {one.expected}")
        if one.last_packets:
            print(f"    last packets: {one.last_packets}")
        print(f"    replay: {one.replay}")
    return _PASSED if found.passed else _FAILED


def _certify(asked: argparse.Namespace, client: Any) -> int:
    made = certify(asked.scenario, client, faults=asked.faults, at_most=asked.at_most, first=asked.first,
                   seed=asked.seed, interleaving=asked.interleaving, only=asked.only)
    with open(asked.out, "w", encoding="utf-8") as stream:
        json.dump(made.json, stream, indent=2)
        stream.write("\n")
    if made.certified:
        print(f"certified: no pattern of at most {asked.at_most} faults ({asked.faults}) among the first "
              f"{asked.first} packets makes it fail\n{made.runs} runs stand for {made.patterns:g} patterns")
    else:
        print(f"a counterexample: {made.failure}")
        for number, fault in enumerate(made.counterexample, 1):
            print(f"{number}. {fault.told}")
    print(asked.out)
    return _PASSED if made.certified else _FAILED


_COMMANDS = {"search": _search, "certify": _certify}

if __name__ == "__main__":
    main(sys.argv[1:])
