"""Multicast over bad links, between real processes."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from typing import Any

from badwire import _arguments, _badwire
from badwire._closing import Closing
from badwire._endpoints import Endpoint, resolve
from badwire.relay import _merged


class MulticastRelay(Closing):
    """Carries multicast between members of which each has a group, and a link, of its own.

        groups = {"ann": ("239.255.7.1", 5007), "ben": ("239.255.7.2", 5007)}
        with badwire.MulticastRelay(groups, down={"loss": 0.1}, seed=7) as relay:
            ...  # each member joins its group, and sends to it, as if there were one for all

    What a member sends to its group goes up its link once, and down to each other member over that
    one's link, with a fate of its own; the member itself hears it at once. Members are on this machine.
    The relay runs in a thread of its own until ``close()``. Thread-safe.

    Args:
        members: Their names, which are the links' names, and their groups, IPv4.
        link: A link as a scenario writes it, the same for every member.
        links: Links of some members, by name, instead of that.
        seed: The same seed and the same names make the same network.
        keys: Keys of the link, as ``loss=0.05``, ``up={"delay": "5ms"}``.

    Raises:
        badwire.ScenarioError: A mistake in a link; its file reads ``link``.
        ValueError, TypeError: An argument that cannot be.
        OSError: The system does not let it join a group.
    """

    def __init__(
        self,
        members: Mapping[str, Endpoint],
        link: Mapping[str, Any] | None = None,
        *,
        links: Mapping[str, Mapping[str, Any]] | None = None,
        seed: int = 1,
        **keys: Any,
    ) -> None:
        common = _merged(link, keys)
        own = dict(_arguments.mapping("links", {} if links is None else links))
        groups = {_arguments.text("members", name): _group(f"members: {name}", group)
                  for name, group in _arguments.mapping("members", members).items()}
        if len(groups) < 2 or len(set(groups.values())) < len(groups):
            _arguments.expected("members", "two or more, each with a group of its own", dict(members))
        for name in own:
            self._check(name, groups)
        self._relay = _badwire.MulticastRelay(
            [(name, group, _arguments.json_text("link", own.get(name, common)))
             for name, group in groups.items()], _arguments.seed(seed))
        self._groups = groups

    @property
    def members(self) -> dict[str, tuple[str, int]]:
        """Every member's group and port."""
        return dict(self._groups)

    def counters(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Datagrams over each member's link, as ``{"ann": {"up": {"offered": 3, …}, "down": {…}}}``.

        Raises:
            badwire.HarnessError: The relay failed.
        """
        state = json.loads(self._relay.state())
        return {name: {"up": one["up"], "down": one["down"]} for name, one in state.items()}

    def change(self, member: str, link: Mapping[str, Any] | None = None, /, **keys: Any) -> None:
        """Changes these keys of a member's link from now on, as Relay.change() does.

        Raises:
            badwire.ScenarioError: A mistake in the link; nothing is changed.
            ValueError: There is no such member; or the relay is closed.
        """
        self._check(_arguments.text("member", member), self._groups)
        self._relay.change(member, _arguments.json_text("link", _merged(link, keys)))

    def cut(self, member: str) -> None:
        """Pulls a member's cable, until heal(). Raises what change() does."""
        self.change(member, cut=True)

    def heal(self, member: str) -> None:
        """Plugs it in again. Raises what change() does."""
        self.change(member, cut=False)

    def close(self) -> None:
        """Stops carrying; datagrams on their way are lost. A second call does nothing.

        Raises:
            badwire.HarnessError: The relay had failed.
        """
        self._relay.close()

    @staticmethod
    def _check(member: str, known: Mapping[str, Any]) -> None:
        if member not in known:
            raise ValueError(f"there is no member {member!r}; there are: {', '.join(known)}")

    def __repr__(self) -> str:
        return f"<badwire.MulticastRelay of {', '.join(self._groups)}>"


def _group(name: str, given: Endpoint) -> tuple[str, int]:
    host, port = resolve(name, given, any_port=False)
    address = ipaddress.ip_address(host)
    if address.version != 4 or not address.is_multicast:
        _arguments.expected(name, 'an IPv4 group such as ("239.255.7.1", 5007)', given)
    return host, port
