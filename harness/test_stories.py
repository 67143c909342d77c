"""Why a run did not pass, as its results tell it; and the packets and lines that a report shows in time."""

import json

import pytest

FILE = {"payload.bin": {"random": "4KiB"}}


def ftp(link, *, client=(), server=("--once",), **more):
    return {"files": FILE, "links": {"wan": link}, "network": ["relay", "virtual"], "processes": {
        "server": {"program": "udp-ftp-server", "args": [*server]},
        "client": {"program": "udp-ftp-client", "args": ["payload.bin", *client], "to": "server", "over": "wan"},
    }, **more}


def python(code, *words, **more):
    return {"command": ["python3", "-c", code, *words], **more}


def told(badwire, content, *options):
    """The story of a run, and its whole entry in the results."""
    badwire("run", badwire.scenario({"title": "t", **content}), "--out", "out", *options)
    [run] = badwire.results("out")["runs"]
    return run.get("story"), run


def trace_of(badwire, run):
    trace = json.loads((badwire.folder / "out" / run["folder"] / "trace.json").read_text())
    return [dict(zip(trace["packets"]["columns"], row)) for row in trace["packets"]["data"]], trace


def test_a_lost_acknowledgment_is_named_where_it_made_the_client_give_up(badwire):
    story, _ = told(badwire, ftp({"down": {"exact": [{"match": {"kind": "ack", "unit": 7}, "action": "drop"}]}}),
                    "--network", "virtual")
    assert story["kind"] == "exit"
    assert "client: " in story["headline"] and "heard nothing from the receiver" in story["headline"]
    [wire] = [line for line in story["lines"] if line["source"] == "wire"]
    assert wire["text"].startswith("ack 7, from server to client, never arrived: dropped by exact rule 1")
    assert wire["link"] == "wan" and wire["direction"] == "down"


def test_a_deadlock_says_who_waits_for_what_and_which_packet_never_came(badwire):
    chat = {"program": "udp-chat", "args": ["--wire", "classic"]}
    story, _ = told(badwire, {
        "links": {"net": {"between": ["ann", "bob"], "exact": [{"nth": 1, "action": "drop"}]}},
        "processes": {"ann": {**chat, "input": ["hello"]}, "bob": chat}}, "--network", "virtual")
    assert story["kind"] == "deadlock"
    assert "bob waits for a datagram" in story["headline"]
    assert any('"hello", from ann to bob, never arrived' in line["text"] for line in story["lines"])


@pytest.mark.parametrize("network", ["direct", "virtual"])
def test_who_crashed_first_comes_before_who_suffered_from_it(badwire, network):
    server = ("import socket, sys\ns = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n"
              "c = s.accept()[0]\nprint(int(c.recv(9)))")
    client = ("import socket, sys\nc = socket.create_connection(('127.0.0.1', int(sys.argv[1])))\n"
              "c.send(b'xyz')\nassert c.recv(9), 'no answer'")
    story, _ = told(badwire, {"processes": {"server": python(server, "${port}"),
                                            "client": python(client, "${to.port}", to="server")}},
                    "--network", network)
    assert story["kind"] == "crash"
    assert story["headline"].startswith("server crashed: ValueError: invalid literal for int()")
    assert any(line["text"].startswith("client crashed: AssertionError: no answer") for line in story["lines"])


@pytest.mark.parametrize("content, options, kind, words", [
    ({"processes": {"a": python("import os; os.kill(os.getpid(), 11)")}}, ["--network", "direct"],
     "crash", "a crashed: signal 11 (Segmentation fault)"),
    ({"time_limit": "1s", "processes": {"a": python("print('half', flush=True)\nwhile True: __import__('time').sleep(9)")}},
     ["--network", "virtual"], "timeout", "The time limit of 1s was reached: a had not ended"),
    ({"processes": {"a": {"program": "sum-client", "args": ["--count", "3", "--port", "1"]}}}, ["--network", "direct"],
     "refused", "Connection refused"),
    ({"processes": {"a": python("print('one')\nprint('two')")},
      "expect": [{"order": [{"process": "a", "prints": "two"}, {"process": "a", "prints": "one"}]}]},
     ["--network", "virtual"], "wrong_order", "Wrong order"),
    ({"processes": {"a": python("print('one')")}, "expect": [{"output": "a", "contains": "two"}]},
     ["--network", "virtual"], "wrong_output", 'output of a contains "two"; it is "one'),
    ({"processes": {"server": python("raise SystemExit('no config')", "${port}"),
                    "client": python("pass", "${to.port}", to="server")}}, ["--network", "virtual"],
     "not_started", "server ended with exit code 1 before it was ready: no config"),
    ({"files": FILE, "processes": {"a": python("pass")}, "expect": [{"same_file": ["payload.bin", "a/copy.bin"]}]},
     ["--network", "direct"], "wrong_file", "the copy of payload.bin is missing"),
    (ftp({"delay": "50ms"}, expect=[{"metric": "client.elapsed_ms", "at_most": 100}]), ["--network", "virtual"],
     "slow", "client.elapsed_ms ≤ 100; it is 4300"),
    (ftp({}, expect=[{"metric": "client.units", "at_most": 3}]), ["--network", "virtual"],
     "metric", "client.units ≤ 3; it is 43"),
    (ftp({"loss": 1e-9}), ["--network", "virtual", "--strict"], "vacuous", "wan.loss: it struck none of"),
    (ftp({"delay": "1ms"}, limits={"lateness_p50": "1ns"}), ["--network", "relay"], "inconclusive", "was too late"),
    (ftp({"loss": 1e-9}, expect=[{"struck": "wan.loss"}]), ["--network", "virtual"],
     "damage_missing", "wan.loss strikes"),
], ids=lambda value: value if isinstance(value, str) and " " not in value else "")
def test_each_kind_of_failure_has_its_headline(badwire, content, options, kind, words):
    story, run = told(badwire, content, *options)
    assert (story["kind"], words in story["headline"]) == (kind, True), story
    assert run["verdict"] != "pass"


def test_a_run_that_passed_has_no_story_but_a_trace(badwire):
    story, run = told(badwire, ftp({"loss": 0.05, "delay": "5ms"}), "--network", "virtual")
    assert story is None
    packets, trace = trace_of(badwire, run)
    counted = run["links"]["wan"]
    for direction in ("up", "down"):
        mine = [one for one in packets if one["direction"] == direction]
        assert len(mine) == counted[direction]["offered"]
        assert sum(one["fate"] == "dropped" for one in mine) == counted[direction]["dropped"] > 0
        assert [one["nth"] for one in mine] == list(range(1, len(mine) + 1))
        assert all(one["arrives_ms"] == pytest.approx(one["at_ms"] + 5) for one in mine if one["fate"] == "delivered")
    for one in packets:
        if one["again"] is not None:
            before = packets[one["again"]]
            assert (before["words"], before["occurrence"]) == (one["words"], one["occurrence"] - 1)
    assert sum(one["again"] is not None for one in packets) > 0
    assert ["server", "out", "received payload.bin (4096 bytes)"] in [row[1:] for row in trace["output"]["data"]]
    assert [row[1:] for row in trace["events"]["data"]] == [
        ["server", "starts"], ["client", "starts"], ["client", "ends"], ["server", "ends"]]


@pytest.mark.parametrize("network", ["relay", "virtual"])
def test_what_was_done_to_packets_is_told(badwire, network):
    _, run = told(badwire, ftp({"up": {"duplicate": 0.2, "corrupt": 0.2}, "down": {"reorder": 0.3}},
                               client=["--mode", "selective-repeat"]), "--network", network)
    packets, _ = trace_of(badwire, run)
    up = [one for one in packets if one["direction"] == "up"]
    twice = [one for one in up if "duplicate" in one["rules"]]
    assert sum(len(one["copies_ms"]) for one in up) == run["links"]["wan"]["up"]["duplicated"] > 0
    assert all(one["copies_ms"] for one in twice)
    assert sum("corrupt" in one["rules"] for one in up) > 0
    assert any("reorder" in one["rules"] for one in packets if one["direction"] == "down")


def test_a_packets_rule_strikes_that_packet_alone(badwire):
    content = ftp({"delay": "5ms", "loss": 0.05}, client=["--mode", "go-back-n"])
    _, run = told(badwire, content, "--network", "virtual")
    before, _ = trace_of(badwire, run)
    for number in (3, len(before) // 2, len(before) - 4):
        place = next(i for i in range(number, len(before)) if before[i]["fate"] == "delivered")
        packet = before[place]
        content["links"]["wan"] = {"delay": "5ms", "loss": 0.05,
                                   packet["direction"]: {"delay": "5ms", "loss": 0.05, "exact": [packet["strike"]]}}
        _, run = told(badwire, content, "--network", "virtual")
        after, _ = trace_of(badwire, run)
        assert after[place]["fate"] == "dropped" and after[place]["rules"] == ["exact"]
        assert [one["fate"] for one in after[:place]] == [one["fate"] for one in before[:place]]
        assert sum("exact" in one["rules"] for one in after) == 1


def test_of_very_many_packets_the_first_and_the_last_are_kept(badwire):
    content = ftp({"delay": "1us"}, client=["--unit", "40"])
    content["files"] = {"payload.bin": {"random": "512KiB"}}
    _, run = told(badwire, content, "--network", "virtual")
    packets, trace = trace_of(badwire, run)
    offered = sum(run["links"]["wan"][way]["offered"] for way in ("up", "down"))
    assert len(packets) == 20_000 and trace["packets_left_out"] == offered - 20_000 > 0
    assert packets[0]["words"] == "open 0" and packets[-1]["nth"] > 12_000
    assert packets[-1]["strike"] == {"nth": packets[-1]["nth"], "action": "drop"}
