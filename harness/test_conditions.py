"""Conditions that change: schedules that repeat, ramps, traces, presets; partitions of groups, and links in a row."""

import json

import pytest

BOTH = ["virtual", "relay"]

# Says to each other node every 50 ms which beat it is, for as long as it is told; then it ends.
BEAT = """
import select, socket, sys, time
name, port, others, lasts = sys.argv[1], int(sys.argv[2]), sys.argv[3], float(sys.argv[4])
peers = [one.partition("=")[2].rpartition(":") for one in others.split(",")]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", port))
end, beat = time.monotonic() + lasts, 0
while time.monotonic() < end:
    beat += 1
    for host, _, at in peers:
        try:
            sock.sendto(f"{name} {beat}".encode(), (host, int(at)))
        except ConnectionRefusedError:
            pass
    wait = time.monotonic() + 0.05
    while (left := wait - time.monotonic()) > 0 and select.select([sock], [], [], left)[0]:
        try:
            sock.recv(100)
        except ConnectionRefusedError:
            pass
"""


def beating(names, faults, lasts=3, **more):
    return {
        "network": BOTH, "time_limit": "60s",
        "links": {"net": {"between": list(names), "delay": "1ms"}},
        "processes": {name: {"command": ["python3", "-c", BEAT, name, "${port}", "${net.peers}", str(lasts)]}
                      for name in names},
        "faults": faults, **more}


def run(badwire, scenario, *words):
    out = badwire.folder / "out"
    badwire("run", badwire.scenario(scenario), "--out", out, *words)
    return badwire.results(out)["runs"]


def packets(badwire, made):
    lines = (badwire.folder / "out" / made["folder"] / "packets.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def transfer(**more):
    """Twenty units of a file, one at a time, over 10 ms each way."""
    return {
        "network": BOTH, "time_limit": "60s",
        "links": {"wan": {"delay": "10ms"}},
        "files": {"a.bin": {"random": 2000}},
        "processes": {
            "server": {"program": "tcp-ftp-server"},
            "client": {"program": "tcp-ftp-client", "args": ["a.bin"], "to": "server", "over": "wan"}},
        "expect": [{"same_file": ["a.bin", "server/received/a.bin"]}],
        **more}


def test_nothing_passes_between_groups_while_they_are_parted(badwire):
    groups = {"a": 1, "b": 1, "c": 2}
    for made in run(badwire, beating("abcd", [{"partition": [["a", "b"], ["c"]], "at": "1s", "for": "1s"}])):
        assert made["verdict"] == "pass", made["message"]
        stopped = 0
        for packet in packets(badwire, made):
            sender, receiver = packet["flow"].split(">")
            apart = sender in groups and receiver in groups and groups[sender] != groups[receiver]
            during = 1e9 <= packet["time_ns"] < 2e9
            assert (packet.get("rule") == "partition") == (apart and during), packet
            stopped += apart and during
        assert stopped > 0
        assert made["links"]["net"]["up"]["partitions"] == {"faults.1": stopped}
        assert made["links"]["net"]["up"]["dropped_by"]["partition"] == stopped
        assert [(one["did"], one["at_ms"]) for one in made["faults"]] == [("partition", 1000), ("heal", 2000)]


def test_one_way_only_and_until_it_is_healed(badwire):
    faults = [{"partition": {"from": ["a"], "to": ["b"]}, "at": "500ms"}, {"heal": True, "at": "1500ms"}]
    for made in run(badwire, beating("ab", faults, lasts=2)):
        for packet in packets(badwire, made):
            during = packet["flow"] == "a>b" and 5e8 <= packet["time_ns"] < 15e8
            assert (packet.get("rule") == "partition") == during, packet


def test_a_connection_stalls_and_recovers(badwire):
    plain = {made["network"]: made["elapsed_ms"] for made in run(badwire, transfer())}
    for made in run(badwire, transfer(faults=[{"partition": [["client"], ["server"]], "at": "100ms", "for": "2s"}])):
        assert made["verdict"] == "pass", made["message"]
        assert made["elapsed_ms"] >= 2000
        if made["network"] == "virtual":
            assert made["elapsed_ms"] - plain["virtual"] <= 2000
        stopped = made["links"]["wan"]["up"]["partitions"]["faults.1"] + \
            made["links"]["wan"]["down"]["partitions"]["faults.1"]
        assert stopped >= 1


def test_members_of_a_group_are_parted_too(badwire):
    scenario = {
        "network": BOTH, "time_limit": "6s",
        "links": {"air": {"delay": "1ms"}},
        "processes": {"member": {"program": "multicast-group", "args": ["--members", "2"], "over": "air", "count": 3,
                                 "input": [{"ready": "member", "text": ""}]}},
        "faults": [{"partition": [["member-1", "member-2"], ["member-3"]], "at": "0s"}]}
    for made in run(badwire, scenario):
        assert made["processes"]["member-1"]["exit"] == made["processes"]["member-2"]["exit"] == 0, made["message"]
        flows = made["links"]["air"]["flows"]
        by_member = [flows[f"member-{i}"]["down"]["dropped_by"]["partition"] for i in (1, 2, 3)]
        assert by_member == [1, 1, 2]
        why = {packet["rule"] for packet in packets(badwire, made) if packet["fate"] == "dropped"}
        assert why == {"partition"}


@pytest.mark.parametrize(("faults", "told"), [
    ([{"partition": [["client"], ["server"]], "at": "1s"}],
     "/faults/0/partition: what client and server send each other goes over no link, so nothing can stop it; give "
     "them a link, by \"over\" or by a link's \"between\""),
    ([{"partition": [["client", "server"], ["other"]], "at": "1s"}],
     "/faults/0/partition: no link lies between these groups: none of their processes goes to one of another "
     "group, or shares a link with it"),
    ([{"partition": [["client"], ["client"]], "at": "1s"}], "/faults/0/partition/1: client is in two groups"),
    ([{"partition": [["client"], ["sever"]], "at": "1s"}],
     "/faults/0/partition/1: no process \"sever\"; did you mean \"server\"?"),
    ([{"heal": True, "at": "1s"}], "/faults/0: no partition holds at 1s, so there is nothing to heal"),
])
def test_what_cannot_be_parted_is_said(badwire, faults, told):
    scenario = transfer(faults=faults)
    del scenario["processes"]["client"]["over"]
    scenario["processes"]["other"] = {"program": "udp-ftp-server"}
    checked = badwire("check", badwire.scenario(scenario))
    assert checked.returncode == 2
    place, _, words = told.partition(": ")
    assert place in checked.stderr + checked.stdout or words in checked.stderr + checked.stdout
    assert words in checked.stderr + checked.stdout


def test_a_partition_that_stops_nothing_makes_a_pass_doubtful(badwire):
    (made,) = run(badwire, transfer(faults=[{"partition": [["client"], ["server"]], "at": "50s"}]), "--network", "virtual")
    assert made["vacuous"] == ["faults.1: the run was over before the partition at 50s"]


def test_recovery_ends_partitions(badwire):
    scenario = transfer(faults=[{"partition": [["client"], ["server"]], "at": "100ms"}])
    scenario["expect"].append({"recovers": {"heal_at": "3s", "within": "2s"}})
    for made in run(badwire, scenario):
        assert made["verdict"] == "pass", made["message"]
        assert made["elapsed_ms"] >= 3000


def test_a_repeated_cut_holds_up_a_transfer_again_and_again(badwire):
    schedule = [{"at": "100ms", "for": "400ms", "every": "500ms", "cut": True}]
    for made in run(badwire, transfer(links={"wan": {"delay": "10ms", "schedule": schedule}})):
        assert made["verdict"] == "pass", made["message"]
        # Twenty units of 20 ms each need four pieces of 100 ms.
        assert made["elapsed_ms"] >= 2000
        assert sum(made["links"]["wan"][way]["struck"]["cut"] for way in ("up", "down")) >= 1


def test_a_trace_beside_the_scenario_is_read(badwire):
    (badwire.folder / "delays.csv").write_text("time_ms,delay_ms\n0,10\n100,40\n")
    (made,) = run(badwire, transfer(links={"wan": {"delay": {"trace": "delays.csv"}}}), "--network", "virtual")
    assert made["verdict"] == "pass", made["message"]
    (badwire.folder / "delays.csv").write_text("0,10\n100,fast\n")
    checked = badwire("check", badwire.scenario(transfer(links={"wan": {"delay": {"trace": "delays.csv"}}})))
    assert "delays.csv, line 2: expected a delay in milliseconds, or with a unit, found \"fast\"" in checked.stderr


@pytest.mark.parametrize("preset", ["lte", "wifi", "3g", "dsl", "satellite", "satellite-leo", "datacentre"])
def test_a_file_crosses_every_preset(badwire, preset):
    scenario = transfer(links={"wan": {"preset": preset}})
    scenario["processes"]["server"] = {"program": "udp-ftp-server"}
    scenario["processes"]["client"] = {"program": "udp-ftp-client", "args": ["a.bin"], "to": "server", "over": "wan"}
    (made,) = run(badwire, scenario, "--network", "virtual")
    assert made["verdict"] == "pass", made["message"]
    assert preset in badwire("list", "presets").stdout


def test_connections_go_over_two_links_in_a_row(badwire):
    scenario = transfer(links={"home": {"delay": "5ms"}, "wan": {"delay": "20ms"}})
    scenario["processes"]["client"]["over"] = ["home", "wan"]
    one = transfer(links={"wan": {"delay": "25ms"}})
    (alone,) = run(badwire, one, "--network", "virtual")
    for made in run(badwire, scenario):
        assert made["verdict"] == "pass", made["message"]
        for name in ("home", "wan"):
            assert made["links"][name]["up"]["connections"] == 1
            assert made["links"][name]["up"]["struck"]["delay"] == 1
        if made["network"] == "virtual":
            assert made["elapsed_ms"] == alone["elapsed_ms"]


def test_guests_connect_over_two_links_in_a_row(badwire):
    server = ("import socket; s = socket.create_server(('127.0.0.1', 5000)); c, _ = s.accept(); "
              "c.sendall(c.recv(10)); c.close()")
    client = ("import socket, time; t = time.monotonic(); s = socket.create_connection(('127.0.0.1', 5000)); "
              "s.sendall(b'hi'); print(s.recv(10).decode(), round((time.monotonic() - t) * 1000), 'ms')")
    scenario = {
        "network": "virtual",
        "links": {"home": {"delay": "5ms"}, "wan": {"delay": "20ms"}},
        "processes": {
            "server": {"command": ["python3", "-c", server], "port": 5000},
            "client": {"command": ["python3", "-c", client], "to": "server", "over": ["home", "wan"]}}}
    (made,) = run(badwire, scenario)
    assert made["processes"]["client"]["stdout"] == "hi 100 ms\n", made["message"]
    assert made["links"]["home"]["up"]["connections"] == made["links"]["wan"]["up"]["connections"] == 1
