"""Multicast between real sockets over a link for each member."""

from __future__ import annotations

import os
import socket
import struct

import pytest
from waiting import wait_until

import badwire

LOOPBACK = socket.inet_aton("127.0.0.1")


class Member:
    """A member of a group on the loopback interface."""

    def __init__(self, group):
        self.group = group
        self.hears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.hears.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.hears.bind(group)
        self.hears.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                              struct.pack("4s4s", socket.inet_aton(group[0]), LOOPBACK))  # fmt: skip
        self.hears.settimeout(60)
        self.sends = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sends.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)

    def say(self, word):
        self.sends.sendto(word, self.group)
        assert self.hears.recv(100) == word, "the host loops it back"

    def close(self):
        self.hears.close()
        self.sends.close()


@pytest.fixture
def groups():
    """Groups of this process alone, each with a free port."""
    made = {}
    for number, name in enumerate(("ann", "ben", "cas"), 1):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            made[name] = (f"239.255.{os.getpid() % 250 + 1}.{number}", free.getsockname()[1])
    return made


@pytest.fixture
def members(groups):
    made = {name: Member(group) for name, group in groups.items()}
    yield made
    for one in made.values():
        one.close()


def test_what_one_says_reaches_the_others_over_their_links(groups, members):
    with badwire.MulticastRelay(groups, delay="1ms", links={"cas": {"down": {"loss": 1}}}) as relay:
        members["ann"].say(b"hello")
        assert members["ben"].hears.recv(100) == b"hello"
        wait_until(lambda: relay.counters()["cas"]["down"]["dropped"] == 1, "the loss")
        counted = relay.counters()
        assert relay.members == groups
    assert counted["ann"]["up"]["delivered"] == 1 and counted["ann"]["down"]["offered"] == 0
    assert relay.counters()["ben"]["down"]["delivered"] == 1


def test_a_members_link_is_cut_and_healed_while_it_runs(groups, members):
    with badwire.MulticastRelay(groups) as relay:
        relay.cut("ben")
        members["ann"].say(b"one")
        assert members["cas"].hears.recv(100) == b"one"
        wait_until(lambda: relay.counters()["ben"]["down"]["dropped"] == 1, "the cut")
        relay.heal("ben")
        members["ann"].say(b"two")
        assert members["ben"].hears.recv(100) == b"two"
        with pytest.raises(badwire.ScenarioError, match='did you mean "loss"'):
            relay.change("ben", los=1)
    with pytest.raises(ValueError, match="the relay is closed"):
        relay.cut("ben")
    relay.close()


@pytest.mark.parametrize(
    ("members", "options", "kind", "message"),
    [
        ({"a": ("127.0.0.1", 9), "b": ("239.1.1.1", 9)}, {}, ValueError, "members: a: expected an IPv4 group"),
        ({"a": ("239.1.1.1", 9)}, {}, ValueError, "members: expected two or more"),
        ({"a": ("239.1.1.1", 9), "b": ("239.1.1.1", 9)}, {}, ValueError, "each with a group of its own"),
        ([("239.1.1.1", 9)], {}, TypeError, "members: expected a dict"),
        ({"a": "239.1.1.1:9", "b": "239.1.1.2:9"}, {"links": {"c": {}}}, ValueError, "there is no member 'c'"),
        ({"a": "239.1.1.1:9", "b": "239.1.1.2:9"}, {"seed": None}, TypeError, "seed: expected"),
        ({"a": "239.1.1.1:9", "b": "239.1.1.2:9"}, {"los": 1}, badwire.ScenarioError, "loss"),
    ],
)
def test_what_is_no_argument_is_named(members, options, kind, message):
    with pytest.raises(kind, match=message):
        badwire.MulticastRelay(members, **options)
