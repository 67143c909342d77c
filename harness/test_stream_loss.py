"""What loss does to TCP, on both networks: counted, captured, and no byte missing."""

import json
import pathlib
import re
import shutil
import socket
import subprocess
import urllib.request

import pytest
from test_control import Controlled

NETWORKS = pytest.mark.parametrize("network", ["relay", "virtual"])
SCENARIO = pathlib.Path(__file__).parents[1] / "scenarios" / "wire" / "lossy_connection.json"
TSHARK = shutil.which("tshark")


def run(badwire, network, *words, content=None):
    path = badwire.scenario(content) if content else SCENARIO
    result = badwire("run", path, "--network", network, "--out", "out", *words)
    assert result.returncode == 0, result.stdout + result.stderr
    (made,) = badwire.results("out")["runs"]
    return made


def capture(badwire):
    (path,) = (badwire.folder / "out" / "runs").glob("*/capture.pcapng")
    return path


def tshark(path, *words):
    assert TSHARK, "this needs tshark: ci/install test"
    done = subprocess.run([TSHARK, "-r", path, "-o", "tcp.check_checksum:TRUE", "-o",
                           "ip.check_checksum:TRUE", *words],
                          capture_output=True, text=True, timeout=60, check=True)
    errors = [line for line in done.stderr.splitlines() if not line.startswith("Running as user")]
    assert not errors
    return done.stdout


def segments(path):
    fields = ["frame.interface_name", "frame.comment", "tcp.seq", "tcp.ack", "tcp.len", "tcp.flags.syn",
              "tcp.flags.fin", "tcp.checksum.status", "tcp.stream"]
    chosen = [word for field in fields for word in ("-e", field)]
    for line in tshark(path, "-T", "fields", "-E", "separator=|", *chosen).splitlines():
        yield dict(zip((field.split(".", 1)[1] for field in fields), line.split("|")))


@NETWORKS
def test_tcp_is_counted(badwire, network):
    up = run(badwire, network)["links"]["wan"]["up"]
    tcp = up["tcp"]
    assert up["offered"] == 0, "these are datagrams"
    assert tcp["bytes"] > 8 << 10
    assert tcp["lost"] > 0 and tcp["retransmitted"] >= tcp["lost"]
    assert tcp["segments"] > tcp["bytes"] // 1460 + tcp["retransmitted"]
    assert tcp["stalls"] > 0 and tcp["stalled_ms"] >= tcp["longest_stall_ms"] > 0
    assert tcp["rtt_ms"] >= 20


def test_both_networks_lose_the_same_segments(badwire):
    lost = {}
    for network in ("relay", "virtual"):
        run(badwire, network, "--seed", "7")
        lost[network] = {(one["seq"], one["len"]) for one in segments(capture(badwire))
                         if one["interface_name"] == "wan client side" and int(one["len"]) > 0
                         and one["comment"].startswith("dropped by loss")}
    assert len(lost["virtual"]) > 2
    assert lost["relay"] == lost["virtual"]


@NETWORKS
def test_a_capture_has_the_segments_and_tshark_follows_them(badwire, network):
    made = run(badwire, network)
    path = capture(badwire)
    seen = list(segments(path))
    assert all(segment["checksum.status"] == "1" for segment in seen), "good"
    lost = [segment for segment in seen if "dropped by loss" in segment["comment"]]
    counted = made["links"]["wan"]
    assert len([one for one in lost if one["interface_name"] == "wan client side" and int(one["len"]) > 0]) \
        <= counted["up"]["tcp"]["lost"]
    assert any(one["comment"].startswith("retransmission 1") for one in seen)
    assert [(one["seq"], one["ack"]) for one in seen if one["flags.syn"] == "1"][0] == ("0", "0")
    complaints = tshark(path, "-q", "-z", "expert")
    assert "Malformed" not in complaints and "Checksum" not in complaints

    stream = next(one["stream"] for one in seen if one["interface_name"] == "wan server side")
    followed = tshark(path, "-q", "-z", f"follow,tcp,raw,{stream}").splitlines()
    sent = "".join(line for line in followed if line.strip("0123456789abcdef") == "" and "=" not in line)
    assert len(sent) // 2 == counted["up"]["tcp"]["bytes"]


def test_without_loss_a_stream_takes_its_delay_only(badwire):
    content = json.loads(SCENARIO.read_text())
    content["links"]["wan"] = {"delay": "10ms"}
    content["expect"] = [{"exit": {"client": 0, "server": 0}}]
    tcp = run(badwire, "virtual", content=content)["links"]["wan"]["up"]["tcp"]
    assert tcp["lost"] == tcp["retransmitted"] == tcp["stalls"] == 0 and tcp["rtt_ms"] is None


def test_a_relay_tells_what_became_of_segments(badwire):
    relay = Controlled(badwire, "--loss", "0.1", "--delay", "1ms")
    with socket.create_server(relay.server.getsockname()) as listening:
        with socket.create_connection(relay.listening, timeout=60) as client:
            served, _ = listening.accept()
            client.sendall(b"x" * 100_000)
            client.shutdown(socket.SHUT_WR)
            assert sum(iter(lambda: len(served.recv(65536)), 0)) == 100_000
            served.close()
            assert client.recv(1) == b""
    table = relay.ctl("counters", "relay").stdout
    assert re.search(r"^TCP SEGMENTS +UP +DOWN\nsent +\d{2,} +\d+\nlost +[1-9]", table, re.M), table
    with urllib.request.urlopen(relay.url + "/metrics", timeout=20) as answer:
        metrics = answer.read().decode()
    told = relay.stop()["link"]["up"]["tcp"]
    assert told["retransmitted"] >= told["lost"] > 0 and told["bytes"] == 100_000
    assert f'badwire_tcp_segments_total{{link="relay",direction="up",fate="lost"}} {told["lost"]}\n' in metrics
