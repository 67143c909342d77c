"""TCP on the network hosts: the kernel's own, over links that lose its segments."""

import json
import subprocess

import pytest
from hosts_for_tests import PYTHON, STREAM_SERVER, hosts, packets, run  # noqa: F401

CONNECT = """
import socket, sys, time
begin = time.monotonic()
s = socket.create_connection(("127.0.0.1", 6000))
print("connected after", time.monotonic() - begin, flush=True)
s.sendall(b"x" * 300_000); s.shutdown(socket.SHUT_WR); s.recv(100)
print("done after", time.monotonic() - begin)
"""


def times(result, badwire):
    printed = (badwire.folder / "out" / result["folder"]).with_suffix("")
    text = (printed / "client.stdout").read_text()
    return {line.split(" after ")[0]: float(line.split(" after ")[1]) for line in text.splitlines()}


def streams(run, link, *words, code=CONNECT, **more):
    return run({"server": (STREAM_SERVER, {"port": 6000}),
                "client": (code, {"to": "server", "over": "wan"})}, {"wan": link}, *words,
               expect=[{"exit": {"client": 0}}], **more)


@pytest.mark.parametrize("rule, least, most", [
    ({"tcp": "syn", "nth": 1}, 1, 2.8),
    ({"tcp": "syn", "nth": [1, 2]}, 3, 6.5)])
def test_a_lost_syn_is_sent_again_after_a_second_and_then_two(run, badwire, rule, least, most):
    result = streams(run, {"up": {"exact": [rule]}})
    assert result["verdict"] in ("pass", "inconclusive"), result
    assert least <= times(result, badwire)["connected"] < most


@pytest.mark.parametrize("kind", ["data", "fin", "ack"])
def test_an_exact_rule_strikes_one_segment_and_the_kernel_mends_it(run, badwire, kind):
    result = streams(run, {"delay": "5ms", "up": {"exact": [{"tcp": kind, "nth": 1}]}})
    assert result["verdict"] in ("pass", "inconclusive"), result
    assert result["links"]["wan"]["up"]["dropped"] == 1
    (lost,) = [one for one in packets(badwire) if one["fate"] == "dropped"]
    assert kind in lost["words"].split(), lost


def test_the_same_seed_loses_the_same_segments(run, badwire):
    """Which acknowledgments there are depends on the kernel's timers; of data most are the same on a quiet machine."""
    fates = []
    for _ in range(2):
        result = streams(run, {"loss": 0.03, "delay": "20ms"}, "--seed", 9)
        assert result["verdict"] in ("pass", "inconclusive"), result
        fates.append({(one["direction"], one["content"], one["occurrence"]): (one["fate"], one["words"].split()[0])
                      for one in packets(badwire)})
    first, second = fates
    both = first.keys() & second.keys()
    assert {key: first[key] for key in both} == {key: second[key] for key in both}
    data = [{key for key, (_, word) in one.items() if word == "data"} for one in fates]
    assert len(data[0] & data[1]) > 0.8 * max(map(len, data)) > 100
    assert ("dropped", "data") in first.values()


@pytest.mark.parametrize("key, value", [("net.ipv4.tcp_syn_retries", 3), ("net.ipv4.tcp_ecn", 1)])
def test_settings_of_a_hosts_network(run, badwire, key, value):
    file = "/proc/sys/" + key.replace(".", "/")
    reads = f"print(open({file!r}).read().strip())"
    run({"one": (reads, {"sysctls": {key: value}}), "other": reads})
    said = [(badwire.folder / "out" / badwire.results("out")["runs"][0]["folder"] / f"{name}.stdout").read_text().strip()
            for name in ("one", "other")]
    assert said[0] == str(value) and said[1] != str(value)


@pytest.mark.parametrize("key, value, why", [
    ("net.ipv4.tcp_congestion_control", "carrier-pigeon", "No such file or directory"),
    ("net.ipv4.no_such_setting", 1, "No such file or directory"),
    ("net.ipv4.tcp_ecn", "many", "Invalid argument")])
def test_a_setting_that_is_not_possible_is_told(run, badwire, key, value, why):
    path = badwire.scenario({"network": "hosts", "processes": {
        "one": {"command": [PYTHON, "-c", ""], "sysctls": {key: value}}}})
    ran = badwire("run", path, "--out", "out")
    assert ran.returncode not in (0, 1)
    assert f'cannot set {key} of the host one to "{value}": {why}' in ran.stdout + ran.stderr


@pytest.mark.parametrize("loss", [0.01, 0.02, 0.05])
def test_goodput_follows_the_square_root_law(run, badwire, loss):
    """Mathis et al. 1997: MSS / RTT · 1.22 / sqrt(loss), within a factor of 3; timeouts, delayed
    acknowledgments and CUBIC's growth are not in it."""
    amount, rtt = 1_000_000, 0.04
    code = CONNECT.replace("300_000", str(amount))
    result = streams(run, {"loss": loss, "delay": "20ms"}, code=code, time_limit="100s")
    assert result["verdict"] in ("pass", "inconclusive"), result
    goodput = amount / times(result, badwire)["done"]
    law = 1460 / rtt * 1.22 / loss ** 0.5
    assert law / 3 < goodput < law * 3, (goodput, law)


def test_data_repeats_data_and_an_acknowledgment_repeats_nothing(run, badwire):
    streams(run, {"loss": 0.03, "delay": "3ms"})
    (folder,) = (badwire.folder / "out" / "runs").iterdir()
    packed = json.loads((folder / "trace.json").read_text())["packets"]
    rows = [dict(zip(packed["columns"], row)) for row in packed["data"]]
    assert any(row["again"] is not None for row in rows)
    for row in rows:
        if row["again"] is not None:
            before = rows[row["again"]]
            assert row["words"] == before["words"] != "ack" and row["direction"] == before["direction"]


def test_a_capture_holds_whole_frames_that_wireshark_understands(run, badwire):
    result = streams(run, {"loss": 0.03, "delay": "3ms"}, capture=True)
    (folder,) = (badwire.folder / "out" / "runs").iterdir()
    fields = ["frame.comment", "tcp.analysis.retransmission", "_ws.malformed", "tcp.flags.syn"]
    shown = subprocess.run(
        ["tshark", "-r", folder / "capture.pcapng", "-Y", "tcp", "-d", "tcp.port==6000,data", "-o", "tcp.check_checksum:TRUE",
         "-T", "fields", *(word for field in fields for word in ("-e", field))],
        capture_output=True, text=True, check=True).stdout.splitlines()
    rows = [line.split("\t") for line in shown]
    dropped = [row for row in rows if "dropped by loss" in row[0]]
    count = result["links"]["wan"]
    assert len(dropped) == count["up"]["dropped"] + count["down"]["dropped"] > 0
    assert any(row[1] for row in rows) and not any(row[2] for row in rows)


TIMED_SERVER = """
import json, socket, time
c, who = socket.create_server(("", 6000)).accept()
total, gaps, begin, last = 0, [], None, None
while block := c.recv(65536):
    now = time.monotonic()
    if begin is None: begin = now
    else: gaps.append(now - last)
    last = now; total += len(block)
print(json.dumps({"goodput": total / (last - begin), "stalls": sum(gap for gap in gaps if gap >= 0.1)}))
"""
TIMED_CLIENT = "import socket\ns = socket.create_connection(('127.0.0.1', 6000))\ns.sendall(b'x' * 1_000_000); s.close()\n"


@pytest.mark.parametrize("loss", [0.02, 0.05])
def test_the_model_of_tcp_is_near_the_kernel(badwire, hosts, loss):
    """Mean goodput within a factor of 2.5, time spent in stalls of 100 ms and more within half a second."""
    (badwire.folder / "server.py").write_text(TIMED_SERVER)
    (badwire.folder / "client.py").write_text(TIMED_CLIENT)
    path = badwire.scenario({"links": {"wan": {"loss": loss, "delay": "10ms"}}, "time_limit": "120s", "processes": {
        "server": {"command": [PYTHON, "server.py"], "port": 6000},
        "client": {"command": [PYTHON, "client.py"], "to": "server", "over": "wan"}}})
    mean = {}
    for network in ("virtual", "hosts"):
        badwire("run", path, "--network", network, "--repeat", 6, "--jobs", 2, "--out", network, timeout=300)
        told = [json.loads((badwire.folder / network / run["folder"] / "server.stdout").read_text())
                for run in badwire.results(network)["runs"]]
        mean[network] = {key: sum(one[key] for one in told) / len(told) for key in ("goodput", "stalls")}
    ratio = mean["virtual"]["goodput"] / mean["hosts"]["goodput"]
    assert 1 / 2.5 < ratio < 2.5, mean
    assert abs(mean["virtual"]["stalls"] - mean["hosts"]["stalls"]) < 0.5, mean
