"""Addresses as people write them."""

from __future__ import annotations

import ipaddress
import socket
from typing import Union

Endpoint = Union[str, tuple[str, int]]


def resolve(option: str, given: Endpoint, *, any_port: bool) -> tuple[str, int]:
    """The numeric address and the port of ``("host", port)`` or ``"host:port"``.

    A name stands for its first address, of IPv4 where it has one. Raises ValueError, which names
    ``option``, for anything else; also for port 0 unless ``any_port``.
    """
    host, port = _split(option, given)
    if not (0 if any_port else 1) <= port <= 65535:
        raise ValueError(f"{option}: expected a port from {0 if any_port else 1} to 65535, "
                         f"found {port}")
    try:
        return str(ipaddress.ip_address(host)), port
    except ValueError:
        pass
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{option}: no address is known for the host {host!r}: {error}") from None
    found.sort(key=lambda entry: entry[0] != socket.AF_INET)
    return str(found[0][4][0]), port


def _split(option: str, given: Endpoint) -> tuple[str, int]:
    if isinstance(given, tuple) and len(given) == 2:
        host, port = given
        if isinstance(host, str) and isinstance(port, int) and not isinstance(port, bool):
            return host, port
    elif isinstance(given, str):
        host, colon, number = given.rpartition(":")
        bracketed = host.startswith("[") and host.endswith("]")
        if colon and number.isdecimal() and (":" not in host or bracketed):
            return host.strip("[]"), int(number)
    raise ValueError(f'{option}: expected ("127.0.0.1", 5000), "127.0.0.1:5000" or "[::1]:5000", '
                     f"found {given!r}")
