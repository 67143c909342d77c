"""A pass in which what was asked of a link did nothing says so."""

import pytest

UDP = {
    "server": {"program": "datagram-receiver-sender"},
    "client": {"program": "datagram-sender-receiver", "to": "server", "over": "wan"},
}
TCP = {
    "server": {"program": "duplex-server"},
    "client": {"program": "duplex-client", "to": "server", "over": "wan"},
}
NETWORKS = pytest.mark.parametrize("network", ["relay", "virtual"])


def scenario(link, processes=UDP, **more):
    return {"links": {"wan": link}, "processes": processes, **more}


def run(badwire, content, network, *words):
    result = badwire("run", badwire.scenario(content), "--network", network, "--out", "out", *words)
    (made,) = badwire.results("out")["runs"]
    return result, made


@NETWORKS
@pytest.mark.parametrize("content, reason", [
    (scenario({"loss": 0.000001}), "wan.loss: it struck none of 2 packets"),
    (scenario({"up": {"loss": 0.000001}}), "wan.up.loss: it struck none of 1 packets"),
    (scenario({"up": {"exact": [{"match": {"text": "absent"}}]}}),
     "wan.up.exact.1: none of 1 packets matched"),
    (scenario({"exact": [{"nth": 5}]}),
     'wan.exact.1: 2 packets matched, but not as many as the rule\'s "nth" asks for'),
    (scenario({"tcp": {"refuse": 1}}), "wan.tcp: no TCP connection went over link wan"),
    (scenario({"exact": [{"tcp": "rst", "nth": 1}]}, TCP),
     "wan.exact.1: none of its TCP segments matched"),
    (scenario({"reorder": 1}, TCP),
     "wan.reorder: only TCP went over link wan, and reorder concerns datagrams"),
    (scenario({"loss": 0.000001, "corrupt": 0.000001}, TCP), "wan.loss: it touched none of"),
    (scenario({"schedule": [{"at": "50s", "delay": "5ms"}]}),
     "wan.schedule.1: the change at 50s came after the last packet"),
], ids=str)
def test_what_did_nothing_is_named_and_strict_makes_it_a_failure(badwire, content, reason, network):
    result, made = run(badwire, content, network)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"pass, but {reason}" in result.stdout
    assert "1 passed (1 of them, but …), 0 failed" in result.stdout
    assert made["verdict"] == "pass" and made["vacuous"][0].startswith(reason)
    assert "pass, but" in (badwire.folder / "out" / "junit.xml").read_text()

    result, made = run(badwire, content, network, "--strict")
    assert result.returncode == 1, result.stdout
    assert made["verdict"] == "fail" and reason in made["message"]


@NETWORKS
@pytest.mark.parametrize("content", [
    scenario({"delay": "1ms", "duplicate": 1, "rate": "1Mbit/s"}),
    scenario({"up": {"delay": "1ms"}, "schedule": [{"at": "0", "down": {"delay": "2ms"}}]}),
    scenario({"delay": "1ms", "rate": "1Mbit/s", "tcp": {"slice": 1}}, TCP),
    scenario({"loss": 0}),
], ids=str)
def test_what_did_something_is_not_doubted(badwire, content, network):
    result, made = run(badwire, content, network, "--strict")
    assert result.returncode == 0, result.stdout
    assert made["vacuous"] == []


@NETWORKS
def test_a_link_that_nobody_goes_over_did_nothing(badwire, network):
    content = scenario({"delay": "1ms"})
    content["links"]["spare"] = {"loss": 1}
    _, made = run(badwire, content, network)
    assert made["vacuous"] == ['spare: no process goes "over" link spare']
    _, made = run(badwire, {**content, "may_miss": ["spare"]}, network, "--strict")
    assert made["vacuous"] == [] and made["verdict"] == "pass"


@pytest.mark.parametrize("allowed", ["wan", "wan.loss"])
def test_a_scenario_may_say_that_a_miss_is_fine(badwire, allowed):
    result, made = run(badwire, scenario({"loss": 0.000001}, may_miss=[allowed]), "virtual", "--strict")
    assert result.returncode == 0 and made["vacuous"] == []


@NETWORKS
def test_struck_asks_that_an_impairment_did_something(badwire, network):
    link = {"delay": "1ms", "down": {"exact": [{"nth": 7}, {"nth": 1, "action": {"delay": "1ms"}}]}}
    names = ["wan.delay", "wan.up.delay", "wan.down.exact", "wan.down.exact.2"]
    content = scenario(link, expect=[{"struck": name} for name in names], may_miss=["wan.down.exact"])
    result, made = run(badwire, content, network)
    assert made["verdict"] == "pass", result.stdout
    assert [one["what"] for one in made["expectations"]][:4] == [f"{name} strikes" for name in names]
    assert made["links"]["wan"]["down"]["struck"] == {"delay": 1, "exact": 1}
    assert [(one["matched"], one["struck"]) for one in made["links"]["wan"]["down"]["rules"]] == \
        [(1, 0), (1, 1)]

    _, made = run(badwire, scenario(link, expect=[{"struck": "wan.exact.1"}]), network)
    assert made["verdict"] == "fail"
    assert "1 packet matched" in made["message"]


@pytest.mark.parametrize("name, told", [
    ("lan.loss", 'did you mean "wan"?'),
    ("wan.los", 'did you mean "loss"?'),
    ("wan.delay", "link wan is asked for no delay; it is asked for loss"),
    ("wan.up.exact.1", "link wan.up is asked for no exact"),
    ("wan", "expected LINK.IMPAIRMENT"),
])
def test_a_name_of_nothing_is_a_mistake(badwire, name, told):
    path = badwire.scenario(scenario({"loss": 1}, expect=[{"struck": name}]))
    result = badwire("check", path)
    assert result.returncode == 2
    assert told in result.stderr


@pytest.mark.parametrize("content, told", [
    (scenario({"duplicate": 0.5}, TCP),
     "/links/wan/duplicate: wan.duplicate does nothing: only TCP goes over wan"),
    (scenario({"tcp": {"slice": 1}}), "wan.tcp does nothing: no TCP goes over wan"),
    (scenario({"up": {"exact": [{"tcp": "syn"}]}}), "wan.up.exact.1 does nothing: no TCP goes over wan"),
    (scenario({"schedule": [{"at": "2min", "cut": True}]}) | {"time_limit": "5s"},
     "wan.schedule.1 does nothing: it comes 120s after the start"),
    (scenario({}) | {"links": {"wan": {}, "spare": {}}}, 'spare does nothing: no process goes "over"'),
], ids=str)
def test_check_warns_of_what_can_be_known_before_a_run(badwire, content, told):
    path = badwire.scenario(content)
    result = badwire("check", path)
    assert result.returncode == 0 and told in result.stderr, result.stderr
    assert "good, but" in result.stdout
    assert badwire("check", "--strict", path).returncode == 1


def test_direct_has_no_links_and_says_so_where_it_was_not_meant(badwire):
    content = scenario({"loss": 1, "delay": "1ms"})
    _, made = run(badwire, content, "direct")
    assert made["vacuous"] == ["wan: on the network direct nothing stands between"]
    _, made = run(badwire, {**content, "network": ["direct", "relay"]}, "direct")
    assert made["vacuous"] == []


@pytest.mark.parametrize("schedule", [3, [3], [{}], [{"at": 3}], [{"at": "soon"}]], ids=str)
def test_a_flawed_schedule_beside_may_miss_is_one_mistake_of_people(badwire, schedule):
    path = badwire.scenario(scenario({"schedule": schedule}, may_miss=["wan.schedule.1"]))
    result = badwire("check", path)
    assert result.returncode == 2 and "/links/wan/schedule" in result.stderr, result.stderr


def test_check_warns_of_links_on_direct_only(badwire):
    path = badwire.scenario({**scenario({"delay": "1ms"}), "network": "direct"})
    assert "where nothing stands between" in badwire("check", path).stderr
