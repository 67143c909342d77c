"""How tests in Python wait: for what they wait for to be true, not for some time to pass.

pytest finds this module by pyproject.toml: `from waiting import wait_until`.
"""

import pathlib
import time

import pytest


def wait_until(condition, what, seconds=20):
    """Returns what the condition returns, once that is true; else fails and names what was waited for.

    The limit is only for what never happens: on a busy machine everything takes longer.
    """
    deadline = time.monotonic() + seconds
    while not (met := condition()):
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds} s for {what() if callable(what) else what}")
        time.sleep(0.005)
    return met


def _sockets(protocol):
    """(local port, state, unread bytes) of every IPv4 socket of this machine."""
    for line in pathlib.Path(f"/proc/net/{protocol}").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        yield int(fields[1].rpartition(":")[2], 16), int(fields[3], 16), int(fields[4].partition(":")[2], 16)


def all_is_read(port):
    """Whether the datagrams and streams that have come to this port hold nothing unread any more."""
    listening = 10  # what a listening socket has unread are connections
    return not any(unread for protocol in ("udp", "tcp") for local, state, unread in _sockets(protocol)
                   if local == port and state != listening)


def is_connected(port):
    """Whether somebody is connected to this TCP port, and may have said already that no more will come."""
    established, close_wait = 1, 8
    return any(local == port and state in (established, close_wait) for local, state, _ in _sockets("tcp"))
