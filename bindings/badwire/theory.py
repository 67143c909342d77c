"""Waiting held against queueing theory."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

_AS_OF_RUNS = {"agrees": "pass", "differs": "fail"}


@dataclasses.dataclass(frozen=True)
class Theory:
    """The mean waiting of some clients over all runs of a scenario on a network, and what theory says."""

    scenario: str
    network: str
    clients: str
    """Their name in the scenario."""
    model: str
    """In Kendall's notation: ``M/D/1``."""
    verdict: str
    """``agrees`` (the theory lies in the 95 % interval), ``differs`` or ``inconclusive``."""
    message: str
    runs: int
    waiting_ms: dict[str, Any]
    """The ``mean`` that was measured, and ``low`` and ``high``, its 95 % interval."""
    theory_ms: float | None
    """The mean waiting that the theory says; None: there is no steady state."""
    matrix: dict[str, Any]
    json: dict[str, Any] = dataclasses.field(repr=False, compare=False)
    """The whole entry of results.json."""

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Theory:
        """One entry of ``theory`` in results.json."""
        names = {field.name for field in dataclasses.fields(cls)}
        known: dict[str, Any] = {"matrix": {}}
        known |= {name: value for name, value in entry.items() if name in names}
        return cls(**known, json=dict(entry))

    @property
    def verdict_as_of_runs(self) -> str:
        """pass, fail or inconclusive."""
        return _AS_OF_RUNS.get(self.verdict, "inconclusive")

    def columns(self) -> dict[str, Any]:
        """A row of a table; times in ms."""
        return {
            "scenario": self.scenario, "network": self.network, "clients": self.clients,
            "model": self.model, "verdict": self.verdict, "message": self.message, "runs": self.runs,
            "waiting_ms": self.waiting_ms.get("mean"), "waiting_low_ms": self.waiting_ms.get("low"),
            "waiting_high_ms": self.waiting_ms.get("high"), "theory_ms": self.theory_ms,
            "utilisation": self.json.get("utilisation"),
            **{f"matrix.{name}": value for name, value in self.matrix.items()},
        }
