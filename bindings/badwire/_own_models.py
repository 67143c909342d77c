"""Link models that are Python functions, as the links of a virtual world ask them."""

from __future__ import annotations

import json
from collections.abc import Callable

from badwire import _arguments
from badwire.link_model import Fate, Packet, own_fate


class OwnModel:
    """A function that decides over each datagram of a link, and what it has decided."""

    def __init__(self, function: Callable[[Packet], Fate], flow: str) -> None:
        if not callable(function):
            _arguments.expected("fate", "a function that takes a Packet", function, kind=TypeError)
        self._function = function
        self._flow = flow
        self._count = {way: {"offered": 0, "delivered": 0, "dropped": 0, "duplicated": 0,
                             "corrupted": 0, "reordered": 0} for way in ("up", "down")}

    def carry(self, direction: str, payload: bytes, now_ns: int) -> list[tuple[int, bytes]]:
        """What arrives, and after how many ns: nothing, the datagram, or several."""
        count = self._count[direction]
        count["offered"] += 1
        packet = Packet(payload, "up" if direction == "up" else "down", self._flow,
                        count["offered"], now_ns / 1e9)
        fate = own_fate(self._function, packet)
        if fate.dropped:
            count["dropped"] += 1
            return []
        count["delivered"] += 1 + fate.copies
        count["duplicated"] += fate.copies
        count["corrupted"] += fate.payload != payload
        return [(round(fate.delay_ms * 1e6), fate.payload)] * (1 + fate.copies)

    def state(self) -> str:
        """JSON as of other links."""
        return json.dumps({"asked": {}, **self._count})
