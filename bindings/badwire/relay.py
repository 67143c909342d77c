"""A relay in this process: datagrams and connections pass through a bad link."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from badwire import _arguments, _badwire
from badwire._endpoints import Endpoint, resolve


class Relay:
    """Forwards datagrams and TCP connections to ``to``, and does to them what the link decides.

        with badwire.Relay(to=("127.0.0.1", 5000), loss=0.05, delay="20ms", seed=7) as relay:
            client.sendto(b"hello", relay.address)

    Packets are lost, duplicated and so on; streams are delayed, slowed, cut and reset. The relay
    runs in a thread of its own until ``close()``. Thread-safe.

    Args:
        to: The server, as ``("host", port)`` or ``"host:port"``.
        listen: The address for clients; port 0 lets the system choose one.
        link: A link as a scenario writes it, as ``{"loss": 0.05, "up": {"delay": "5ms"}}``.
        loss: Share of datagrams to drop in both directions, 0 to 1.
        delay: Delay in both directions, as ``"20ms"`` or ``{"uniform": ["1ms", "9ms"]}``.
        up: The direction towards the server, as ``{"loss": 0.1}``; overrides loss and delay.
        down: The direction towards the client, likewise.
        seed: The same seed and the same name make the same network.
        name: The link's name.

    Raises:
        badwire.ScenarioError: A mistake in the link; its file reads ``link``.
        ValueError: An impossible address, port or seed; or a key that is given in ``link``, too.
        OSError: It cannot listen there.
    """

    def __init__(
        self,
        to: Endpoint,
        listen: Endpoint = ("127.0.0.1", 0),
        *,
        link: Mapping[str, Any] | None = None,
        loss: float | None = None,
        delay: str | Mapping[str, Any] | None = None,
        up: Mapping[str, Any] | None = None,
        down: Mapping[str, Any] | None = None,
        seed: int = 1,
        name: str = "relay",
    ) -> None:
        asked = dict(_arguments.mapping("link", {} if link is None else link))
        for key, value in (("loss", loss), ("delay", delay), ("up", up), ("down", down)):
            if value is None:
                continue
            if key in asked:
                raise ValueError(f"{key} is given twice: as {key}= and in link=")
            _arguments.json_text(key, value)
            asked[key] = value
        self._name = _arguments.text("name", name)
        self._to = resolve("to", to, any_port=False)
        self._relay = _badwire.Relay(
            listen=resolve("listen", listen, any_port=True),
            to=self._to,
            link=_arguments.json_text("link", asked),
            seed=_arguments.seed(seed),
            name=name,
        )
        self._open = True

    @property
    def address(self) -> tuple[str, int]:
        """The host and port it listens on, UDP and TCP alike; also after ``close()``."""
        return self._relay.address()

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.address[1]

    def counters(self) -> dict[str, dict[str, Any]]:
        """Datagrams in each direction so far, as ``{"up": {"offered": 3, …}, "down": {…}}``.

        There are offered, delivered, dropped (and dropped_by, by rule), duplicated, corrupted,
        reordered, rebound, undeliverable, in_flight, offered_bytes, delivered_bytes. Final after
        ``close()``.

        Raises:
            badwire.HarnessError: The relay failed.
        """
        state = self._state()
        return {"up": state["up"], "down": state["down"]}

    def lateness_ms(self) -> dict[str, float]:
        """How much later than decided delayed datagrams left: samples, and p50, p99, p999, max in ms.

        Raises:
            badwire.HarnessError: The relay failed.
        """
        return dict(self._state()["lateness_ms"])

    def close(self) -> None:
        """Stops listening; datagrams and streams on their way are lost. A second call does nothing.

        Raises:
            badwire.HarnessError: The relay had failed.
        """
        self._open = False
        self._relay.close()

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._relay.state())
        return state

    def __enter__(self) -> Relay:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        host, port = self.address
        return (f"<badwire.Relay {self._name!r}: {host} port {port} to {self._to[0]} port "
                f"{self._to[1]}{'' if self._open else ', closed'}>")
