"""The relay from Python: what it drops and counts, and what it refuses."""

from __future__ import annotations

import socket
import threading

import pytest
from waiting import wait_until

import badwire


class Echo:
    """Answers every datagram with the same bytes, and keeps all datagrams."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = self.socket.getsockname()
        self.received = []
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        while True:
            data, sender = self.socket.recvfrom(2048)
            if data == b"stop":
                return
            self.received.append(data)
            self.socket.sendto(data, sender)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"stop", self.address)
        self.thread.join()
        self.socket.close()


@pytest.fixture
def echo():
    serving = Echo()
    yield serving
    serving.close()


@pytest.fixture
def client():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.settimeout(60)
        yield one


def send_all(client, relay, echo, count=200):
    """Sends numbered datagrams; returns which of them reached the echo."""
    before = len(echo.received)
    for number in range(count):
        client.sendto(b"%d" % number, relay.address)

    def all_decided():
        up = relay.counters()["up"]
        return up["offered"] == count and up["delivered"] + up["dropped"] == count

    wait_until(all_decided, "the relay to decide over every datagram")
    delivered = relay.counters()["up"]["delivered"]
    wait_until(lambda: len(echo.received) - before == delivered, "the echo")
    return set(echo.received[before:])


def test_without_a_link_everything_passes_and_is_counted(echo, client):
    with badwire.Relay(to=echo.address) as relay:
        assert relay.port == relay.address[1] > 0
        for number in range(10):
            client.sendto(b"%d" % number, relay.address)
            assert client.recv(100) == b"%d" % number
        counted = relay.counters()

    for way in ("up", "down"):
        assert counted[way]["offered"] == counted[way]["delivered"] == 10
        assert counted[way]["dropped"] == 0
    assert relay.counters() == counted, "a closed relay keeps its counters"


def test_what_is_dropped_is_counted_and_stays_away(echo, client):
    with badwire.Relay(to=f"127.0.0.1:{echo.address[1]}", up={"loss": 1.0}) as relay:
        arrived = send_all(client, relay, echo, count=20)
        assert arrived == set()
        assert relay.counters()["up"]["dropped"] == 20
        assert relay.counters()["down"]["offered"] == 0


def test_the_same_seed_drops_the_same_datagrams(echo, client):
    arrived = []
    for seed in (5, 5, 6):
        with badwire.Relay(to=echo.address, link={"up": {"loss": 0.3}}, seed=seed) as relay:
            arrived.append(send_all(client, relay, echo))

    assert arrived[0] == arrived[1]
    assert arrived[0] != arrived[2]
    assert 0 < len(arrived[0]) < 200


def test_a_delay_is_kept_and_its_lateness_known(echo, client):
    with badwire.Relay(to=echo.address, delay="20ms") as relay:
        client.sendto(b"slow", relay.address)
        assert client.recv(100) == b"slow"
        late = relay.lateness_ms()

    assert late["samples"] == 2
    assert 0 <= late["p50"] <= late["p99"]


def test_streams_pass_too():
    with socket.create_server(("127.0.0.1", 0)) as server:
        with badwire.Relay(to=server.getsockname(), delay="1ms") as relay:
            with socket.create_connection(relay.address, timeout=60) as client:
                served, _ = server.accept()
                with served:
                    client.sendall(b"through")
                    assert served.recv(100) == b"through"


def test_closing_frees_the_port_and_may_be_repeated(echo):
    relay = badwire.Relay(to=echo.address)
    assert "closed" not in repr(relay)
    relay.close()
    relay.close()
    assert "closed" in repr(relay)

    with badwire.Relay(to=echo.address, listen=relay.address) as again:
        assert again.address == relay.address


def test_a_forgotten_relay_ends_by_itself(echo):
    relay = badwire.Relay(to=echo.address)
    address = relay.address
    del relay

    with badwire.Relay(to=echo.address, listen=address):
        pass


def test_counters_may_be_asked_for_while_others_close_it(echo):
    relay = badwire.Relay(to=echo.address)
    problems = []

    def ask():
        try:
            for _ in range(200):
                relay.counters()
        except Exception as error:
            problems.append(error)

    askers = [threading.Thread(target=ask) for _ in range(4)]
    for asker in askers:
        asker.start()
    relay.close()
    for asker in askers:
        asker.join()

    assert problems == []


@pytest.mark.parametrize(
    ("arguments", "pointer", "message"),
    [
        ({"loss": 2}, "/loss", "expected a probability"),
        ({"link": {"los": 0.1}}, "/los", 'did you mean "loss"'),
        ({"up": {"delay": "5"}}, "/up/delay", "expected a duration"),
    ],
)
def test_a_mistake_in_the_link_is_told_with_its_pointer(arguments, pointer, message):
    with pytest.raises(badwire.ScenarioError, match=message) as caught:
        badwire.Relay(to=("127.0.0.1", 9), **arguments)

    assert (caught.value.file, caught.value.pointer) == ("link", pointer)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"to": ("127.0.0.1", 0)}, "to: expected a port from 1"),
        ({"to": "localhost"}, "to: expected"),
        ({"to": "::1:5000"}, "to: expected"),
        ({"to": ("127.0.0.1", 9), "listen": ("127.0.0.1", 70000)}, "listen: expected a port"),
        ({"to": ("127.0.0.1", 9), "seed": -1}, "seed"),
        ({"to": ("127.0.0.1", 9), "loss": 0.1, "link": {"loss": 0.1}}, "loss is given twice"),
    ],
)
def test_arguments_that_cannot_be_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        badwire.Relay(**arguments)


def test_an_address_in_use_is_an_os_error(echo):
    with pytest.raises(OSError, match="cannot listen on 127.0.0.1") as caught:
        badwire.Relay(to=("127.0.0.1", 9), listen=echo.address)

    assert caught.value.errno is not None
