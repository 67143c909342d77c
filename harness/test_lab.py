"""badwire search, shrink, certify and explain, tried on the course's own chat, which has no answer to
a lost message, and on its cured form, which has."""

import json

import pytest


def chat(wire, **links):
    return {
        "title": "A chat", "network": "virtual", "time_limit": "20s",
        "links": {"wan": {"delay": {"uniform": ["3ms", "9ms"]}, **links}},
        "processes": {
            "bob": {"program": "udp-chat", "input": ["hi", "fine"], "stays": True},
            "ann": {"program": "udp-chat", "args": ["--wire", wire], "to": "bob", "over": "wan",
                    "input": ["hello", "how are you?", {"end": True}]}},
        "expect": [{"exit": {"ann": 0, "bob": 0}}, {"output": "ann", "contains": ": fine"}],
    }


@pytest.fixture
def weak(badwire):
    return badwire.scenario(chat("classic", loss=0.1, duplicate=0.05), "weak.json")


@pytest.fixture
def strong(badwire):
    return badwire.scenario(chat("framed", loss=0.1, duplicate=0.05), "strong.json")


def failing_seed(badwire, scenario):
    folder = badwire.folder / "found"
    found = badwire("search", scenario, "--seeds", "100", "--out", folder)
    assert found.returncode == 1, found.stdout
    return json.loads((folder / "search.json").read_text())["kinds"][0]["seed"]


def test_search_finds_kinds_of_failures_and_how_to_see_them(badwire, weak):
    out = badwire.folder / "out"
    found = badwire("search", weak, "--seeds", "100", "--out", out)
    assert found.returncode == 1
    state = json.loads((out / "search.json").read_text())
    assert state["runs"] == 100 and 0 < state["failed"] < 100
    assert sum(kind["count"] for kind in state["kinds"]) == state["failed"]
    for kind in state["kinds"]:
        again = badwire("run", weak, "--network", "virtual", "--seed", str(kind["seed"]))
        assert again.returncode == 1, again.stdout
        assert f"--seed {kind['seed']}\n" in found.stdout
    results = json.loads((out / "results.json").read_text())
    assert [run["seed"] for run in results["runs"]] == [kind["seed"] for kind in state["kinds"]]
    assert results["search"]["runs"] == 100


def test_search_goes_on_where_it_was(badwire, weak):
    whole, parts = badwire.folder / "whole", badwire.folder / "parts"
    badwire("search", weak, "--seeds", "1100", "--jobs", "3", "--out", whole)
    badwire("search", weak, "--seeds", "600", "--out", parts)
    went_on = badwire("search", weak, "--seeds", "1100", "--out", parts)
    assert "goes on after 600 runs" in went_on.stdout
    state = (whole / "search.json").read_text()
    assert state == (parts / "search.json").read_text(), "whatever the number of jobs"
    other = badwire("search", weak, "--seeds", "100", "--first", "7", "--out", parts)
    assert "goes on" not in other.stdout, "another search begins anew"


def test_search_is_content_with_what_is_cured(badwire, strong):
    found = badwire("search", strong, "--seeds", "300")
    assert found.returncode == 0 and "300 passed, 0 failed" in found.stdout


def test_shrink_leaves_what_is_needed(badwire, weak):
    seed = failing_seed(badwire, weak)
    small = badwire.folder / "small.json"
    shrunk = badwire("shrink", weak, "--seed", str(seed), "--out", small)
    assert shrunk.returncode == 0, shrunk.stderr
    content = json.loads(small.read_text())
    rules = [rule for way in ("up", "down") for rule in content["links"]["wan"][way].get("exact", [])]
    assert 1 <= len(rules) <= 3
    assert badwire("check", small).returncode == 0
    for network in ("virtual", "relay"):
        content["time_limit"] = "2s"
        failed = badwire("run", badwire.scenario(content, "small.json"), "--network", network)
        assert failed.returncode == 1, failed.stdout
    for way in ("up", "down"):
        for i, _ in enumerate(content["links"]["wan"][way].get("exact", [])):
            less = json.loads(small.read_text())
            del less["links"]["wan"][way]["exact"][i]
            passed = badwire("run", badwire.scenario(less, "less.json"), "--network", "virtual")
            assert passed.returncode == 0, passed.stdout


def test_what_cannot_be_shrunk_says_so(badwire, strong):
    refused = badwire("shrink", strong, "--seed", "1")
    assert refused.returncode == 2 and "with seed 1 it passes" in refused.stderr
    wrong = chat("framed")
    wrong["expect"].append({"output": "ann", "contains": "never said"})
    refused = badwire("shrink", badwire.scenario(wrong, "wrong.json"))
    assert refused.returncode == 0 and "it fails with 0 of " in refused.stdout, refused.stderr


def test_certify_proves_the_cure(badwire, strong):
    certificate = badwire.folder / "certificate.json"
    proved = badwire("certify", strong, "--faults", "drop,duplicate,delay=300ms", "--at-most", "2",
                     "--first", "6", "--out", certificate)
    assert proved.returncode == 0, proved.stdout + proved.stderr
    said = json.loads(certificate.read_text())
    assert said["certified"] and said["patterns"] == 1 + 6 * 3 + 15 * 9
    assert said["runs"] <= said["patterns"] and said["without"]


def test_what_is_no_regular_file_is_written_to_and_never_replaced(badwire, strong):
    target, link = badwire.folder / "target.json", badwire.folder / "link.json"
    target.write_text("")
    link.symlink_to(target)
    proved = badwire("certify", strong, "--at-most", "0", "--out", link)
    assert proved.returncode == 0, proved.stderr
    assert link.is_symlink() and json.loads(target.read_text())["certified"]


def test_certify_hands_over_the_smallest_counterexample(badwire, weak):
    said = []
    for jobs in ("1", "3"):
        refuted = badwire("certify", weak, "--faults", "drop,duplicate", "--at-most", "2", "--jobs", jobs,
                          "--out", badwire.folder / "certificate.json")
        assert refuted.returncode == 1
        said.append((badwire.folder / "certificate.json").read_text())
    assert said[0] == said[1]
    assert len(json.loads(said[0])["counterexample"]) == 1
    counterexample = badwire.folder / "weak-counterexample.json"
    assert badwire("run", counterexample, "--network", "virtual").returncode == 1


def test_certify_leaves_out_what_needs_a_fault(badwire):
    content = chat("framed", loss=0.1)
    content["expect"].append({"metric": "ann.retransmissions", "at_least": 1})
    proved = badwire("certify", badwire.scenario(content, "eager.json"), "--at-most", "1", "--out",
                     badwire.folder / "c.json")
    assert proved.returncode == 0, proved.stderr
    assert 'not expected, for it fails without any fault: {"metric":"ann.retransmissions"' in proved.stdout


def test_explain_says_what_a_loss_would_mean(badwire):
    content = chat("classic")
    scenario = badwire.scenario(content, "explained.json")
    out = badwire.folder / "out"
    explained = badwire("explain", scenario, "--out", out)
    assert explained.returncode == 0 and "the critical packet: " in explained.stdout
    fates = json.loads((out / "results.json").read_text())["runs"][0]["fault_map"]
    assert {one["if_lost"] for one in fates} & {"fatal"}
    for one in fates:
        lossy = json.loads(json.dumps(content))
        lossy["links"]["wan"][one["direction"]] = {"exact": [{"nth": one["nth"]}]}
        run = badwire("run", badwire.scenario(lossy, "lossy.json"), "--network", "virtual")
        assert run.returncode == (1 if one["if_lost"] == "fatal" else 0), one


def lost_answer(wire="classic"):
    content = chat(wire)
    content["links"]["wan"] = {"delay": "5ms", "down": {"exact": [{"nth": 1}]}}
    return content


def test_a_deadlock_is_explained_at_once(badwire):
    out = badwire.folder / "out"
    stuck = badwire("run", badwire.scenario(lost_answer()), "--out", out)
    assert stuck.returncode == 1
    assert "deadlock: no program can go on; " in stuck.stdout
    assert "ann waits for a datagram at 127.0.0.1:" in stuck.stdout
    assert 'the last packet to ann that was lost: "hi" on wan down, dropped by exact rule 1' in stuck.stdout
    run = json.loads((out / "results.json").read_text())["runs"][0]
    assert run["elapsed_ms"] < 100, "not after the time limit of 20 s"
    deadlock = run["deadlock"]
    assert {"ann", "bob"} == {one["process"] for one in deadlock["waiting"]}
    (lost,) = deadlock["lost"]
    assert (lost["process"], lost["packet"], lost["direction"], lost["at_ms"]) == ("ann", '"hi"', "down", 5)


def test_waiting_for_what_will_come_is_no_deadlock(badwire):
    content = chat("classic")
    content["processes"]["ann"]["input"] = ["hello", {"text": "how are you?", "after": "3s"},
                                            {"after": "5s", "end": True}]
    content["processes"]["late"] = {"program": "udp-chat", "delay": "6s", "input": [{"end": True}],
                                    "stays": True}
    passed = badwire("run", badwire.scenario(content))
    assert passed.returncode == 0, passed.stdout
    cured = badwire("run", badwire.scenario(lost_answer("framed")))
    assert cured.returncode == 0, "a timer of a program wakes it"


def test_connections_wait_for_each_other(badwire):
    content = {"network": "virtual", "links": {"wan": {"tcp": {"stall_after_bytes": 0}, "delay": "1ms"}},
               "processes": {"server": {"program": "connection-server"},
                             "client": {"program": "connection-client", "to": "server", "over": "wan",
                                        "args": ["--timeout", "0s"]}}}
    stuck = badwire("run", badwire.scenario(content))
    assert stuck.returncode == 1 and "client waits for bytes of 127.0.0.1:" in stuck.stdout, stuck.stdout


@pytest.mark.parametrize("network", ["relay", "virtual"])
def test_a_ladder_for_people(badwire, network):
    content = chat("classic")
    content["links"]["wan"] = {"delay": "5ms", "up": {"exact": [{"nth": 2, "action": "duplicate"}]}}
    content["network"] = network
    run = badwire("run", badwire.scenario(content), "--trace-human")
    assert run.returncode == 0, run.stdout
    ladder = [line for line in run.stdout.splitlines() if " wan " in line]
    assert [line.split()[1:4] for line in ladder[:2]] == [["ann", "──▶", "bob"], ["ann", "◀──", "bob"]]
    assert '"hello"' in ladder[0] and "arrives at " in ladder[0]
    assert "duplicated by exact rule 1" in ladder[2] or "exact rule 1" in ladder[2]


@pytest.mark.parametrize("words, told", [
    (["certify", "two.json"], "its matrix has 2 combinations; choose one, such as --only wire="),
    (["search", "nowhere.json"], "nowhere.json"),
    (["certify", "weak.json", "--faults", "drop,eat"], "faults separated by commas"),
    (["explain", "real.json"], "no datagram goes over a link"),
    (["certify", "streams.json"], "no datagram goes over a link"),
])
def test_errors_are_for_people(badwire, weak, words, told):
    two = chat("${matrix.wire}")
    two["matrix"] = {"wire": ["classic", "framed"]}
    badwire.scenario(two, "two.json")
    badwire.scenario({"processes": {"a": {"command": ["true"]}}}, "real.json")
    badwire.scenario({"links": {"wan": {}}, "processes": {
        "server": {"program": "connection-server"},
        "client": {"program": "connection-client", "to": "server", "over": "wan"}}}, "streams.json")
    words = [badwire.folder / word if word.endswith(".json") else word for word in words]
    refused = badwire(*words)
    assert refused.returncode == 2 and told in refused.stderr, refused.stdout + refused.stderr


# ---- two networks beside each other

def test_two_networks_agree(badwire, strong):
    out = badwire.folder / "both"
    told = badwire("run", strong, "--network", "virtual,relay", "--tolerance", "100", "--out", out)
    assert told.returncode in (0, 3), told.stdout  # 3: the relay was too late
    compared = badwire.results("both")["comparisons"]
    assert [one["result"] for one in compared] == ["agree" if told.returncode == 0 else "inconclusive"]
    assert f"virtual and relay {compared[0]['result']}: A chat" in told.stdout
    assert compared[0]["packets"] > 0 and compared[0]["networks"] == ["virtual", "relay"]


def command_that_differs(badwire, text):
    """A scenario whose client behaves according to where it runs."""
    (badwire.folder / "client.py").write_text(text)
    return badwire.scenario({
        "title": "Two faces", "network": ["direct", "relay"], "links": {"wan": {"loss": 0}},
        "processes": {
            "server": {"program": "udp-chat", "input": ["hi"], "stays": True},
            "client": {"command": ["python3", "client.py", "${to.port}"], "to": "server", "over": "wan"}}})


@pytest.mark.parametrize("text, of", [
    ("import sys, os; sys.exit('relay' in os.getcwd())", "exit"),
    ("import os; print('on', 'relay' if 'relay' in os.getcwd() else 'direct')", "output"),
    ("import os, time; time.sleep(1.5 if 'relay' in os.getcwd() else 0)", "time"),
    ("import os; open('relay' if 'relay' in os.getcwd() else 'direct', 'w').close()", "file"),
])
def test_what_differs_between_networks_is_named(badwire, text, of):
    out = badwire.folder / "both"
    told = badwire("run", command_that_differs(badwire, text), "--network", "direct,relay", "--out", out)
    assert told.returncode in (1, 3), told.stdout  # 3: the relay was too late
    (compared,) = badwire.results("both")["comparisons"]
    assert compared["result"] != "agree" and of in {one["of"] for one in compared["differences"]}
    assert f"relay and direct {compared['result']}: Two faces" in told.stdout


def test_networks_are_told_by_name(badwire, strong):
    for given in ("relay,relay", "relay,", "mars"):
        told = badwire("run", strong, "--network", given)
        assert told.returncode == 2 and "expected direct, relay, hosts, virtual" in told.stderr, told.stderr


# ---- orders of what can happen at one instant

RACE = {
    "title": "A race", "network": "virtual",
    "processes": {
        "office": {"program": "udp-chat", "input": ["welcome"], "stays": True},
        "ann": {"program": "udp-chat", "to": "office", "input": ["a"], "args": ["--wire", "classic"]},
        "bob": {"program": "udp-chat", "to": "office", "input": ["b"], "args": ["--wire", "classic"]}},
}


def test_interleavings_are_repeatable_and_part_of_the_replay(badwire):
    scenario = badwire.scenario({**RACE, "expect": [{"order": [
        {"process": "office", "prints": ": a$"}, {"process": "office", "prints": ": b$"}]}]})
    plain = badwire("search", scenario, "--seeds", "20")
    found = badwire("search", scenario, "--seeds", "20", "--interleavings", "30")
    if plain.returncode == 0:
        assert found.returncode == 1, found.stdout
        replay = next(line for line in found.stdout.splitlines() if "replay:" in line).split("badwire ")[1].split()
        assert "--interleaving" in replay
        assert badwire(*replay).returncode == 1
