"""What would be run: known before anything starts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from badwire import _badwire
from badwire.running import Scenario, _source


@dataclass(frozen=True)
class Planned:
    """One run that a scenario asks for: a combination of its matrix, on a network, with a seed."""

    title: str
    tags: list[str]
    matrix: dict[str, Any]
    network: str
    seed: int
    has_theory: bool
    """Its waiting times are held against queueing theory, over all repetitions."""


def plan(
    scenario: Scenario,
    *,
    network: str | None = None,
    seed: int | None = None,
    repeat: int | None = None,
    if_it_is_one: bool = False,
) -> list[Planned]:
    """The runs that ``badwire.run`` would make of the same arguments, in its order.

    With ``if_it_is_one``, JSON of another kind than scenarios gives an empty list.

    Raises:
        badwire.ScenarioError: A mistake in the scenario.
    """
    return plan_text(*_source(scenario), network=network, seed=seed, repeat=repeat,
                     if_it_is_one=if_it_is_one)


def plan_text(
    file: str,
    text: str | None,
    *,
    network: str | None = None,
    seed: int | None = None,
    repeat: int | None = None,
    if_it_is_one: bool = False,
) -> list[Planned]:
    """The same of a file, or of a JSON text that would stand in that file."""
    planned = _badwire.plan(file, text, network or "", seed, repeat, if_it_is_one)
    return [Planned(**one) for one in json.loads(planned)]
