"""badwire relay --control and badwire ctl, and whether openapi.json tells the truth."""

import json
import re
import socket
import urllib.error
import urllib.request

import jsonschema
import pytest
from conftest import Relay


class Controlled(Relay):
    def __init__(self, badwire, *words):
        super().__init__(badwire, "--control", "127.0.0.1:0", *words)
        self.badwire = badwire
        self.url = self.line("control on ")

    def ctl(self, *words):
        return self.badwire("ctl", "--at", self.url, *words)

    def request(self, method, path, body=None, **headers):
        """Status and parsed body."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                status, text, kind = answer.status, answer.read(), answer.headers["Content-Type"]
        except urllib.error.HTTPError as refused:
            status, text, kind = refused.code, refused.read(), refused.headers["Content-Type"]
        if kind and kind != "application/json":
            return status, text.decode()
        return status, json.loads(text) if text else None

    def passes(self, data):
        self.send(data)
        self.server.settimeout(0.5)
        try:
            return self.server.recv(100) == data
        except TimeoutError:
            return False


@pytest.fixture
def relay(badwire):
    running = Controlled(badwire, "--name", "wan", "--loss", "0")
    yield running
    if running.process.poll() is None:
        running.stop()


def test_list_show_and_counters_for_people(relay):
    listening = f"127.0.0.1:{relay.listening[1]}"
    listed = relay.ctl("list")
    assert listed.returncode == 0
    header, line = listed.stdout.splitlines()
    assert header.split() == ["NAME", "LISTEN", "UPSTREAM", "STATE", "TOXICS"]
    assert line.split()[:2] == ["wan", listening] and line.split()[3:] == ["whole", "0"]
    assert relay.passes(b"one")
    assert re.search(r"offered +1 +0\n", relay.ctl("counters", "wan").stdout)
    relay.request("POST", "/proxies/wan/toxics", {"type": "latency", "attributes": {"latency": 5}})
    shown = relay.ctl("show", "wan").stdout
    assert '"delay":"5ms"' in shown
    assert "toxic latency_downstream: latency downstream, toxicity 1" in shown


def test_closed_and_opened(relay):
    assert relay.ctl("close", "wan").stdout == "wan is closed\n"
    assert "closed" in relay.ctl("list").stdout
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(relay.listening, 5)
    assert relay.ctl("open", "wan").stdout == "wan is open\n"
    assert relay.passes(b"after")


def test_links_come_and_go(relay):
    host, port = relay.server.getsockname()
    said = relay.ctl("add", "lan", "--to", f"{host}:{port}").stdout
    listening = re.fullmatch(r"lan listens on (127\.0\.0\.1):(\d+)\n", said)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.sendto(b"hello", (listening[1], int(listening[2])))
        relay.server.settimeout(20)
        assert relay.server.recv(100) == b"hello"
    assert len(relay.ctl("list").stdout.splitlines()) == 3
    assert relay.ctl("add", "lan", "--to", "localhost:9").returncode == 1
    assert relay.ctl("remove", "wan").stdout == "wan is gone\n"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(relay.listening, 5)
    assert relay.stop()["link"]["up"]["delivered"] == 1


def test_a_relay_may_begin_without_a_link(badwire):
    process = badwire.start("relay", "--control", "127.0.0.1:0")
    try:
        url = process.stdout.readline().removeprefix("control on ").strip()
        assert badwire("ctl", "--at", url, "add", "wan", "--to", "127.0.0.1:9").returncode == 0
        assert badwire("ctl", "--at", url, "show", "wan").returncode == 0
    finally:
        process.terminate()
    assert process.wait(20) == 0
    alone = badwire("relay", "--listen", "127.0.0.1:0")
    assert alone.returncode == 2 and "--to: expected" in alone.stderr
    assert "--control takes requests" in badwire("relay").stderr


def test_cut_and_heal(relay):
    assert relay.passes(b"before")
    assert relay.ctl("cut", "wan").stdout == "wan is cut\n"
    assert not relay.passes(b"lost")
    assert "cut" in relay.ctl("list").stdout
    assert relay.ctl("heal", "wan").stdout == "wan is whole\n"
    assert relay.passes(b"after")
    assert relay.stop()["link"]["up"]["dropped_by"]["cut"] == 1


def test_set_merges_keys_and_reset_undoes(relay):
    start = json.loads(relay.ctl("--json", "show", "wan").stdout)["impairments"]
    assert relay.ctl("set", "wan", "--both", '{"delay": "5ms"}', "--up", '{"mtu": 100}').returncode == 0
    now = json.loads(relay.ctl("set", "wan", "--down", '{"loss": 1}', "--json").stdout)
    assert now["up"]["delay"] == now["down"]["delay"] == "5ms"
    assert now["up"]["mtu"] == 100 and now["up"]["loss"] == 0
    assert now["down"]["loss"] == 1
    assert relay.ctl("reset").returncode == 0
    assert json.loads(relay.ctl("show", "wan", "--json").stdout)["impairments"] == start


def test_a_timeout_loses_datagrams_and_ends_connections(relay):
    server = socket.create_server(("127.0.0.1", 0))
    status, told = relay.request("POST", "/proxies", {
        "name": "web", "listen": "127.0.0.1:0", "upstream": "127.0.0.1:%d" % server.getsockname()[1]})
    assert status == 201, told
    port = int(told["listen"].rpartition(":")[2])
    for name in "web", "wan":
        status, _ = relay.request("POST", f"/proxies/{name}/toxics", {
            "type": "timeout", "stream": "upstream", "attributes": {"timeout": 100}})
        assert status == 200
    assert not relay.passes(b"lost")
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        served, _ = server.accept()
        client.sendall(b"nobody reads this")
        served.settimeout(20)
        assert served.recv(100) == b"", "an orderly end, and nothing before it"


@pytest.mark.parametrize("words, code, expected", [
    (["cut", "lan"], 1, 'cannot cut lan: proxy not found: "lan"; there is "wan"'),
    (["set", "wan", "--up", '{"los": 1}'], 1, "cannot set impairments of wan: /up/los: "),
    (["set", "wan", "--up", "{"], 2, "--up: expected JSON such as"),
    (["set", "wan", "--both", '{"up": {}}'], 2, '--both: "up" is for --up'),
    (["set", "wan"], 2, "set: nothing to set"),
    (["--token-file", "nowhere", "list"], 2, "--token-file: expected a file"),
    (["frobnicate"], 2, ""),
    ([], 2, ""),
    (["cut"], 2, ""),
])
def test_errors_for_people(relay, words, code, expected):
    result = relay.ctl(*words)
    assert result.returncode == code, result
    assert expected in result.stderr and result.stderr
    assert result.stdout == "" or code == 2


def test_nobody_there(badwire):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # but does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        result = badwire("ctl", "list", "--at", url)
    assert result.returncode == 1
    assert result.stderr == (f"badwire ctl: cannot list the links: nobody answers at {url}: Connection "
                             "refused; is there a relay that was started with --control? "
                             "--at says where\n")
    assert badwire("ctl", "list", "--at", "localhost").returncode == 2


def test_a_token_is_asked_for(badwire):
    token = badwire.folder / "token"
    token.write_text("open sesame\n")
    relay = Controlled(badwire, "--control-token", token)
    refused = relay.ctl("list")
    assert refused.returncode == 1 and "give the file with the token as --token-file" in refused.stderr
    assert relay.ctl("list", "--token-file", token).returncode == 0
    relay.stop()


def test_beyond_this_machine_a_token_is_made_up(badwire):
    relay = Relay(badwire, "--control", "0.0.0.0:0")
    url = relay.line("control on ").replace("0.0.0.0", "127.0.0.1")
    token = badwire.folder / "token"
    token.write_text(relay.line("control token "))
    assert badwire("ctl", "--at", url, "list").returncode == 1
    assert badwire("ctl", "--at", url, "--token-file", token, "list").returncode == 0
    relay.stop()


@pytest.mark.parametrize("words", [["--control", "nonsense"], ["--control-token", "x"],
                                   ["--control", "127.0.0.1:0", "--control-token", "nowhere"]])
def test_bad_control_options(badwire, words):
    result = badwire("relay", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", *words)
    assert result.returncode == 2 and result.stderr.count("\n") == 1


def test_web_pages_are_refused(relay):
    assert relay.request("GET", "/version", Host="evil.example")[0] == 403
    assert relay.request("POST", "/reset", Origin="http://evil.example")[0] == 403


def test_the_description_is_true(relay):
    """Calls every operation with its example; each answer must be one that is described."""
    status, api = relay.request("GET", "/openapi.json")
    assert status == 200
    resolver = jsonschema.RefResolver("", api)

    def resolved(part):
        return resolver.resolve(part["$ref"])[1] if "$ref" in part else part

    def check(answer, operation, path, method):
        got, body = answer
        described = operation["responses"]
        assert str(got) in described, f"{method} {path}: {got} {body}"
        response = resolved(described[str(got)])
        if "content" in response:
            schema = next(iter(response["content"].values()))["schema"]
            jsonschema.Draft4Validator(schema, resolver=resolver).validate(body)
        else:
            assert body is None
        return got

    def walk():
        for template, operations in api["paths"].items():
            names = {p["name"]: p["example"].replace("relay", "wan")
                     for p in map(resolved, operations.get("parameters", []))}
            for method, operation in sorted(operations.items(), key=lambda one: one[0] == "delete"):
                if method == "parameters":
                    continue
                content = operation.get("requestBody", {}).get("content", {})
                yield template, names, method.upper(), operation, content.get("application/json")

    calls = sorted(walk(), key=lambda call: call[2] == "DELETE" and call[0] == "/proxies/{name}")
    for template, names, method, operation, content in calls:  # the link goes last
        example = content and content["example"]
        if content:
            jsonschema.Draft4Validator(content["schema"], resolver=resolver).validate(example)
        got = check(relay.request(method, template.format(**names), example), operation, template, method)
        assert got < 300, f"the example of {method} {template} is good"
    for template, names, method, operation, content in walk():
        if not names:
            continue
        nobody = {name: "nobody" for name in names}
        answer = relay.request(method, template.format(**nobody), content and content["example"])
        assert check(answer, operation, template, method) == 404
        if content:
            answer = relay.request(method, template.format(**names), ["no object"])
            assert check(answer, operation, template, method) in (400, 404)
        answer = relay.request(method, template.format(**names), Origin="http://evil.example")
        assert check(answer, operation, template, method) == 403
