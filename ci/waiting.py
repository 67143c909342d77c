"""How tests in Python wait: until a condition is true, not for some time to pass.

pytest finds this module by pyproject.toml: `from waiting import wait_until`.
"""

import pathlib
import time

import pytest


def wait_until(condition, what, seconds=20):
    """Returns the condition's result, once it is true; else fails and names `what`.

    The limit only ends tests that would wait for ever: on a busy machine everything takes longer.
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
    """Whether all datagrams and streams that have come to this port are read."""
    listening = 10  # its unread ones are connections
    return not any(unread for protocol in ("udp", "tcp") for local, state, unread in _sockets(protocol)
                   if local == port and state != listening)


def is_connected(port):
    """Whether somebody is connected to this TCP port, also if that side has already closed."""
    established, close_wait = 1, 8
    return any(local == port and state in (established, close_wait) for local, state, _ in _sockets("tcp"))
