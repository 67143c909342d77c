"""What a sweep varies: the scenario once for each combination of values, and how its columns are named."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from badwire import _arguments
from badwire.planning import plan_text
from badwire.running import Scenario, _source, load

RESERVED = ("cell", "network", "seed", "repeat", "verdict", "message", "vacuous", "elapsed_ms", "wall_ms",
            "sweep")  # columns of a row that are no parameters
_UNITS: dict[str, dict[str, Decimal]] = {
    "ms": {"ns": Decimal("1e-6"), "us": Decimal("1e-3"), "ms": Decimal(1), "s": Decimal(1000),
           "min": Decimal(60_000), "h": Decimal(3_600_000)},
    "bytes": {"B": Decimal(1), "kB": Decimal(10**3), "MB": Decimal(10**6), "GB": Decimal(10**9),
              "KiB": Decimal(2**10), "MiB": Decimal(2**20), "GiB": Decimal(2**30)},
    "bits_per_s": {"bit/s": Decimal(1), "kbit/s": Decimal(10**3), "Mbit/s": Decimal(10**6),
                   "Gbit/s": Decimal(10**9)},
}


@dataclasses.dataclass(frozen=True)
class Cell:
    """A combination of values, on a network."""

    index: int
    columns: dict[str, Any]
    """The values by column, in units."""
    network: str
    text: str
    """The scenario, JSON."""
    has_theory: bool
    """Its waiting is held against theory, over all repetitions."""


@dataclasses.dataclass(frozen=True)
class Grid:
    """All cells of a sweep, in order: the last axis changes fastest, then the network."""

    file: str
    """Whose folder holds what the scenario names; it need not be there."""
    document: dict[str, Any]
    axes: dict[str, list[Any]]
    cells: list[Cell]


def grid_of(scenario: Scenario, grid: Mapping[str, Sequence[Any]], network: str | None) -> Grid:
    """The cells of ``grid`` and of the parameters of the scenario's matrix that are not in it.

    Raises:
        badwire.ScenarioError: A mistake in the scenario, with any of the values.
        TypeError, ValueError: A grid that does not fit the scenario.
    """
    name, text = _source(scenario)
    document = load(name) if text is None else json.loads(text)
    file = os.path.abspath(name)
    axes = _axes(document, grid)
    columns = {axis: _column(axis, values) for axis, values in axes.items()}
    cells: list[Cell] = []
    for values in itertools.product(*(range(len(one)) for one in axes.values())):
        chosen = {axis: axes[axis][at] for axis, at in zip(axes, values)}
        shown = {columns[axis][0]: columns[axis][1][at] for axis, at in zip(axes, values)}
        asked = json.dumps(_with(document, chosen))
        for planned in plan_text(file, asked, network=network, repeat=1):
            cells.append(Cell(len(cells), shown, planned.network, asked, planned.has_theory))
    return Grid(file, document, axes, cells)


def texts_in(value: Any) -> Iterator[str]:
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from texts_in(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from texts_in(one)


def _axes(document: dict[str, Any], grid: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    axes: dict[str, list[Any]] = {}
    for name, values in _arguments.mapping("grid", grid).items():
        if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__iter__"):
            _arguments.expected(f"grid: {name}", "a list of values", values, kind=TypeError)
        axes[name] = json.loads(_arguments.json_text(f"grid: {name}", list(values)))
        if not axes[name]:
            raise ValueError(f"grid: {name}: expected at least one value, found none")
        if not name.startswith("/") and f"${{matrix.{name}}}" not in set(texts_in(document)) and \
                not any(f"${{matrix.{name}}}" in text for text in texts_in(document)):
            raise ValueError(f"grid: {name}: the scenario uses no ${{matrix.{name}}}; expected a "
                             'parameter that it uses, or a JSON pointer into it, as "/links/wan/loss"')
    matrix = document.get("matrix", {})
    return axes | {name: values for name, values in matrix.items() if name not in axes}


def _with(document: dict[str, Any], chosen: dict[str, Any]) -> dict[str, Any]:
    """The scenario with these values, and no others, in its matrix and at its JSON pointers."""
    made = copy.deepcopy(document)
    matrix = {name: [value] for name, value in chosen.items() if not name.startswith("/")}
    made.pop("matrix", None)
    if matrix:
        made["matrix"] = matrix
    for name, value in chosen.items():
        if name.startswith("/"):
            _set(made, name, value)
    return made


def _set(document: dict[str, Any], pointer: str, value: Any) -> None:
    """Sets what a JSON pointer (RFC 6901) means; its last step may be a new key."""
    *steps, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]
    at: Any = document
    try:
        for step in steps:
            at = at[int(step)] if isinstance(at, list) else at[step]
        at[int(last) if isinstance(at, list) else last] = value
    except (KeyError, IndexError, TypeError, ValueError):
        raise ValueError(f"grid: {pointer}: the scenario has no such place") from None


def _column(axis: str, values: list[Any]) -> tuple[str, list[Any]]:
    """The name of an axis' column, with a unit, and its values: all numbers, or all texts."""
    name = axis[1:].replace("/", ".") if axis.startswith("/") else axis
    if name in RESERVED:
        raise ValueError(f"grid: {axis}: this name is that of another column; call it otherwise")
    if all(isinstance(value, (bool, int, float)) for value in values):
        return name, values
    for unit, factors in _UNITS.items():
        numbers = [_in_unit(value, factors) for value in values]
        if None not in numbers:
            return f"{name}_{unit}", numbers
    return name, [value if isinstance(value, str) else json.dumps(value) for value in values]


def _in_unit(value: Any, factors: dict[str, Decimal]) -> float | None:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([a-zA-Z/]*)", value) if isinstance(value, str) else None
    if not found:
        return None
    number, unit = Decimal(found[1]), found[2]
    if not number and not unit:
        return 0.0
    return float(number * factors[unit]) if unit in factors else None
