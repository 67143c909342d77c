"""What a run says of itself: why it failed, what to type to have it again, what could be better."""

import shlex

import pytest
from test_vacuous import TCP, UDP, run, scenario


def command(code, *words):
    return {"command": ["python3", "-c", code, *words]}


@pytest.mark.parametrize("code, told", [
    ("raise ValueError('bad header')", "client: ValueError: bad header; it exited with 1; expected: client exits with 0"),
    ("import os; os.kill(os.getpid(), 11)", "client: signal 11 (Segmentation fault) ended it; expected: client exits with 0"),
    ("raise SystemExit(3)", "client: it exited with 3; expected: client exits with 0"),
], ids=str)
def test_the_cause_comes_before_what_was_expected(badwire, code, told):
    content = {"files": {"a.bin": {"random": "1KiB"}}, "processes": {"client": command(code)},
               "expect": [{"same_file": ["a.bin", "client/received/a.bin"]}]}
    _, made = run(badwire, content, "direct")
    assert made["message"] == told


def test_a_file_that_was_not_received_is_called_the_missing_copy(badwire):
    content = {"files": {"a.bin": {"random": "1KiB"}}, "processes": {"client": command("pass")},
               "expect": [{"same_file": ["a.bin", "client/received/a.bin"]}]}
    _, made = run(badwire, content, "direct")
    assert made["expectations"][0]["detail"] == \
        "the copy of a.bin is missing: there is no file client/received/a.bin"


def test_a_number_that_is_not_there_names_those_that_are(badwire):
    content = {"processes": {"server": {"program": "udp-ftp-server", "args": ["--once"]},
                             "client": {"program": "udp-ftp-client", "args": ["a.bin"], "to": "server"}},
               "files": {"a.bin": {"random": "1KiB"}},
               "expect": [{"metric": "client.retransmitted", "at_most": 5}]}
    _, made = run(badwire, content, "virtual")
    assert "there is no such number; the process measured " in made["expectations"][0]["detail"]
    assert "retransmissions" in made["expectations"][0]["detail"]


MATRIX = {**scenario({"loss": "${matrix.loss}"}), "seed": 3, "repeat": 2,
          "matrix": {"loss": [0, 1], "word": ["it's", "a, b"]},
          "expect": [{"output": "client", "contains": "never said"}]}
MATRIX["processes"] = {**UDP, "client": {**UDP["client"], "args": ["--message", "${matrix.word}", "--timeout", "100ms"]}}


def test_the_replay_command_makes_the_one_run_again(badwire):
    path = badwire.scenario(MATRIX, "my scenario.json")
    badwire("run", path, "--network", "virtual", "--out", "all")
    runs = badwire.results("all")["runs"]
    assert len(runs) == 8
    for one in (runs[0], runs[3], runs[7]):
        words = shlex.split(one["replay"])
        assert words[0] == "badwire"
        badwire(*words[1:], "--out", "again")
        (again,) = badwire.results("again")["runs"]
        assert again["matrix"] == one["matrix"]
        assert again["seed"] == one["seed"] and again["verdict"] == one["verdict"]


@pytest.mark.parametrize("only, seeds", [("loss=0", 4), ("loss=1,word=it's", 2), ("word=a, b", 4)])
def test_only_chooses_combinations(badwire, only, seeds):
    result = badwire("run", badwire.scenario(MATRIX), "--network", "virtual", "--only", only, "--out", "out")
    assert result.returncode == 1
    assert len(badwire.results("out")["runs"]) == seeds


@pytest.mark.parametrize("only, told", [
    ("los=0", 'no parameter "los" in the matrix; did you mean "loss"?'),
    ("loss=0.5", "the parameter loss is never 0.5; it is 0, 1"),
    ("loss", "expected parameters of the matrix and their values"),
])
def test_only_names_what_there_is(badwire, only, told):
    result = badwire("run", badwire.scenario(MATRIX), "--network", "virtual", "--only", only)
    assert result.returncode == 2 and told in result.stderr, result.stderr


def test_a_network_that_the_scenario_does_not_name_is_named_when_it_fails(badwire):
    content = {**scenario({"delay": "1ms"}), "network": ["relay", "virtual"],
               "expect": [{"output": "client", "contains": "never said"}]}
    _, made = run(badwire, content, "direct")
    assert made["message"].endswith(
        "; the scenario is not meant for the network direct, but for relay and virtual")
    _, made = run(badwire, content, "virtual")
    assert "not meant" not in made["message"]


@pytest.mark.parametrize("expected", [{"struck": "wan.delay"}, {"metric": "link.wan.up.offered", "at_least": 1}],
                         ids=str)
def test_what_asks_for_links_cannot_run_on_direct(badwire, expected):
    path = badwire.scenario({**scenario({"delay": "1ms"}), "expect": [expected]})
    result = badwire("run", path, "--network", "direct")
    assert result.returncode == 2
    assert "/expect/0: asks what a link did, and on the network direct there are no links" in result.stderr
    assert badwire("run", path, "--network", "virtual").returncode == 0


def test_what_a_run_wrote_is_not_read_as_scenarios(badwire):
    badwire.scenario({**scenario({"delay": "1ms"}, TCP), "files": {"processes.json": {"text": '{"processes": 1}'}}})
    for _ in range(2):
        result = badwire("run", ".", "--out", "out", "--network", "virtual")
        assert result.returncode == 0, result.stdout + result.stderr
        assert "1 passed" in result.stdout
    (badwire.folder / "data.json").write_text('{"expected": [' + "1," * 9_000_000 + "1]}")
    assert badwire("check", ".").returncode == 0


@pytest.mark.parametrize("host", ["127.0.0.2", "::1"])
@pytest.mark.parametrize("network", ["direct", "relay"])
def test_a_server_may_listen_on_another_loopback_address(badwire, host, network):
    family = "AF_INET6" if ":" in host else "AF_INET"
    server = (f"import socket,sys; s=socket.socket(socket.{family},socket.SOCK_DGRAM);"
              f"s.bind(({host!r},int(sys.argv[1]))); d,a=s.recvfrom(100); s.sendto(d.upper(),a)")
    client = ("import socket,sys; h=sys.argv[1]; s=socket.socket(socket.AF_INET6 if ':' in h else socket.AF_INET,"
              "socket.SOCK_DGRAM); s.settimeout(20); s.sendto(b'hello',(h,int(sys.argv[2]))); print(s.recv(9).decode())")
    content = {"links": {"wan": {"delay": "1ms"}},
               "processes": {"server": {**command(server, "${port}"), "stays": False},
                             "client": {**command(client, "${to.host}", "${to.port}"), "to": "server", "over": "wan"}},
               "expect": [{"output": "client", "equals": "HELLO\n"}]}
    result, made = run(badwire, content, network)
    assert made["verdict"] == "pass", result.stdout
    assert made["notes"] == []


def test_waiting_in_vain_for_the_end_of_a_server_is_noted(badwire):
    server = "import socket,sys,time; s=socket.socket(); s.bind(('127.0.0.1',int(sys.argv[1]))); s.listen(); time.sleep(60)"
    content = {"processes": {"server": command(server, "${port}"),
                             "client": {**command("pass", "${to.port}"), "to": "server"}}}
    result, made = run(badwire, content, "direct")
    assert made["notes"] == ["the run waited 2s for the end of server; if it serves until it is stopped, "
                             'say "stays": true']
    assert f"note: {made['notes'][0]}" in result.stdout
    content["processes"]["server"]["stays"] = True
    _, made = run(badwire, content, "direct")
    assert made["notes"] == [] and made["verdict"] == "pass"
