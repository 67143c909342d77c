"""Faults of processes: kill, restart, pause and continue, at a time, after a packet, on a line; clocks that
are wrong; and whether a scenario recovers once its network is clean."""

import sys

import pytest

BOTH = ["virtual", "relay"]


def transfer(**more):
    """Ten units of a file, one at a time, over 20 ms each way."""
    return {
        "network": BOTH, "time_limit": "20s",
        "links": {"wan": {"delay": "20ms"}},
        "files": {"a.bin": {"random": 1000}},
        "processes": {
            "server": {"program": "udp-ftp-server"},
            "client": {"program": "udp-ftp-client", "args": ["a.bin", "--timeout", "5s"], "to": "server",
                       "over": "wan"}},
        **more}


def run(badwire, scenario, *words):
    out = badwire.folder / "out"
    badwire("run", badwire.scenario(scenario), "--out", out, *words)
    return badwire.results(out)["runs"]


def test_a_paused_server_holds_a_transfer_up_and_nothing_is_lost(badwire):
    plain = run(badwire, transfer())[0]["elapsed_ms"]
    third = {"link": "wan", "direction": "up", "match": {"kind": "data"}, "nth": 3}
    for made in run(badwire, transfer(
            faults=[{"pause": "server", "packet": third},
                    {"continue": "server", "packet": third, "delay": "700ms"}],
            expect=[{"same_file": ["a.bin", "server/a.bin"]}])):
        assert made["verdict"] == "pass", made["message"]
        assert [fault["did"] for fault in made["faults"]] == ["pause", "continue"]
        assert made["faults"][1]["at_ms"] - made["faults"][0]["at_ms"] >= 699
        assert made["elapsed_ms"] > plain + 600


def test_a_killed_server_is_not_waited_for_and_no_failure_by_itself(badwire):
    for made in run(badwire, transfer(
            faults=[{"kill": "server", "line": {"process": "server", "prints": "listening"}, "delay": "150ms"}],
            expect=[{"exit": {"client": "nonzero"}}])):
        assert made["verdict"] == "pass", made["message"]
        assert made["processes"]["server"]["exit"] == 137
        assert made["processes"]["server"]["ended_ms"] >= 149


def test_a_restarted_server_has_its_port_and_folder_and_forgets_the_rest(badwire):
    scenario = transfer(faults=[{"restart": "server", "at": "100ms"}])
    scenario["processes"]["later"] = dict(scenario["processes"]["client"], delay="300ms")
    scenario["expect"] = [{"exit": {"later": 0}}, {"same_file": ["a.bin", "server/a.bin"]}]
    for made in run(badwire, scenario):
        assert made["verdict"] == "pass", made["message"]
        lines = made["processes"]["server"]["stdout"].splitlines()
        assert [line for line in lines if line.startswith("listening")] == [lines[0]] * 2, lines
        log = (badwire.folder / "out" / "runs" / f"0002-scenario-{BOTH[1]}" / "server.stdout").read_text()
        assert log.count("listening on") == 2, "the log goes on"


def test_a_restart_that_is_to_come_keeps_the_run_going(badwire):
    made = run(badwire, {
        "network": "direct", "time_limit": "20s",
        "processes": {"worker": {"command": [sys.executable, "-c", "print('done')"]}},
        "faults": [{"restart": "worker", "at": "1s"}]})[0]
    assert made["verdict"] == "pass", made["message"]
    assert made["processes"]["worker"]["stdout"] == "done\ndone\n"
    assert made["elapsed_ms"] >= 1000


def test_a_foreign_process_is_paused_with_its_children(badwire):
    counting = "import time\nfor i in range(100): print(i, flush=True); time.sleep(0.05)"
    made = run(badwire, {
        "network": "direct", "time_limit": "30s",
        "processes": {"counter": {"command": ["sh", "-c", f'{sys.executable} -c "{counting}"']}},
        "faults": [{"pause": "counter", "line": {"process": "counter", "prints": "^10$"}},
                   {"kill": "counter", "line": {"process": "counter", "prints": "^10$"}, "delay": "1s"}]})[0]
    assert made["verdict"] == "pass", made["message"]
    printed = len(made["processes"]["counter"]["stdout"].split())
    assert 11 <= printed <= 20, "of about 30"


def test_what_is_paused_for_ever_is_explained(badwire):
    made = run(badwire, transfer(network="virtual", faults=[{"pause": "client", "at": "90ms"}]))[0]
    assert made["verdict"] == "fail" and "waiting for client (paused)" in made["message"], made["message"]
    chat = {"network": "virtual", "links": {"wan": {"delay": "5ms"}},
            "processes": {
                "bob": {"program": "udp-chat", "args": ["--wire", "classic"], "input": ["hi"], "stays": True},
                "ann": {"program": "udp-chat", "args": ["--wire", "classic"], "to": "bob", "over": "wan",
                        "input": ["hello", {"end": True}]}},
            "faults": [{"pause": "bob", "at": "1ms"}]}
    made = run(badwire, chat)[0]
    assert made["verdict"] == "fail", made
    assert "deadlock" in made["message"] and "bob waits for being continued since 1ms" in made["message"]


def test_a_fault_that_never_happens_makes_a_pass_doubtful(badwire):
    never = [{"kill": "server", "packet": {"link": "wan", "nth": 1000}}]
    for made in run(badwire, transfer(faults=never)):
        assert made["verdict"] == "pass"
        assert made["vacuous"] == ['faults.1: "kill server" never happened']
    for made in run(badwire, transfer(faults=never), "--strict"):
        assert made["verdict"] == "fail"
    for made in run(badwire, transfer(faults=never, may_miss=["faults.1"])):
        assert made["vacuous"] == []


# A link that loses everything, and clients that ask again once a second.
def blackout(**more):
    scenario = transfer(**more)
    scenario["links"]["wan"]["loss"] = 1
    return scenario


def test_what_recovers_in_time(badwire):
    for made in run(badwire, blackout(expect=[{"recovers": {"heal_at": "2s", "within": "3s"}}],
                                      may_miss=["wan.delay"])):
        assert made["verdict"] == "pass", made["message"]
        assert made["vacuous"] == []
        assert 2000 < made["elapsed_ms"] < 5000


def test_what_recovers_too_late_fails_and_says_when(badwire):
    made = run(badwire, blackout(network="virtual",
                                 expect=[{"recovers": {"heal_at": "2s", "within": "10ms"}}]))[0]
    assert made["verdict"] == "fail"
    assert "recovers within 10ms of 2s; the last process ended at" in made["message"], made["message"]


def test_a_run_that_ends_before_it_is_healed_proves_nothing(badwire):
    made = run(badwire, transfer(network="virtual",
                                 expect=[{"recovers": {"heal_at": "10s", "within": "1s"}}]))[0]
    assert made["verdict"] == "pass" and any("before the links were healed" in one for one in made["vacuous"])


def test_skewed_timers_end_early_or_late(badwire):
    def silence(drift):
        return run(badwire, blackout(network="virtual", processes={
            "server": {"program": "udp-ftp-server"},
            "client": {"program": "udp-ftp-client", "args": ["a.bin", "--timeout", "3s", "--retries", "1000"],
                       "to": "server", "over": "wan", "clock": {"skew": "-2s", "drift": drift}}},
            expect=[{"exit": {"client": 1}}]))[0]["processes"]["client"]["ended_ms"]
    assert silence(0) == pytest.approx(3000, abs=1)
    assert silence(0.5) == pytest.approx(2000, abs=1), "a fast clock reaches 3 s in 2"
    assert silence(-0.5) == pytest.approx(6000, abs=1)


@pytest.mark.parametrize("more, message", [
    ({"faults": [{"at": "1s"}]}, '/faults/0: expected what is done: "kill"'),
    ({"faults": [{"kill": "server"}]}, '/faults/0: expected when: "at"'),
    ({"faults": [{"kill": "server", "at": "1s", "line": {"process": "server", "prints": "x"}}]},
     '/faults/0: has both "at" and "line"'),
    ({"faults": [{"kill": "sever", "at": "1s"}]}, "/faults/0/kill"),
    ({"faults": [{"kill": "server", "packet": {"nth": 3}}]}, "/faults/0/packet"),
    ({"faults": [{"kill": "server", "packet": {"link": "van"}}]}, "/faults/0/packet/link"),
    ({"faults": [{"kill": "server", "packet": {"link": "wan", "match": {"kin": 3}}}]}, "/faults/0/packet/match"),
    ({"faults": [{"pause": "server", "restart": "server", "at": "1s"}]}, 'has both "restart" and "pause"'),
    ({"expect": [{"recovers": {"heal_at": "5s"}}]}, "/expect/0/recovers"),
])
def test_mistakes_are_pointed_at(badwire, more, message):
    checked = badwire("check", badwire.scenario(transfer(**more)))
    assert checked.returncode == 2 and message in checked.stderr, checked.stderr


def test_a_clock_of_its_own_is_for_virtual_time(badwire):
    scenario = transfer()
    scenario["processes"]["client"]["clock"] = {"skew": "-1s"}
    checked = badwire("run", badwire.scenario(scenario), "--network", "relay")
    assert checked.returncode == 2 and "only in virtual time" in checked.stderr
