import pytest

import badwire


def payloads(count):
    return [f"packet {i}".encode() for i in range(count)]


def test_the_same_seed_is_the_same_network():
    link = {"loss": 0.3, "delay": {"uniform": ["1ms", "9ms"]}}
    def fates(seed):
        model = badwire.LinkModel(link, seed=seed)
        return [model.decide(payload) for payload in payloads(100)]
    assert fates(7) == fates(7)
    assert fates(7) != fates(8)


def test_a_relay_drops_what_the_model_says():
    import socket
    link = {"up": {"loss": 0.4}}
    model = badwire.LinkModel(link, seed=3)
    expected = [p for p in payloads(60) if not model.decide(p, flow="1").dropped]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        with badwire.Relay(to=server.getsockname(), link=link, seed=3) as relay:
            for payload in payloads(60):
                client.sendto(payload, relay.address)
            assert [server.recv(100) for _ in expected] == expected


def test_a_fate_says_what_and_why():
    model = badwire.LinkModel({"mtu": 5, "delay": "20ms", "corrupt": 1})
    passed = model.decide(b"hello")
    assert (passed.dropped, passed.delay_ms, passed.flipped_bits) == (False, 20, 1)
    assert passed.payload != b"hello" and len(passed.payload) == 5
    dropped = model.decide(b"hello!")
    assert (dropped.dropped, dropped.rule) == (True, "mtu")
    assert dropped.explanation == "dropped: larger than the MTU of 5 bytes"


def test_a_schedule_goes_by_the_time_it_is_told():
    model = badwire.LinkModel({"schedule": [{"at": "1s", "for": "1s", "cut": True}]})
    assert [model.decide(b"", at_s=at).dropped for at in (0.9, 1, 1.9, 2)] == [False, True, True, False]
    with pytest.raises(ValueError, match="time does not fall"):
        model.decide(b"", at_s=1)


def test_mistakes_are_told():
    with pytest.raises(badwire.ScenarioError, match="did you mean"):
        badwire.LinkModel({"los": 1})
    with pytest.raises(ValueError, match="direction"):
        badwire.LinkModel().decide(b"", direction="left")
