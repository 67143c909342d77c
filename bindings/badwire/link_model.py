"""What a link does to packets, without any network: the decisions themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from badwire import _arguments, _badwire


@dataclass(frozen=True)
class Fate:
    """What becomes of a packet.

    Attributes:
        dropped: It does not arrive.
        rule: Why it was dropped: exact, cut, rebind, mtu, queue or loss, own by a model of your own;
            else none.
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


@dataclass(frozen=True)
class Packet:
    """A datagram that a link model of your own is to decide over.

    Attributes:
        payload: Its bytes.
        direction: ``"up"`` or ``"down"``.
        flow: Whose it is: the process or client at the lower end.
        number: Its number in its direction, from 1.
        at_s: When it is offered, in seconds since the link's start.
    """

    payload: bytes
    direction: Literal["up", "down"]
    flow: str
    number: int
    at_s: float

    def passes(
        self, *, delay_ms: float = 0.0, copies: int = 0, payload: bytes | None = None
    ) -> Fate:
        """It arrives after so long, with so many copies, perhaps changed."""
        delay = _arguments.number("delay_ms", delay_ms, 0, _arguments.CENTURY_S * 1e3, unit="milliseconds")
        more = _arguments.whole("copies", copies, 0, 1000)
        arrives = self.payload if payload is None else _arguments.buffer("payload", payload)
        return Fate(False, "none", delay, 0.0, more, 0, 0, "", arrives)

    def drop(self, why: str = "") -> Fate:
        """It does not arrive."""
        return Fate(True, "own", 0.0, 0.0, 0, 0, 0, _arguments.text("why", why), self.payload)


def own_fate(function: Callable[[Packet], Fate], packet: Packet) -> Fate:
    """What the function says of the packet. Raises TypeError where that is no Fate."""
    fate = function(packet)
    if not isinstance(fate, Fate):
        _arguments.expected(f"fate {getattr(function, '__name__', '')}".rstrip(),
                            "packet.passes() or packet.drop()", fate, kind=TypeError)
    return fate


class LinkModel:
    """A link as a scenario writes it, asked packet by packet.

        model = badwire.LinkModel({"loss": 0.05, "delay": "20ms"}, seed=7)
        fate = model.decide(b"hello", at_s=0.5)

    The same seed, name, flows and packets meet the same fates here, at a relay and in virtual time.
    Not thread-safe.

    Args:
        link: As ``{"loss": 0.05, "up": {"delay": "5ms"}}``.
        seed: 0 to 2**64 - 1.
        name: The link's name, part of the seed.
        fate: A model of your own instead: a function that is given each Packet, and returns
            ``packet.passes(delay_ms=5)`` or ``packet.drop()``.

    Raises:
        badwire.ScenarioError: A mistake in the link; its file reads ``link``.
        ValueError, TypeError: An argument that cannot be.
    """

    def __init__(
        self,
        link: Mapping[str, Any] | None = None,
        *,
        seed: int = 1,
        name: str = "relay",
        fate: Callable[[Packet], Fate] | None = None,
    ) -> None:
        if fate is not None and link is not None:
            raise ValueError("fate: a link has its own model, or is described, not both")
        self._fate = fate
        self._numbers = {"up": 0, "down": 0}
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
        way = _arguments.one_of("direction", direction, ("up", "down"))
        content = _arguments.buffer("payload", payload)
        time_s = _arguments.number("at_s", at_s, 0, _arguments.CENTURY_S, unit="seconds")
        of = _arguments.text("flow", flow)
        if self._fate is None:
            return Fate(*self._model.decide(way, content, time_s, of))
        self._numbers[way] += 1
        return own_fate(self._fate, Packet(content, direction, of, self._numbers[way], time_s))
