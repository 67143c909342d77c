"""What a link does to packets, without any network: the decisions themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from badwire import _arguments, _badwire

_CENTURY_S = 3.2e9


@dataclass(frozen=True)
class Fate:
    """What becomes of a packet.

    Attributes:
        dropped: It does not arrive.
        rule: Why it was dropped: exact, cut, rebind, mtu, queue or loss; else none.
        delay_ms: From offer to departure, waiting at the rate included.
        queued_ms: The part of it spent waiting for the rate and being transmitted.
        copies: Their number, in addition to the packet itself.
        flipped_bits: How many bits of the payload are flipped.
        overtakers: Later packets of its flow that pass before it.
        explanation: For people; empty for a packet that passed untouched.
        payload: The bytes that arrive.
    """

    dropped: bool
    rule: str
    delay_ms: float
    queued_ms: float
    copies: int
    flipped_bits: int
    overtakers: int
    explanation: str
    payload: bytes


class LinkModel:
    """A link as a scenario writes it, asked packet by packet.

        model = badwire.LinkModel({"loss": 0.05, "delay": "20ms"}, seed=7)
        fate = model.decide(b"hello", at_s=0.5)

    The same seed, name, flows and packets meet the same fates here, at a relay and in virtual time.
    Not thread-safe.

    Raises:
        badwire.ScenarioError: A mistake in the link; its file reads ``link``.
    """

    def __init__(
        self, link: Mapping[str, Any] | None = None, *, seed: int = 1, name: str = "relay"
    ) -> None:
        asked = _arguments.mapping("link", {} if link is None else link)
        self._model = _badwire.LinkModel(_arguments.json_text("link", asked),
                                         _arguments.seed(seed), _arguments.text("name", name))

    def decide(
        self,
        payload: bytes,
        *,
        at_s: float = 0.0,
        direction: Literal["up", "down"] = "up",
        flow: str = "client",
    ) -> Fate:
        """The fate of the next packet of ``flow``, offered ``at_s`` seconds after the link's start.

        Raises:
            ValueError: No such direction, or a time before that of an earlier packet.
            TypeError: An argument of another type.
        """
        return Fate(*self._model.decide(
            _arguments.one_of("direction", direction, ("up", "down")),
            _arguments.buffer("payload", payload),
            _arguments.number("at_s", at_s, 0, _CENTURY_S, unit="seconds"),
            _arguments.text("flow", flow)))
