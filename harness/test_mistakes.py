"""Scenario mistakes: exit 2, a line for each with file, line, column, JSON pointer and what was expected."""

import json
import re

import pytest

GOOD = {"processes": {"a": {"program": "datagram-receiver"}}}


def with_link(**link):
    return {**GOOD, "links": {"wan": link}}


def with_process(**process):
    return {"processes": {"a": {"program": "datagram-receiver", **process}}}


MISTAKES = {
    "unknown key": ({**GOOD, "procesess": {}}, "/procesess", 'did you mean "processes"?'),
    "unknown key in a process": (with_process(argss=[]), "/processes/a/argss", '"args"'),
    "unknown key in a link": (with_link(los=0.1), "/links/wan/los", 'did you mean "loss"?'),
    "wrong type": (with_process(count="two"), "/processes/a/count", "from 1 to 100000"),
    "unknown program": ({"processes": {"a": {"program": "datagram-reciever"}}},
                        "/processes/a/program", 'did you mean "datagram-receiver"?'),
    "unknown option": (with_process(args=["--prot", "5"]), "/processes/a/args", "--prot"),
    "reference to nothing": ({"processes": {"a": {"command": ["true", "${b.port}"]}}},
                             "/processes/a/command/1", 'no process "b"'),
    "to nobody": (with_process(to="b"), "/processes/a/to", 'no process "b"'),
    "over no link": ({"processes": {"a": {"program": "datagram-receiver"},
                                    "b": {"program": "datagram-sender", "to": "a", "over": "lan"}}},
                     "/processes/b/over", 'no link "lan"'),
    "negative delay": (with_link(delay="-5ms"), "/links/wan/delay", "a duration such as"),
    "delay without a unit": (with_link(delay=5), "/links/wan/delay", "a delay such as"),
    "loss in percent": (with_link(loss="5%"), "/links/wan/loss", "did you mean 0.05?"),
    "delay with a space": (with_link(up={"delay": "5 ms"}), "/links/wan/up/delay", 'did you mean "5ms"?'),
    "rate of tc": (with_link(rate="10mbit"), "/links/wan/rate", 'did you mean "10Mbit/s"?'),
    "size in capitals": ({**GOOD, "files": {"a": {"random": "500KB"}}}, "/files/a/random", 'did you mean "500kB"?'),
    "loss of 1.5": (with_link(up={"loss": 1.5}), "/links/wan/up/loss", "from 0 to 1"),
    "cycle": ({"processes": {"a": {"program": "datagram-sender", "to": "b"},
                             "b": {"program": "datagram-sender", "to": "a"}}},
              "/processes/a", "a waits for b waits for a"),
    "expectation of nobody": ({**GOOD, "expect": [{"exit": {"b": 0}}]}, "/expect/0/exit/b", "no process"),
    "empty expectation": ({**GOOD, "expect": [{}]}, "/expect/0", "says nothing"),
    "bad regular expression": ({**GOOD, "expect": [{"output": "a", "matches": "("}]},
                               "/expect/0/matches", "regular expression"),
    "unknown command": ({"processes": {"a": {"command": ["no-such-command-anywhere"]}}},
                        "/processes/a/command/0", "no-such-command-anywhere"),
    "file outside": ({**GOOD, "files": {"../x": {"text": ""}}}, "/files/..~1x", "inside the run's folder"),
    "unknown parameter": ({**GOOD, "matrix": {"loss": [1]}, "title": "${matrix.los}"}, "/title",
                          'did you mean "loss"?'),
    "a setting of the machine": (with_process(sysctls={"kernel.hostname": "x"}), "/processes/a/sysctls/kernel.hostname",
                                 "expected a name such as net.ipv4.tcp_ecn"),
    "a setting beside the network": (with_process(sysctls={"net/../kernel/x.y": 1}),
                                     "/processes/a/sysctls/net~1..~1kernel~1x.y", "no setting of a network"),
    "no processes": ({"title": "x"}, "", '"processes"'),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_named_with_its_place(badwire, name):
    scenario, pointer, expected = MISTAKES[name]
    path = badwire.scenario(scenario)
    for command in (["run"], ["check"]):
        if name == "unknown command" and command == ["check"]:
            continue  # whether a command is installed depends on the machine
        result = badwire(*command, path)
        assert result.returncode == 2, result
        assert result.stderr.count("\n") == 1, result.stderr
        place = r":\d+:\d+" if pointer else ""
        assert re.match(f"{re.escape(str(path))}{place}: {re.escape(pointer)}", result.stderr), result.stderr
        assert expected in result.stderr
    assert not list(badwire.tmp.iterdir())


@pytest.mark.parametrize("text, expected", [
    ('{\n  // a remark\n  "processes": {}}', "2:3: broken JSON: JSON has no comments; expected a value"),
    ('{"processes": {},\n}', "2:1: broken JSON: a comma before the closing } is one too many"),
    ('{"links": {"wan": {"loss": 0, "loss": 1}},\n "processes": {"a": {"program": "datagram-receiver"}}}',
     '1:31: /links/wan/loss: the key stands here twice; which one is meant?'),
    ('{"processes": {}, "seed": 1e999}', "/seed: 1e999 is too large for a number"),
])
def test_what_the_text_itself_has_wrong_is_told_for_people(badwire, text, expected):
    path = badwire.scenario(text)
    result = badwire("check", path)
    assert result.returncode == 2 and result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"{path}:") and expected in result.stderr, result.stderr


def test_a_folder_is_searched_for_scenarios_only(badwire):
    badwire.scenario(GOOD, "good.json")
    badwire.scenario({"name": "a package", "version": "1.0"}, "package.json")
    for _ in range(2):  # the second time, what the first one wrote lies there
        result = badwire("run", ".", "--out", "out", "--network", "virtual", "--tag", "no-such-tag")
        assert "no scenario with the tag no-such-tag" in result.stderr, result.stderr
        badwire("run", "good.json", "--network", "virtual", "--out", "out")
        assert (badwire.folder / "out" / "results.json").exists()
    assert badwire("check", ".").returncode == 0
    badwire.scenario("{", "broken.json")
    assert "broken.json" in badwire("check", ".").stderr


def test_every_mistake_is_named_once_in_the_order_of_the_file(badwire):
    path = badwire.scenario("""{
  "matrix": {"loss": [0.5, 0.6]},
  "links": {"wan": {"los": "${matrix.loss}", "loss": "${matrix.los}", "delay": 5}},
  "processes": {
    "a": {"program": "datagram-receiver", "to": "nobody", "count": 0},
    "b": 5,
    "c": {"command": ["true", "${a.port}", "${here}"], "after": "b"}
  },
  "expect": [{}, {"exit": {"nobody": 0}}],
  "titel": "x"
}""")
    for command in ("check", "run"):
        result = badwire(command, path)
        assert result.returncode == 2
        assert [line.removeprefix(f"{path}:").split(": ")[:2] for line in result.stderr.splitlines()] == [
            ["3:21", "/links/wan/los"],
            ["3:46", "/links/wan/loss"],
            ["3:71", "/links/wan/delay"],
            ["5:43", "/processes/a/to"],
            ["5:59", "/processes/a/count"],
            ["6:5", "/processes/b"],
            ["7:44", "/processes/c/command/2"],
            ["9:14", "/expect/0"],
            ["9:28", "/expect/1/exit/nobody"],
            ["10:3", "/titel"],
        ]


def test_of_very_many_mistakes_a_hundred_are_named_and_the_rest_counted(badwire):
    result = badwire("check", badwire.scenario({**GOOD, **{f"key {i}": 1 for i in range(130)}}))
    assert (result.returncode, result.stderr.count("\n")) == (2, 101)
    assert result.stderr.endswith(": and 30 more\n")


@pytest.mark.parametrize("text, expected", [
    ("{", "broken JSON"),
    ("", "broken JSON"),
    ('{"title": "\x01"}', "broken JSON"),
    ("[" * 100_000 + "]" * 100_000, "nested too deep"),
    ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested too deep"),
    (" " * 100_000_000 + json.dumps(GOOD), "larger than 16 MiB"),
    ("[]", "expected an object"),
], ids=["broken", "empty", "control character", "deep lists", "deep objects", "100 MB", "a list"])
def test_hostile_json_is_refused(badwire, text, expected):
    result = badwire("run", badwire.scenario(text))
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert expected in result.stderr


def test_missing_file_is_named(badwire):
    result = badwire("run", "missing.json")
    assert (result.returncode, result.stderr) == (2, "missing.json: there is no such file\n")


@pytest.mark.parametrize("words", [[], ["frobnicate"], ["run"], ["run", "x", "--network", "moon"],
                                   ["run", "x", "--jobs", "0"], ["exec", "no-such-program"], ["exec"],
                                   ["relay", "--listen", "nonsense", "--to", "127.0.0.1:1"]])
def test_bad_usage_exits_with_2(badwire, words):
    result = badwire(*words)
    assert result.returncode == 2
    assert result.stderr
