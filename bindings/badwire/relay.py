"""A relay in this process: datagrams and connections pass through a bad link."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from badwire import _arguments, _badwire
from badwire._closing import Closing
from badwire._endpoints import Endpoint, resolve


class Relay(Closing):
    """Forwards datagrams and TCP connections to ``to``, and does to them what the link decides.

        with badwire.Relay(to=("127.0.0.1", 5000), loss=0.05, delay="20ms", seed=7) as relay:
            client.sendto(b"hello", relay.address)
            relay.cut()                         # a pulled cable
            relay.heal()
            relay.change(up={"loss": 0.5})      # from now on

    Packets are lost, duplicated and so on; streams are delayed, slowed, cut and reset. The relay
    runs in a thread of its own until ``close()``. Thread-safe.

    Args:
        to: The server, as ``("host", port)`` or ``"host:port"``.
        listen: The address for clients; port 0 lets the system choose one.
        link: A link as a scenario writes it, as ``{"loss": 0.05, "up": {"delay": "5ms"}}``.
        preset: A link as it is found in the world, as ``"lte"`` (``badwire list presets``); the other keys win.
        loss: Share of datagrams to drop in both directions, 0 to 1.
        delay: Delay in both directions, as ``"20ms"`` or ``{"uniform": ["1ms", "9ms"]}``.
        up: The direction towards the server, as ``{"loss": 0.1}``; overrides loss and delay.
        down: The direction towards the client, likewise.
        schedule: What changes with time, as ``[{"at": "2s", "for": "1s", "cut": True}]``.
        keep_ports: Let the server see each client's own port, at another loopback address.
        wires: Protocols with fields that exact rules can use, as a scenario's ``wires``.
        seed: The same seed and the same name make the same network.
        name: The link's name.
        capture: A file for every datagram as pcapng, with what happened to it as its comment.
        trace: A file for what happened to every datagram, a JSON object a line.
        precise: Delay precisely to some hundredths of a millisecond; needs a processor of its own.
        idle_after: Forget a client that has been silent for so long, as ``"30s"``; default 5 min.
        control: An address that takes changes over HTTP, from ``badwire ctl`` or toxiproxy's clients.
        control_token: What such requests must carry; needed where other machines reach the address.

    Raises:
        badwire.ScenarioError: A mistake in the link; its file reads ``link``.
        ValueError, TypeError: An argument that cannot be; or a key that is given in ``link``, too.
        OSError: It cannot listen there, or a file cannot be written.
    """

    def __init__(
        self,
        to: Endpoint,
        listen: Endpoint = ("127.0.0.1", 0),
        *,
        link: Mapping[str, Any] | None = None,
        preset: str | None = None,
        loss: float | None = None,
        delay: str | Mapping[str, Any] | None = None,
        up: Mapping[str, Any] | None = None,
        down: Mapping[str, Any] | None = None,
        schedule: Sequence[Mapping[str, Any]] | Mapping[str, Any] | None = None,
        keep_ports: bool | None = None,
        wires: Mapping[str, Any] | None = None,
        seed: int = 1,
        name: str = "relay",
        capture: str | os.PathLike[str] | None = None,
        trace: str | os.PathLike[str] | None = None,
        precise: bool = False,
        idle_after: str | None = None,
        control: Endpoint | None = None,
        control_token: str | None = None,
    ) -> None:
        asked = _merged(link, {"preset": preset, "loss": loss, "delay": delay, "up": up, "down": down,
                               "schedule": schedule, "keep_ports": keep_ports})
        self._name = _arguments.text("name", name)
        self._to = resolve("to", to, any_port=False)
        if control_token is not None and control is None:
            raise ValueError("control_token is only used with control")
        self._relay = _badwire.Relay(
            listen=resolve("listen", listen, any_port=True),
            to=self._to,
            link=_arguments.json_text("link", asked),
            wires=_arguments.json_text("wires", {} if wires is None else wires),
            seed=_arguments.seed(seed),
            name=name,
            trace="" if trace is None else _arguments.path("trace", trace),
            capture="" if capture is None else _arguments.path("capture", capture),
            idle_after=None if idle_after is None else _arguments.text("idle_after", idle_after),
            precise=_arguments.flag("precise", precise),
            control=None if control is None else resolve("control", control, any_port=True),
            token="" if control_token is None else _arguments.text("control_token", control_token),
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
        reordered, rebound, marked, not_capable, undeliverable, in_flight, offered_bytes, delivered_bytes. Final after
        ``close()``.

        Raises:
            badwire.HarnessError: The relay failed.
        """
        state = self._state()
        return {"up": state["up"], "down": state["down"]}

    def flows(self) -> dict[str, dict[str, dict[str, Any]]]:
        """The same counters for each client, as ``{"1": {"up": {"offered": 3, …}, "down": {…}}}``.

        Clients are numbered in the order of their first packets.

        Raises:
            badwire.HarnessError: The relay failed.
        """
        return dict(self._state()["flows"])

    @property
    def control(self) -> tuple[str, int] | None:
        """The host and port where it takes changes over HTTP; None without ``control``."""
        return self._relay.control()

    def impairments(self) -> dict[str, Any]:
        """What the link does now, as ``{"up": {"loss": 0.05, "delay": "0s"}, "down": {…}}``.

        There are at least loss and delay, and whatever else is not as on a clean link.

        Raises:
            ValueError: The relay is closed.
        """
        return _parsed(self._relay.impairments())

    def change(self, link: Mapping[str, Any] | None = None, /, **keys: Any) -> dict[str, Any]:
        """Changes these keys of the link from now on; the others stay as they are.

            relay.change(loss=0.1, up={"rate": "1Mbit/s"})

        Packets on their way keep their fates. Returns what the link does now, as impairments().

        Raises:
            badwire.ScenarioError: A mistake; its file reads ``link``, and nothing is changed.
            ValueError: A key that is given twice; or the relay is closed.
        """
        return _parsed(self._relay.change(_arguments.json_text("link", _merged(link, keys))))

    def replace(self, link: Mapping[str, Any] | None = None, /, **keys: Any) -> dict[str, Any]:
        """Makes the link this one from now on; what is not said is as on a clean link.

        Returns and raises what change() does. A running link takes no new schedule.
        """
        return _parsed(self._relay.replace(_arguments.json_text("link", _merged(link, keys))))

    def cut(self) -> None:
        """Pulls the cable: nothing passes, either way, until heal().

        Raises:
            ValueError: The relay is closed.
        """
        self._relay.cut(True)

    def heal(self) -> None:
        """Plugs the cable in again. Raises what cut() does."""
        self._relay.cut(False)

    def disable(self) -> None:
        """Stops listening: connections are reset, and clients refused, until enable().

        Raises:
            ValueError: The relay is closed.
        """
        self._relay.enable(False)

    def enable(self) -> None:
        """Listens again, at the same port.

        Raises:
            OSError: It cannot listen there any more.
            ValueError: The relay is closed.
        """
        self._relay.enable(True)

    def reset(self) -> dict[str, Any]:
        """As at the start: whole, enabled, and with the impairments of then. Returns these.

        Raises what enable() does.
        """
        return _parsed(self._relay.reset())

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
            OSError: The capture or the trace could not be written.
        """
        self._open = False
        self._relay.close()

    def _state(self) -> dict[str, Any]:
        return _parsed(self._relay.state())

    def __repr__(self) -> str:
        host, port = self.address
        return (f"<badwire.Relay {self._name!r}: {host} port {port} to {self._to[0]} port "
                f"{self._to[1]}{'' if self._open else ', closed'}>")


def _merged(link: Mapping[str, Any] | None, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The link with these keys, except those that are None."""
    asked = dict(_arguments.mapping("link", {} if link is None else link))
    for key, value in keys.items():
        if value is None:
            continue
        if key in asked:
            raise ValueError(f"{key} is given twice: as {key}= and in link=")
        _arguments.json_text(key, value)
        asked[key] = value
    return asked


def _parsed(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text)
    return parsed
