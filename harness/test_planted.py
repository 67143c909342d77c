"""Well-known bugs, planted in the programs: search finds each, shrink leaves at most three faults, what it
writes fails on the relay, too, and certify finds those bugs that few faults bring out."""

import json

import pytest

LINK = {"delay": {"uniform": ["3ms", "9ms"]}, "loss": 0.1, "duplicate": 0.1}


def transfer(program, flaw, **more):
    """Eight units, one at a time; `program` has the bug."""
    def bug(name):
        return ["--flaw", flaw] if name == program else []
    return {
        "title": f"{flaw} of {program}", "network": ["virtual", "relay"], "time_limit": "60s",
        "links": {"wan": LINK}, "files": {"a.bin": {"random": 800}},
        "processes": {
            # It ends by itself: what is on its way when the client ends counts, too.
            "server": {"program": "udp-ftp-server", "args": ["--once", "--timeout", "6s", *bug("udp-ftp-server")]},
            "client": {"program": "udp-ftp-client", "args": ["a.bin", "--timeout", "4s", *bug("udp-ftp-client")],
                       "to": "server", "over": "wan"}},
        "expect": [{"exit": {"client": 0, "server": 0}}, {"same_file": ["a.bin", "server/received/a.bin"]}], **more}


def chat(flaw):
    args = ["--flaw", flaw]
    return {
        "title": f"{flaw} of udp-chat", "network": ["virtual", "relay"], "time_limit": "20s",
        "links": {"wan": LINK},
        "processes": {
            "bob": {"program": "udp-chat", "args": args, "input": ["hi", "fine"], "stays": True},
            "ann": {"program": "udp-chat", "args": args, "to": "bob", "over": "wan",
                    "input": ["hello", "how are you?", {"end": True}]}},
        "expect": [{"exit": {"ann": 0, "bob": 0}}, {"metric": "ann.messages_received", "equals": 2},
                   {"metric": "bob.messages_received", "equals": 2}]}


def two_clients(flaw):
    scenario = transfer("udp-ftp-server", flaw)
    scenario["processes"]["other"] = dict(scenario["processes"]["client"], args=["b.bin", "--timeout", "4s"])
    scenario["processes"]["server"]["args"] = ["--flaw", flaw]
    scenario["files"]["b.bin"] = {"random": 800}
    scenario["expect"] = [{"same_file": [name, f"server/received/{name}"]} for name in ("a.bin", "b.bin")]
    return scenario


def quiet(flaw):
    """On a perfect link nothing needs to be sent again."""
    return transfer("udp-ftp-client", flaw, links={"wan": {"delay": "5ms"}},
                    expect=[{"metric": "client.retransmissions", "equals": 0}])


CASES = {
    "unchecked-ack": transfer("udp-ftp-client", "unchecked-ack"),
    "no-retransmission": transfer("udp-ftp-client", "no-retransmission"),
    "timer-never-cancelled": quiet("timer-never-cancelled"),
    "number-wraps": transfer("udp-ftp-client", "number-wraps", files={"a.bin": {"random": 30000}}, time_limit="10s",
                             links={"wan": {"delay": "1ms"}}),
    "duplicate-taken": transfer("udp-ftp-server", "duplicate-taken"),
    "last-ack-not-repeated": transfer("udp-ftp-server", "last-ack-not-repeated"),
    "one-buffer-for-all": two_clients("one-buffer-for-all"),
    "chat: unchecked-ack": chat("unchecked-ack"),
    "chat: no-retransmission": chat("no-retransmission"),
    "chat: duplicate-taken": chat("duplicate-taken"),
    "chat: awaits-last-word": chat("awaits-last-word"),
}
NEED_NO_FAULT = {"timer-never-cancelled", "number-wraps", "one-buffer-for-all"}


@pytest.mark.parametrize("name", CASES)
def test_a_planted_bug_is_found_shrunk_and_fails_on_the_relay(badwire, name):
    scenario = badwire.scenario(CASES[name])
    out = badwire.folder / "found"
    found = badwire("search", scenario, "--seeds", "10000" if name.endswith("word") else "500", "--out", out)
    assert found.returncode == 1, found.stdout
    seed = json.loads((out / "search.json").read_text())["kinds"][0]["seed"]

    small = badwire.folder / "small.json"
    shrunk = badwire("shrink", scenario, "--seed", seed, "--out", small)
    assert shrunk.returncode == 0, shrunk.stderr
    links = json.loads(small.read_text())["links"]["wan"]
    rules = [rule for way in ("up", "down") for rule in links.get(way, {}).get("exact", [])]
    rules += links.get("exact", [])
    assert (name not in NEED_NO_FAULT) <= len(rules) <= 3, shrunk.stdout
    assert badwire("run", small, "--network", "virtual").returncode == 1
    # On real sockets a busy machine may be too slow for what the bug needs, now and then.
    assert any(badwire("run", small, "--network", "relay").returncode in (1, 3) for _ in range(5))


@pytest.mark.parametrize("name", [name for name in CASES if name not in NEED_NO_FAULT])
def test_certify_finds_a_planted_bug(badwire, name):
    scenario = badwire.scenario(CASES[name])
    found = badwire("certify", scenario, "--faults", "drop,duplicate", "--at-most", "3", "--first", "30",
                    "--out", badwire.folder / "certificate.json")
    assert found.returncode == 1, found.stdout
    certificate = json.loads((badwire.folder / "certificate.json").read_text())
    assert not certificate["certified"] and 1 <= len(certificate["counterexample"]) <= 3


def test_a_score_says_what_is_caught_and_what_is_missed(badwire):
    clean = {**transfer("", ""), "links": {"wan": {"delay": "5ms"}}}
    badwire.scenario(clean, "clean.json")
    badwire.scenario(transfer("", ""), "lossy.json")
    weak = badwire("mutate", "clean.json", "--out", "weak.json")
    strong = badwire("mutate", "clean.json", "lossy.json", "--jobs", "2", "--out", "strong.json")
    assert weak.returncode == 1 and "MISSED udp-ftp-client  no-retransmission" in weak.stdout, weak.stdout
    before, after = (json.loads((badwire.folder / name).read_text()) for name in ("weak.json", "strong.json"))
    assert before["planted"] == after["planted"] == 7
    caught = {one["flaw"]: one for one in after["mutants"] if one["caught"]}
    assert before["caught"] < after["caught"]
    assert {"unchecked-ack", "no-retransmission", "duplicate-taken", "last-ack-not-repeated"} <= set(caught)
    assert "number-wraps" not in caught, "eight units do not reach 255"
    for one in caught.values():
        assert one["by"].endswith("lossy.json")


def test_a_scenario_that_fails_by_itself_says_nothing_about_bugs(badwire):
    badwire.scenario({**transfer("", ""), "expect": [{"exit": {"client": 3}}]}, "wrong.json")
    told = badwire("mutate", "wrong.json")
    assert told.returncode == 2 and "left out, as it fails without any bug: wrong.json" in told.stderr


def test_flaws_are_told_by_help_and_others_refused(badwire):
    told = badwire("exec", "udp-ftp-client", "--help")
    assert "unchecked-ack" in told.stdout and "--flaw" in told.stdout
    wrong = badwire("exec", "udp-ftp-client", "--flaw", "laziness", "a.bin")
    assert wrong.returncode == 2 and "laziness" in wrong.stderr
