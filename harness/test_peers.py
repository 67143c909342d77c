"""Equals that share a link, and links in a row."""

import json

import pytest
from conftest import SCENARIOS

# Tells everybody whom it has heard, until it has heard all and all have heard it; then for a while
# longer, so that they learn of that. Whoever is late, or read late, still finds what was sent.
MEET = """
import select, socket, sys, time
name, port, others = sys.argv[1:]
peers = {one.partition("=")[0]: one.partition("=")[2].rpartition(":") for one in others.split(",")}
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(port)))
heard, heard_by, rounds_left, end = set(), set(), 40, time.monotonic() + 30
while rounds_left > 0 and time.monotonic() < end:
    rounds_left -= heard == heard_by == set(peers)
    for peer, (host, _, at) in peers.items():
        try:
            sock.sendto(" ".join([name, *sorted(heard)]).encode(), (host, int(at)))
        except ConnectionRefusedError:
            pass
    while select.select([sock], [], [], 0.02)[0]:
        try:
            text, sender = sock.recvfrom(100)
        except ConnectionRefusedError:
            continue
        other, *known = text.decode().split()
        host, _, at = peers[other]
        if sender != (host, int(at)):
            sys.exit(f"{name} knows {other} as {host}:{at}, and {text} came from {sender}")
        heard.add(other)
        if name in known:
            heard_by.add(other)
print("heard", *sorted(heard))
sys.exit(heard != set(peers))
"""


def meeting(link, *names):
    return {
        "links": {"net": {"between": list(names), **link}},
        "processes": {name: {"command": ["python3", "-c", MEET, name, "${port}", "${net.peers}"]}
                      for name in names},
        "expect": [{"output": name, "contains": "heard " + " ".join(sorted(set(names) - {name}))}
                   for name in names],
    }


def run(badwire, content, *words):
    result = badwire("run", badwire.scenario(content), "--out", "out", *words)
    (made,) = badwire.results("out")["runs"]
    return result, made


def packets(badwire):
    (folder,) = (badwire.folder / "out" / "runs").iterdir()
    return [json.loads(line) for line in (folder / "packets.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("names", ["ab", "abc", "abcd"])
def test_each_finds_every_other_and_each_ordered_pair_is_a_flow(badwire, names):
    result, made = run(badwire, meeting({"delay": "1ms", "loss": 0.2}, *names), "--network", "relay")
    assert result.returncode == 0, result.stdout
    flows = made["links"]["net"]["flows"]
    assert set(flows) == {f"{a}>{b}" for a in names for b in names if a != b}
    assert all(flow["up"]["offered"] >= 20 for flow in flows.values())
    assert made["vacuous"] == []


def test_the_fates_of_a_pair_do_not_depend_on_the_others(badwire):
    fates = []
    for names in ("ab", "abc"):
        content = meeting({"loss": 0.5}, *names)
        for process in content["processes"].values():  # each says the same all the time
            process["command"][2] = MEET.replace('" ".join([name, *sorted(heard)])', "name").replace("+ 30", "+ 2")
        run(badwire, content, "--network", "relay", "--seed", "3")
        fates.append({packet["occurrence"]: packet["fate"] for packet in packets(badwire)
                      if packet["flow"] == "a>b"})
    common = fates[0].keys() & fates[1].keys()
    assert len(common) >= 20
    assert len({fates[0][one] for one in common}) > 1
    assert all(fates[0][one] == fates[1][one] for one in common)


def test_one_pair_alone_can_be_cut_off(badwire):
    content = meeting({"exact": [{"flow": "a>b"}]}, "a", "b", "c")
    for process in content["processes"].values():  # b will never hear a, so nobody ends before its time
        process["command"][2] = MEET.replace("+ 30", "+ 5")
    content["expect"] = [{"exit": {"b": 1}}, {"output": "b", "equals": "heard c\n"}]
    result, _ = run(badwire, content, "--network", "relay")
    assert result.returncode == 0, result.stdout


def test_without_links_they_meet_on_direct(badwire):
    result, _ = run(badwire, meeting({}, "a", "b", "c"), "--network", "direct")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("network", ["relay", "virtual"])
def test_two_of_badwires_own_equals_share_a_link(badwire, network):
    chat = json.loads((SCENARIOS / "talk" / "udp_chat_clean.json").read_text())
    (first, one), (second, other) = chat["processes"].items()
    for process in (one, other):
        for key in ("to", "over", "args", "ready", "after"):
            process.pop(key, None)
    # Whoever is up first begins, so each of them ends when its turn comes and it has said all.
    one["input"] = ["hi", "fine", {"end": True}]
    chat["links"] = {"net": {"between": [first, second], "delay": "5ms"}}
    chat.pop("$schema")
    chat.pop("matrix")
    chat["expect"] = [{"exit": {first: 0, second: 0}}, {"struck": "net.delay"}]
    result, made = run(badwire, chat, "--network", network)
    assert result.returncode == 0, result.stdout
    assert set(made["links"]["net"]["flows"]) == {f"{first}>{second}", f"{second}>{first}"}


@pytest.mark.parametrize("change, told", [
    ({"between": ["a", "bb"]}, 'no process "bb"; did you mean "b"?'),
    ({"between": ["a"]}, "expected at least two processes"),
    ({"between": "a"}, "expected the processes that share it"),
])
def test_who_shares_a_link_is_checked(badwire, change, told):
    content = meeting({}, "a", "b")
    content["links"]["net"].update(change)
    result = badwire("check", badwire.scenario(content))
    assert result.returncode == 2 and told in result.stderr, result.stderr


@pytest.mark.parametrize("word, told", [
    ("${net.c.port}", 'no process "c"'),
    ("${net.a.port}", "is this process itself"),
    ("${other.b.port}", 'no link "other"'),
    ("${net.out.port}", 'needs out in "between" of link net'),
])
def test_a_reference_to_another_is_checked(badwire, word, told):
    content = meeting({}, "a", "b")
    content["processes"]["out"] = {"command": ["true"]}
    content["processes"]["a"]["command"].append(word)
    result = badwire("check", badwire.scenario(content))
    assert result.returncode == 2 and told in result.stderr, result.stderr


def test_equals_that_go_to_each_other_are_told_of_between(badwire):
    peer = {"command": ["true", "${to.port}", "${port}"]}
    result = badwire("check", badwire.scenario({"processes": {"a": {**peer, "to": "b"},
                                                              "b": {**peer, "to": "a"}}}))
    assert result.returncode == 2
    assert "a cycle in the start order" in result.stderr and '"between"' in result.stderr


TWO_LINKS = {
    "links": {"home": {"delay": "10ms"}, "wan": {"delay": "30ms", "duplicate": 1}},
    "expect": [{"struck": "home.up.delay"}, {"struck": "wan.up.delay"}],
}
UDP = {"server": {"program": "datagram-receiver-sender"},
       "client": {"program": "datagram-sender-receiver", "to": "server", "over": ["home", "wan"]}}
TCP = {"server": {"program": "duplex-server"},
       "client": {"program": "duplex-client", "to": "server", "over": ["home", "wan"]}}


@pytest.mark.parametrize("network", ["relay", "virtual"])
def test_over_two_links_in_a_row_both_impair(badwire, network):
    result, made = run(badwire, {**TWO_LINKS, "processes": UDP}, "--network", network)
    assert result.returncode == 0, result.stdout
    assert made["elapsed_ms"] >= 2 * (10 + 30)
    assert made["links"]["home"]["up"]["offered"] == made["links"]["wan"]["up"]["offered"] == 1
    assert made["links"]["wan"]["up"]["duplicated"] == 1
    # What the server answers meets the far link first: its copy enters the near one, too.
    assert made["links"]["home"]["down"]["offered"] == 2 * made["links"]["wan"]["down"]["offered"]


def test_tcp_over_two_links_in_a_row(badwire):
    content = {**TWO_LINKS, "processes": TCP, "expect": [{"exit": {"client": 0, "server": 0}}]}
    content["links"] = {"home": {"delay": "10ms"}, "wan": {"delay": "30ms"}}
    result, made = run(badwire, content, "--network", "relay")
    assert result.returncode == 0, result.stdout
    assert made["elapsed_ms"] >= 10 + 30 and made["vacuous"] == []
    result, made = run(badwire, content, "--network", "virtual")
    assert result.returncode == 0 and made["vacuous"] == [], result.stdout
    assert "response after 0.160 s" in result.stdout  # the handshake, and the answer: each over both and back
