"""badwire relay --pcap: what tshark, which knows nothing of badwire, makes of the file."""

import contextlib
import shutil
import subprocess

import pytest
from conftest import Relay

TSHARK = shutil.which("tshark")
# tshark checks checksums, and does not guess from ports what payloads mean.
STRICT = ["-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
          "-d", "udp.port==0-65535,data"]


@pytest.fixture(autouse=True)
def tshark_is_there():
    assert TSHARK, "this needs tshark: ci/install test"


def tshark(path, *words):
    done = subprocess.run([TSHARK, "-r", path, *STRICT, *words], capture_output=True, text=True,
                          timeout=60, check=True)
    # As root, tshark always warns that this is dangerous.
    errors = [line for line in done.stderr.splitlines() if not line.startswith("Running as user")]
    assert not errors
    return done.stdout


def packets(path):
    fields = ["frame.interface_name", "frame.comment", "ip.src", "ipv6.src", "udp.srcport", "ip.dst",
              "ipv6.dst", "udp.dstport", "udp.length", "udp.checksum.status", "frame.time_epoch"]
    chosen = [word for field in fields for word in ("-e", field)]
    for line in tshark(path, "-T", "fields", "-E", "separator=|", *chosen).splitlines():
        side, comment, src4, src6, sport, dst4, dst6, dport, length, good, time = line.split("|")
        yield {"side": side, "comment": comment, "from": (src4 or src6, int(sport)),
               "to": (dst4 or dst6, int(dport)), "bytes": int(length) - 8, "good": good == "1",
               "time": float(time)}


def expert_complaints(path):
    return [line for line in tshark(path, "-q", "-z", "expert").splitlines()
            if line.startswith(("Errors", "Warns", "Notes"))]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_every_packet_is_there_with_its_addresses_and_its_story(badwire, host):
    path = badwire.folder / "wire.pcapng"
    relay = Relay(badwire, "--pcap", path, "--name", "wan", "--up",
                  '{"exact": [{"nth": 2, "action": "drop"}], "delay": "20ms"}', host=host)
    sizes = [0, 700, 1, 1400, 65_000]
    for size in sizes:
        relay.send(b"x" * size)
    arrived = {}
    for _ in range(len(sizes) - 1):
        data, flow = relay.server.recvfrom(70_000)
        arrived[len(data)] = flow
    relay.server.sendto(b"reply", flow)
    assert relay.client.recv(100) == b"reply"
    client, server = relay.client.getsockname()[:2], relay.server.getsockname()[:2]
    relay.stop()

    seen = list(packets(path))
    assert all(packet["good"] for packet in seen), "UDP checksums"
    assert not expert_complaints(path)
    offered = [p for p in seen if p["side"] == "wan client side" and p["from"] == client]
    left = [p for p in seen if p["side"] == "wan server side" and p["to"] == server]
    assert [p["bytes"] for p in offered] == sizes
    assert {p["to"] for p in offered} == {(host, relay.listening[1])}
    assert sorted(p["bytes"] for p in left) == [0, 1, 1400, 65_000]
    assert {p["from"] for p in left} == {flow[:2]}
    for packet in offered + left:
        if packet["bytes"] == 700:
            assert "dropped by exact rule 1" in packet["comment"]
        else:
            assert "delayed by 20ms" in packet["comment"]
    for packet in left:
        (before,) = [p for p in offered if p["bytes"] == packet["bytes"]]
        assert packet["time"] - before["time"] >= 0.0199

    (came,) = [p for p in seen if p["side"] == "wan server side" and p["from"] == server]
    (went,) = [p for p in seen if p["side"] == "wan client side" and p["to"] == client]
    assert came["to"] == flow[:2] and went["from"] == (host, relay.listening[1])
    assert came["comment"] == went["comment"] == "", "nothing happened to it"


def test_loss_copies_and_flipped_bits_are_explained(badwire):
    path = badwire.folder / "wire.pcapng"
    relay = Relay(badwire, "--pcap", path, "--seed", 3, "--up",
                  '{"loss": 0.3, "duplicate": 0.3, "corrupt": 0.3}')
    for number in range(100):
        relay.send(b"datagram %d" % number)
    relay.server.settimeout(2)
    with contextlib.suppress(TimeoutError):
        while relay.server.recv(100):
            pass
    counted = relay.stop()["link"]["up"]

    seen = list(packets(path))
    assert all(packet["good"] for packet in seen), "checksums are those of the flipped payloads"
    assert not expert_complaints(path)
    offered = [p for p in seen if p["side"] == "relay client side"]
    left = [p for p in seen if p["side"] == "relay server side"]

    def that_say(among, text):
        return len([p for p in among if text in p["comment"]])

    assert len(offered) == counted["offered"] == 100
    assert len(left) == counted["delivered"]
    assert that_say(offered, "dropped by loss: asked 0.3, drawn ") == counted["dropped"] > 10
    assert that_say(left, "copy 1 of: ") == counted["duplicated"] > 10
    assert that_say(offered, "corrupted: ") == counted["corrupted"] > 10


def test_a_file_that_cannot_be_is_said_at_once(badwire):
    result = badwire("relay", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", "--pcap", "no/where")
    assert result.returncode == 2
    assert result.stderr == ("badwire relay: --pcap: cannot write to no/where: "
                             "No such file or directory\n")


def test_a_full_disk_stops_no_traffic_and_is_said_at_the_end(badwire):
    relay = Relay(badwire, "--pcap", "/dev/full")
    for _ in range(2000):
        relay.send(b"x" * 1400)
        assert relay.server.recv(2000)
    relay.process.send_signal(2)
    _, errors = relay.process.communicate(timeout=60)
    assert relay.process.returncode == 1
    assert errors == ("badwire relay: could not write all of /dev/full: "
                      "No space left on device\n")


def test_a_dissector_names_the_fields_of_wires(badwire):
    """Of badwire's own wire, and of one that a scenario declares, with a number of five bytes."""
    wires = {"dns": {"starts_with": "d501", "fields": [
        {"name": "id", "offset": 2, "size": 2, "endian": "little"},
        {"name": "answer", "offset": 4, "values": {"no": 1, "yes": 129}},
        {"name": "long one", "offset": 5, "size": 5}]}}
    scenario = badwire.scenario({"wires": wires, "processes": {"a": {"command": ["true"]}}})
    script = badwire.folder / "wires.lua"
    script.write_text(badwire("schema", "--dissector", scenario).stdout)
    path = badwire.folder / "wire.pcapng"
    relay = Relay(badwire, "--pcap", path)
    framed = b"\xbdWF\x01" + bytes([3, 0, 0, 0]) + (77).to_bytes(4, "big") + (7).to_bytes(4, "big")
    for data in (framed, bytes.fromhex("d5010500810000000102"), b"neither"):
        relay.send(data)
        assert relay.server.recv(100) == data
    relay.stop()
    fields = ["badwire_framed.kind", "badwire_framed.unit", "badwire_dns.id", "badwire_dns.answer",
              "badwire_dns.long_one", "_ws.col.Protocol"]
    words = [word for field in fields for word in ("-e", field)]
    done = subprocess.run([TSHARK, "-X", f"lua_script:{script}", "-r", path, "-T", "fields", "-E",
                           "separator=|", *words, "-Y", "frame.interface_id == 0"],
                          capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["3|7||||framed", "||5|129|258|dns", "|||||UDP"], done.stderr
