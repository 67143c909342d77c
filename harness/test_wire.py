"""Links in scenarios: relay and virtual time agree, captures explain, limits judge."""

import json
import re
import shutil
import subprocess

import pytest
from conftest import SCENARIOS

FTP = json.loads((SCENARIOS / "wire" / "bad_weather.json").read_text())
WEATHER = {**FTP, "expect": FTP["expect"][:2], "links": {"wan": {
    "delay": {"uniform": ["1ms", "3ms"]}, "loss": 0.2, "reorder": 0.1, "duplicate": 0.05,
    "corrupt": {"probability": 0.02, "bits": [1, 8]}}}}
FATE = ("fate", "rule", "drawn", "copies", "flipped_bits", "overtakers")


def run_folder(badwire, out):
    (folder,) = (badwire.folder / out / "runs").iterdir()
    return folder


def fates(badwire, out):
    """The fate of each packet, by its coordinate."""
    found = {}
    for line in (run_folder(badwire, out) / "packets.jsonl").read_text().splitlines():
        packet = json.loads(line)
        key = packet["direction"], packet["flow"], packet.get("content"), packet.get("occurrence")
        if packet["fate"] != "undeliverable":
            found[key] = {name: packet.get(name) for name in FATE}
    return found


@pytest.mark.parametrize("seed", [1, 3])
def test_relay_and_virtual_time_agree_packet_by_packet(badwire, seed):
    path = badwire.scenario(WEATHER)
    for network in ("relay", "virtual"):
        result = badwire("run", path, "--network", network, "--seed", seed, "--out", network)
        assert result.returncode == 0, result.stdout
    relay, virtual = fates(badwire, "relay"), fates(badwire, "virtual")
    both = relay.keys() & virtual.keys()
    # How often a packet is retransmitted depends on timing; most packets are the same.
    assert len(both) > 0.7 * max(len(relay), len(virtual))
    assert {key: relay[key] for key in both} == {key: virtual[key] for key in both}


@pytest.mark.parametrize("network", ["relay", "virtual"])
def test_a_capture_explains_every_packet_and_wireshark_has_no_complaint(badwire, network):
    assert shutil.which("tshark"), "ci/install test installs tshark"
    result = badwire("run", badwire.scenario(WEATHER), "--network", network, "--out", "out")
    assert result.returncode == 0, result.stdout
    capture = run_folder(badwire, "out") / "capture.pcapng"
    fields = ["frame.interface_name", "frame.comment", "ip.src", "_ws.expert.severity", "_ws.malformed"]
    shown = subprocess.run(
        ["tshark", "-r", capture, "-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
         "-T", "fields", *(word for field in fields for word in ("-e", field))],
        capture_output=True, text=True, check=True)
    packets = [line.split("\t") for line in shown.stdout.splitlines()]
    count = badwire.results("out")["runs"][0]["links"]["wan"]
    sides = {name: [packet for packet in packets if packet[0] == f"wan {name} side"]
             for name in ("client", "server")}
    arrived = {way: count[way]["delivered"] + count[way]["undeliverable"] for way in ("up", "down")}
    assert len(sides["client"]) == count["up"]["offered"] + arrived["down"]
    assert len(sides["server"]) == count["down"]["offered"] + arrived["up"]
    dropped = [packet for packet in packets if "dropped by loss: asked 0.2, drawn 0." in packet[1]]
    assert len(dropped) == count["up"]["dropped"] + count["down"]["dropped"]
    assert all("delayed by" in packet[1] for packet in packets if packet not in dropped)
    assert {packet[2] for packet in packets} == {"127.0.0.1"}
    comment_severity = "1048576"
    assert {packet[3] for packet in packets} <= {"", comment_severity}
    assert {packet[4] for packet in packets} == {""}


def test_a_run_that_was_too_late_for_its_limits_is_inconclusive(badwire):
    scenario = {**WEATHER, "network": "relay", "limits": {"lateness_max": "1ns"}}
    result = badwire("run", badwire.scenario(scenario), "--out", "out")
    assert result.returncode == 3, result.stdout
    assert "lateness max was" in result.stdout
    assert badwire.results("out")["runs"][0]["verdict"] == "inconclusive"


def test_results_say_what_was_asked_and_what_was_achieved(badwire):
    badwire("run", badwire.scenario(WEATHER), "--network", "virtual", "--out", "out")
    up = badwire.results("out")["runs"][0]["links"]["wan"]["up"]
    loss, delay = up["fidelity"]["loss"], up["fidelity"]["delay_ms"]
    assert loss["asked"] == 0.2
    assert loss["achieved"] == up["dropped"] / up["offered"]
    assert loss["low"] < loss["achieved"] < loss["high"]
    assert abs(delay["asked"] - 2) < 1e-3
    assert delay["achieved"] == delay["decided"]
    assert delay["low"] < delay["achieved"] < delay["high"]


@pytest.mark.parametrize("link, pointer, expected", [
    ({"loss": {"model": "gilbert-elliot", "p": 1, "r": 1}}, "/links/wan/loss/model",
     "gilbert-elliott"),
    ({"delay": {"normal": {"mean": "20ms"}}}, "/links/wan/delay/normal", "stddev"),
    ({"delay": {"unifrom": ["1ms", "2ms"]}}, "/links/wan/delay/unifrom", "uniform"),
    ({"exact": [{"match": {"knid": "ack"}}]}, "/links/wan/exact/0/match/knid", 'did you mean "kind"?'),
    ({"exact": [{"nth": 0}]}, "/links/wan/exact/0/nth", "from 1"),
    ({"rate": "20Mb"}, "/links/wan/rate", "20Mbit/s"),
    ({"rate": 100}, "/links/wan/rate", "found 100 without a unit"),
    ({"rate": {"limit": 100}}, "/links/wan/rate/limit", "100Mbit/s"),
    ({"rate": {"trace": "no-such.trace"}}, "/links/wan/rate/trace", "cannot read"),
    ({"schedule": [{"for": "1s"}]}, "/links/wan/schedule/0", '"at"'),
    ({"mtu": -1}, "/links/wan/mtu", "65507"),
    ({"tcp": {"slice": 0}}, "/links/wan/tcp/slice", "pieces"),
])
def test_mistakes_in_a_link_are_told_with_their_place(badwire, link, pointer, expected):
    scenario = badwire.scenario({"processes": {"a": {"program": "datagram-receiver"}},
                                 "links": {"wan": link}})
    result = badwire("check", scenario)
    assert result.returncode == 2, result.stdout
    assert re.match(rf"{re.escape(str(scenario))}:\d+:\d+: {re.escape(pointer)}: ", result.stderr), result.stderr
    assert expected in result.stderr


def test_a_delivery_trace_lies_beside_its_scenario(badwire):
    (badwire.folder / "sub").mkdir()
    (badwire.folder / "sub" / "slow.trace").write_text("".join(f"{10 * n}\n" for n in range(1, 50)))
    path = badwire.scenario(
        {"network": "virtual", "files": {"payload.bin": {"random": "15000B"}},
         "links": {"wan": {"up": {"rate": {"trace": "slow.trace"}}}},
         "processes": {
             "server": {"program": "udp-ftp-server", "args": ["--once"]},
             "client": {"program": "udp-ftp-client", "args": ["payload.bin", "--unit", "1480"],
                        "to": "server", "over": "wan"}},
         # Eleven units of 1500 bytes with their headers, and small ones that share an opportunity.
         "expect": [{"metric": "elapsed_ms", "at_least": 110}, {"metric": "elapsed_ms", "at_most": 130}]},
        name="sub/scenario.json")
    result = badwire("run", path)
    assert result.returncode == 0, result.stdout


def test_fields_of_a_declared_wire_choose_packets(badwire):
    scenario = {
        "network": ["relay", "virtual"],
        "wires": {"greeting": {"fields": [{"name": "letter", "offset": 0, "values": {"H": 72}}]}},
        "links": {"wan": {"up": {"exact": [{"match": {"letter": "H"}}]}}},
        "processes": {
            "receiver": {"program": "datagram-receiver", "args": ["--timeout", "500ms"]},
            "sender": {"program": "datagram-sender", "to": "receiver", "over": "wan"}},
        "expect": [{"exit": {"receiver": "nonzero"}},
                   {"metric": "link.wan.up.dropped_by.exact", "equals": 1}]}
    result = badwire("run", badwire.scenario(scenario))
    assert result.returncode == 0, result.stdout
