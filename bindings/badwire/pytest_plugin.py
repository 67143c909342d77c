"""badwire in pytest: relays and scenarios as fixtures, scenario files as tests.

    def test_it_survives_loss(badwire_run):
        results = badwire_run("lossy.json", network="virtual")  # beside this file; fails unless it passed

    def test_my_client(badwire_relay, server):
        relay = badwire_relay(to=("127.0.0.1", server.port), loss=0.05)  # closed at the end

A ``*.json`` that is a badwire scenario is collected: a test for each combination of its matrix, on each
of its networks, with each seed. Other JSON is left alone. A scenario tagged ``slow`` is skipped unless
its file is named on the command line. An inconclusive run fails the test, unless
``--badwire-inconclusive=skip`` makes it a skipped one; it never counts as passed.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from typing import Any

import pytest

from badwire._failures import explain_failure
from badwire.errors import HarnessError, ScenarioError
from badwire.planning import Planned, plan
from badwire.relay import Relay
from badwire.results import Results
from badwire.running import Scenario, run

_OUTPUT_MARKER = ".badwire-out"  # of a folder that badwire run --out has written
_LARGEST_SCENARIO_BYTES = 16 << 20
_VACUOUS = "badwire_vacuous"
_TOLD_FAILURES = 3
_COUNTED = ("offered", "delivered", "dropped", "duplicated", "corrupted", "reordered", "undeliverable")
_relays = pytest.StashKey[list[Relay]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("badwire", "scenarios on bad wires")
    group.addoption("--badwire-seeds", type=_count, metavar="N",
                    help="run each scenario with N seeds, from its own on; default: what it says")
    group.addoption("--badwire-network", choices=("direct", "relay", "virtual"),
                    help="run scenarios on this network; default: what they say")
    group.addoption("--badwire-strict", action="store_true",
                    help="a pass in which something that was asked of a link did nothing is a failure")
    group.addoption("--badwire-inconclusive", choices=("fail", "skip"), default="fail",
                    help="what an inconclusive run does to its test; default: %(default)s")


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"expected a number from 1 to 1000000, found {text!r}")
    return int(text)


# ---- scenario files as tests


def pytest_ignore_collect(collection_path: pathlib.Path) -> bool | None:
    """Results are no scenarios."""
    return True if (collection_path / _OUTPUT_MARKER).exists() else None


def pytest_collect_file(file_path: pathlib.Path, parent: pytest.Collector) -> ScenarioFile | None:
    if file_path.suffix != ".json" or file_path.name.endswith(".schema.json"):
        return None
    if not parent.session.isinitpath(file_path) and not _may_be_a_scenario(file_path):
        return None
    made: ScenarioFile = ScenarioFile.from_parent(parent, path=file_path)
    return made


def _may_be_a_scenario(file: pathlib.Path) -> bool:
    """Whether a file of a folder is taken for one: a process in it has a program or a command.

    Of what is no JSON that cannot be said: then it is enough that the text speaks of processes.
    """
    try:
        text = file.read_bytes() if file.stat().st_size <= _LARGEST_SCENARIO_BYTES else b""
    except OSError:
        return False
    if b'"processes"' not in text:
        return False
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return True
    processes = found.get("processes") if isinstance(found, dict) else None
    return isinstance(processes, dict) and any(
        isinstance(one, dict) and ("program" in one or "command" in one)
        for one in processes.values())


class ScenarioFile(pytest.File):
    """A scenario, whose runs are tests."""

    def collect(self) -> Iterable[pytest.Item]:
        option = self.config.getoption
        named = self.session.isinitpath(self.path)
        try:
            planned = plan(self.path, network=option("--badwire-network"),
                           repeat=option("--badwire-seeds"), if_it_is_one=not named)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        for runs in _tests_of(planned):
            one = runs[0]
            item: ScenarioItem = ScenarioItem.from_parent(self, name=_name(runs), planned=one)
            if "slow" in one.tags and not named:
                item.add_marker(pytest.mark.skip(reason="tagged slow: it runs when its file is named"))
            yield item


def _tests_of(planned: list[Planned]) -> Iterable[list[Planned]]:
    """The runs of each test: one, but all seeds where theory is held against all of them."""
    for key, group in itertools.groupby(planned, lambda one: (one.matrix, one.network)):
        runs = list(group)
        yield from [runs] if runs[0].has_theory else [[one] for one in runs]


def _name(runs: list[Planned]) -> str:
    one = runs[0]
    matrix = [f"{name}={value if isinstance(value, str) else json.dumps(value)}"
              for name, value in one.matrix.items()]
    seeds = f"seed{one.seed}" if len(runs) == 1 else f"seeds{one.seed}to{runs[-1].seed}"
    return "-".join([*matrix, one.network, seeds])


class ScenarioItem(pytest.Item):
    """One run of a scenario, or all its repetitions. Tags and network can be chosen with ``-k``."""

    def __init__(self, *, planned: Planned, **others: Any) -> None:
        super().__init__(**others)
        self._planned = planned
        # Where theory asks for a precision, badwire finds out how many repetitions that takes.
        self._repeat = self.config.getoption("--badwire-seeds") if planned.has_theory else 1
        self.extra_keyword_matches.update([*planned.tags, planned.network])

    def runtest(self) -> None:
        one = self._planned
        with tempfile.TemporaryDirectory(prefix="badwire-") as out:
            results = run(self.path, network=one.network, seed=one.seed, repeat=self._repeat,
                          only=one.matrix, strict=self.config.getoption("--badwire-strict"), out=out)
            _judge(self, results, pathlib.Path(out))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, (HarnessError, ScenarioError)):
            return f"badwire: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[os.PathLike[str], int | None, str]:
        return self.path, 0, f"{self._planned.title} [{self.name}]"


# ---- fixtures


@pytest.fixture
def badwire_run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Results]:
    """Runs a scenario and fails the test unless every run passed; returns the ``badwire.Results``.

    Takes what ``badwire.run`` takes. A file's name is relative to the test's file; the files that a
    dict names lie there, too. ``--badwire-seeds``, ``--badwire-network`` and ``--badwire-strict`` are
    the defaults of ``repeat``, ``network`` and ``strict``. Logs and packets are kept where pytest keeps
    ``tmp_path``, unless ``out`` says where.
    """
    option = request.config.getoption

    def run_and_judge(scenario: Scenario, **arguments: Any) -> Results:
        __tracebackhide__ = True
        arguments.setdefault("network", option("--badwire-network"))
        arguments.setdefault("repeat", option("--badwire-seeds"))
        arguments.setdefault("strict", option("--badwire-strict"))
        folder = tmp_path_factory.mktemp("badwire")
        out = pathlib.Path(arguments.setdefault("out", folder / "out"))
        file = (_write(scenario, request.path.parent, folder / "scenario")
                if isinstance(scenario, Mapping) else request.path.parent / scenario)
        results = run(file, **arguments)
        _judge(request.node, results, out)
        return results

    return run_and_judge


def _write(scenario: Mapping[str, Any], beside: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The scenario as a file in a new folder, beside copies of all that lies beside the test if it
    names any of that: it can be replayed when the test is over."""
    if any((beside / text).is_file() for text in _texts(scenario) if len(text) < 256):
        def unwanted(below: str, names: list[str]) -> set[str]:
            return {name for name in names if name.startswith(".") or name == "__pycache__"
                    or folder.is_relative_to(pathlib.Path(below, name))}

        shutil.copytree(beside, folder, symlinks=True, ignore=unwanted, copy_function=_link_or_copy)
    folder.mkdir(exist_ok=True)
    file = folder / "scenario.json"
    file.unlink(missing_ok=True)  # it may be a link to a file beside the test
    file.write_text(json.dumps(dict(scenario), allow_nan=False, indent=2), encoding="utf-8")
    return file


def _link_or_copy(file: str, to: str) -> None:
    try:
        os.link(file, to)
    except OSError:
        shutil.copy2(file, to)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _texts(one)


@pytest.fixture
def badwire_relay(request: pytest.FixtureRequest) -> Iterator[Callable[..., Relay]]:
    """Opens ``badwire.Relay`` objects, which are closed at the end of the test.

    Takes what ``badwire.Relay`` takes. If the test fails, the report has the counters of each.
    """
    with contextlib.ExitStack() as opened:
        relays = request.node.stash.setdefault(_relays, [])

        def open_relay(*arguments: Any, **named: Any) -> Relay:
            relay = opened.enter_context(Relay(*arguments, **named))
            relays.append(relay)
            return relay

        yield open_relay


@pytest.hookimpl(hookwrapper=True)  # type: ignore[misc]
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    report = (yield).get_result()
    if report.when == "call" and report.failed:
        for relay in item.stash.get(_relays, []):
            with contextlib.suppress(HarnessError):  # closing it tells
                report.sections.append((f"badwire: {relay!r}", _counts(relay)))


def _counts(relay: Relay) -> str:
    return "\n".join(
        f"{way}: " + ", ".join(f"{counters[name]} {name}" for name in _COUNTED)
        for way, counters in relay.counters().items())


# ---- verdicts


def _judge(item: pytest.Item, results: Results, out: pathlib.Path) -> None:
    """Fails or skips the test unless all runs passed; ``out`` holds their logs."""
    __tracebackhide__ = True
    bad: list[tuple[str, Callable[[], str]]] = []  # verdicts, and what there is to tell
    folders = sorted((out / "runs").iterdir())
    for one, folder in zip(results, folders, strict=True):
        if not one.passed:
            bad.append((one.verdict, functools.partial(explain_failure, one, folder)))
        elif one.vacuous:
            item.user_properties.append((_VACUOUS, f"{one.title}: {'; '.join(one.vacuous)}"))
    for theory in results.json.get("theory", ()):
        if theory["verdict"] != "agrees":
            bad.append((theory["verdict"], functools.partial("{title} ({network}): {message}".format_map, theory)))
    if not bad:
        return
    bad.sort(key=lambda found: found[0] == "inconclusive")  # stable: failures come first
    if bad[0][0] == "inconclusive" and item.config.getoption("--badwire-inconclusive") == "skip":
        pytest.skip(f"inconclusive: {bad[0][1]()}")
    told = [tell() for _, tell in bad[:_TOLD_FAILURES]]
    if len(bad) > _TOLD_FAILURES:
        told.append(f"and {len(bad) - _TOLD_FAILURES} more of {len(results)} runs did not pass")
    pytest.fail("\n\n".join(told), pytrace=not isinstance(item, ScenarioItem))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    told = [f"{report.nodeid}: pass, but {text}"
            for report in terminalreporter.getreports("passed")
            for name, text in report.user_properties if name == _VACUOUS and report.when == "call"]
    if told:
        terminalreporter.section("badwire: passes that say less than they seem")
        for line in told:
            terminalreporter.line(line)
