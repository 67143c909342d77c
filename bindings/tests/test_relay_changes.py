"""A relay that is changed while it runs, and the files that it writes."""

from __future__ import annotations

import json
import socket
import subprocess
import urllib.request

import pytest
from test_relay import Echo
from waiting import wait_until

import badwire

CLEAN = {"loss": 0, "delay": "0s"}
SLOW = {"loss": 0, "delay": "1ms"}


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


def passes(client, relay, word=b"hello"):
    """Whether a datagram comes back; the relay's counters tell when it does not."""
    before = relay.counters()["up"]
    client.sendto(word, relay.address)

    def decided():
        up = relay.counters()["up"]
        return up["delivered"] + up["dropped"] + up["undeliverable"] == before["offered"] + 1

    wait_until(decided, "the relay to decide")
    if relay.counters()["up"]["delivered"] == before["delivered"]:
        return False
    assert client.recv(100) == word
    return True


def test_a_cut_link_lets_nothing_pass_until_it_is_healed(echo, client):
    with badwire.Relay(to=echo.address, delay="1ms") as relay:
        assert passes(client, relay)
        relay.cut()
        assert not passes(client, relay)
        assert relay.counters()["up"]["dropped_by"]["cut"] == 1
        relay.heal()
        assert passes(client, relay)
        assert relay.impairments() == {"up": SLOW, "down": SLOW}


def test_a_change_is_of_these_keys_only_and_reset_takes_it_back(echo, client):
    with badwire.Relay(to=echo.address, delay="1ms") as relay:
        now = relay.change(up={"loss": 1})
        assert now == {"up": {"loss": 1, "delay": "1ms"}, "down": SLOW}
        assert not passes(client, relay)
        assert relay.change({"up": {"loss": 0}}, delay="2ms")["up"] == {"loss": 0, "delay": "2ms"}
        assert passes(client, relay)
        assert relay.replace(down={"mtu": 900}) == {
            "up": CLEAN,
            "down": CLEAN | {"mtu": 900},
        }
        assert relay.reset() == {"up": SLOW, "down": SLOW}
        assert passes(client, relay)


def test_a_mistake_in_a_change_is_told_and_changes_nothing(echo):
    with badwire.Relay(to=echo.address, loss=0.5) as relay:
        with pytest.raises(badwire.ScenarioError, match='did you mean "loss"') as caught:
            relay.change(up={"los": 1}, down={"delay": 3})
        assert (caught.value.file, caught.value.pointer) == ("link", "/up/los")
        assert len(str(caught.value).splitlines()) == 2
        with pytest.raises(ValueError, match="loss: expected a finite number"):
            relay.change(loss=float("nan"))
        with pytest.raises(ValueError, match="loss is given twice"):
            relay.change({"loss": 1}, loss=1)
        with pytest.raises(badwire.ScenarioError, match="schedule"):
            relay.replace(schedule=[{"at": "1s", "cut": True}])
        assert relay.impairments()["up"]["loss"] == 0.5


def test_a_disabled_relay_refuses_clients_until_it_is_enabled(echo):
    with socket.create_server(("127.0.0.1", 0)) as server, badwire.Relay(to=server.getsockname()) as relay:
        relay.disable()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(relay.address, timeout=60)
        relay.enable()
        socket.create_connection(relay.address, timeout=60).close()


def test_a_closed_relay_takes_no_changes(echo):
    relay = badwire.Relay(to=echo.address)
    relay.close()
    for change in (relay.cut, relay.heal, relay.reset, relay.impairments, relay.enable):
        with pytest.raises(ValueError, match="the relay is closed"):
            change()


def test_each_client_has_counters_of_its_own(echo, client):
    with badwire.Relay(to=echo.address) as relay:
        assert passes(client, relay) and passes(client, relay)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.settimeout(60)
            assert passes(other, relay)
        flows = relay.flows()
    assert [flows[name]["up"]["offered"] for name in ("1", "2")] == [2, 1]
    assert relay.flows() == flows


def test_a_capture_and_a_trace_are_written(echo, client, tmp_path):
    capture, trace = tmp_path / "all.pcapng", tmp_path / "packets.jsonl"
    with badwire.Relay(to=echo.address, capture=capture, trace=trace, name="wan",
                       up={"exact": [{"nth": 2}]}) as relay:  # fmt: skip
        assert [passes(client, relay) for _ in range(3)] == [True, False, True]

    lines = [json.loads(line) for line in trace.read_text().splitlines()]
    assert [one["fate"] for one in lines if one["direction"] == "up"] == ["delivered", "dropped", "delivered"]
    assert {one["link"] for one in lines} == {"wan"}
    shown = subprocess.run(["tshark", "-r", capture, "-T", "fields", "-e", "frame.comment"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert len(shown.stdout.splitlines()) == 3 + 2 + 2 + 2
    assert shown.stdout.count("dropped by exact rule 1") == 1


def test_files_that_cannot_be_written_are_os_errors(echo, tmp_path):
    for option in ("capture", "trace"):
        with pytest.raises(OSError) as caught:
            badwire.Relay(to=echo.address, **{option: tmp_path / "nowhere" / "file"})
        assert caught.value.errno == 2 and "nowhere" in str(caught.value)


def test_rules_use_the_fields_of_declared_wires(echo, client):
    wires = {"mine": {"fields": [{"name": "number", "offset": 0}]}}
    rule = {"match": {"number": 66}}
    with badwire.Relay(to=echo.address, wires=wires, up={"exact": [rule]}) as relay:
        assert [passes(client, relay, word) for word in (b"A", b"B", b"C")] == [True, False, True]

    with pytest.raises(badwire.ScenarioError, match="offset") as caught:
        badwire.Relay(to=echo.address, wires={"mine": {"fields": [{"name": "number"}]}})
    assert caught.value.pointer.startswith("/wires/mine/fields/0")


def test_kept_ports_show_the_server_each_client(echo, client):
    client.bind(("127.0.0.1", 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(60)
        with badwire.Relay(to=server.getsockname(), keep_ports=True) as relay:
            client.sendto(b"who", relay.address)
            _, seen = server.recvfrom(100)
    assert seen[1] == client.getsockname()[1] and seen[0] != "127.0.0.1"


def test_a_schedule_counts_from_the_start(echo, client):
    with badwire.Relay(to=echo.address, schedule=[{"at": "0s", "for": "1h", "cut": True}]) as relay:
        assert not passes(client, relay)


def test_requests_over_http_change_it_too(echo, client):
    with badwire.Relay(to=echo.address, control="127.0.0.1:0", control_token="secret") as relay:
        host, port = relay.control
        request = urllib.request.Request(
            f"http://{host}:{port}/links/relay/impairments", method="PATCH",
            data=b'{"loss": 1}', headers={"Authorization": "Bearer secret"})  # fmt: skip
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 200
        assert not passes(client, relay)
        assert relay.impairments()["up"]["loss"] == 1
        with pytest.raises(OSError, match="control: cannot listen on 127.0.0.1") as caught:
            badwire.Relay(to=echo.address, control=relay.control)
        assert caught.value.errno is not None
    assert badwire.Relay(to=echo.address).control is None


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ({"precise": 1}, TypeError, "precise: expected True or False"),
        ({"idle_after": "0s"}, ValueError, "idle_after: expected a duration above 0"),
        ({"idle_after": 3}, TypeError, "idle_after: expected a text"),
        ({"capture": 3}, TypeError, "capture: expected a path"),
        ({"wires": 3}, badwire.ScenarioError, "wires"),
        ({"keep_ports": "yes"}, badwire.ScenarioError, "keep_ports"),
        ({"control_token": "x"}, ValueError, "control_token is only used with control"),
        ({"listen": ("127.0.0.1", 9)}, ValueError, "would lead to itself"),
    ],
)
def test_arguments_that_cannot_be_are_named(arguments, kind, message):
    with pytest.raises(kind, match=message):
        badwire.Relay(**{"to": ("127.0.0.1", 9), **arguments})
