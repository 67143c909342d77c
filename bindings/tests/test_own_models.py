"""Link models that are Python functions, in a virtual world and alone."""

from __future__ import annotations

import pytest
from test_world import ask, echo

import badwire
from badwire import World


def test_a_function_is_a_link_model():
    seen = []

    def every_third(packet):
        seen.append((packet.direction, packet.flow, packet.number, packet.at_s))
        if packet.number % 3 == 0:
            return packet.drop("every third")
        if packet.number == 2:
            return packet.passes(copies=1, payload=b"changed")
        return packet.passes(delay_ms=5)

    world = World()
    arrived = []
    world.process("sink", lambda net: net.udp_socket(port=9).on_datagram(
        lambda data, _: arrived.append((data, net.now))))  # fmt: skip

    async def source(net):
        for number in range(4):
            net.udp_socket().sendto(b"%d" % number, 9)

    world.process("source", source, at=1)
    wan = world.link("own", ("source", "sink"), fate=every_third)
    world.run()
    assert arrived == [(b"changed", 1.0)] * 2 + [(b"0", 1.005), (b"3", 1.005)]
    assert seen == [("up", "source", number, 1.0) for number in (1, 2, 3, 4)]
    up = wan.state().up
    assert (up.offered, up.delivered, up.dropped, up.duplicated, up.corrupted) == (4, 4, 1, 1, 1)
    with pytest.raises(ValueError, match="model of its own"):
        wan.cut()


def test_a_link_model_may_be_a_function():
    model = badwire.LinkModel(fate=lambda packet: packet.passes(delay_ms=packet.number))
    assert [model.decide(b"x").delay_ms for _ in range(3)] == [1, 2, 3]
    assert model.decide(b"x", direction="down").delay_ms == 1
    wrong = badwire.LinkModel(fate=lambda packet: 3)
    with pytest.raises(TypeError, match=r"packet.passes\(\) or packet.drop\(\), found 3"):
        wrong.decide(b"x")
    with pytest.raises(ValueError, match="fate: a link has its own model"):
        badwire.LinkModel({"loss": 1}, fate=lambda packet: packet.drop())


def test_a_model_that_fails_ends_the_run():
    world = World()
    world.process("server", echo)
    world.process("client", ask)
    world.link("own", ("client", "server"), fate=lambda packet: None)
    with pytest.raises(TypeError, match="packet.passes"):
        world.run()
