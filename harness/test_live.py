"""--serve: the page of a network that runs, its events, and who may see and change it."""

import http.client
import json
import re
import signal
import socket
import time

import pytest
from conftest import Relay

COLUMNS = ["at_ms", "link", "direction", "from", "to", "flow", "nth", "bytes", "words", "fate", "arrives_ms",
           "why", "rules", "occurrence", "again", "strike", "copies_ms", "head"]


class Events:
    """Reads /events as a browser does."""

    def __init__(self, address, path="/events", **headers):
        host, _, port = address.rpartition(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=60)
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        self.all = []

    def __iter__(self):
        kind, data = None, None
        for raw in self.answer:
            line = raw.decode().rstrip("\n")
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                data = json.loads(line.removeprefix("data: "))
            elif not line and kind:
                self.all.append((kind, data))
                yield kind, data
                kind = None

    def until(self, condition):
        """The first event for which it holds."""
        for kind, data in self:
            if condition(kind, data):
                return kind, data
        raise AssertionError(f"the events ended: {self.all}")

    def packets(self, count):
        rows = []
        for kind, data in self:
            if kind == "packet":
                rows.append(dict(zip(COLUMNS, data, strict=True)))
                if len(rows) == count:
                    return rows
        raise AssertionError(self.all)

    def close(self):
        self.answer.close()
        self.connection.close()


class Served(Relay):
    def __init__(self, badwire, *words):
        super().__init__(badwire, "--name", "wan", "--serve", "127.0.0.1:0", *words)
        self.url = self.line("live on ")
        self.address = re.fullmatch(r"http://([^/]+)/.*", self.url)[1]

    def events(self, **headers):
        return Events(self.address, **headers)

    def ask(self, method, path, body=None, **headers):
        host, _, port = self.address.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, None if body is None else json.dumps(body), given)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers

    def echo(self, data):
        """There and back."""
        self.send(data)
        got, whence = self.server.recvfrom(100)
        self.server.sendto(got, whence)
        assert self.client.recv(100) == data


@pytest.fixture
def relay(badwire):
    running = Served(badwire, "--up", '{"exact": [{"nth": 2, "action": "drop"}]}')
    yield running
    if running.process.poll() is None:
        running.stop()


def test_the_page_is_one_file_that_asks_nobody_else(relay):
    status, text, headers = relay.ask("GET", "/")
    assert status == 200 and headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<html" in text and "badwire relay: wan" in text
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "connect-src 'self'" in policy and "frame-ancestors 'none'" in policy
    assert relay.ask("GET", "/nothing")[0] == 404


def test_every_packet_is_told_with_its_fate(relay):
    relay.echo(b"one")
    relay.send(b"two")
    relay.echo(b"three")
    events = relay.events()
    rows = events.packets(5)
    assert events.all[0][0] == "state"
    state = events.all[0][1]
    assert state["control"] is True and state["links"]["wan"]["cut"] is False
    assert "exact" in state["links"]["wan"]["up"]
    up = [row for row in rows if row["direction"] == "up"]
    assert [row["fate"] for row in up] == ["delivered", "dropped", "delivered"]
    assert [row["nth"] for row in up] == [1, 2, 3]
    assert up[0]["from"] == "client 1" and up[0]["to"] == "server" and up[0]["bytes"] == 3
    assert up[0]["arrives_ms"] >= up[0]["at_ms"] and up[1]["arrives_ms"] is None
    assert "exact" in up[1]["rules"] and up[1]["why"] and up[0]["head"] == b"one".hex()
    down = [row for row in rows if row["direction"] == "down"]
    assert [(row["from"], row["to"]) for row in down] == [("server", "client 1")] * 2
    events.close()


def test_what_a_page_of_its_own_changes_is_seen_and_holds(relay):
    events = relay.events()
    events.until(lambda kind, _: kind == "state")
    own = f"http://{relay.address}"
    status, text, _ = relay.ask("PATCH", "/links/wan/impairments", {"up": {"loss": 1}}, Origin=own,
                                Sec_Fetch_Site="same-origin")
    assert status == 200, text
    events.until(lambda kind, data: kind == "state" and data["links"]["wan"]["up"].get("loss") == 1)
    assert relay.ask("POST", "/links/wan", {"cut": True}, Origin=own)[0] == 200
    events.until(lambda kind, data: kind == "state" and data["links"]["wan"]["cut"])
    relay.send(b"lost")
    row, = events.packets(1)
    assert row["fate"] == "dropped" and "cut" in row["rules"]
    events.close()


@pytest.mark.parametrize("headers", [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1"},
    {"Origin": "https://{address}"}, {"Host": "evil.example"}, {"Host": "evil.example:{port}"},
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"},
    {"Host": "evil.example", "Origin": "http://evil.example"},
])
def test_other_origins_and_names_are_refused(relay, headers):
    port = relay.address.rpartition(":")[2]
    given = {name: value.format(address=relay.address, port=port) for name, value in headers.items()}
    for method, path, body in (("GET", "/", None), ("GET", "/events", None), ("GET", "/links", None),
                               ("POST", "/links/wan", {"cut": True})):
        assert relay.ask(method, path, body, **given)[0] == 403, (method, path)
    assert '"cut":false' in relay.ask("GET", "/links/wan")[1]


def test_a_token_is_needed_for_all_but_the_page(badwire):
    (badwire.folder / "token").write_text("secret\n")
    relay = Served(badwire, "--control-token", "token")
    assert relay.url.endswith("/#token=secret")
    assert relay.ask("GET", "/")[0] == 200
    for token in None, "Bearer wrong", "secret":
        headers = {"Authorization": token} if token else {}
        assert relay.ask("GET", "/events", **headers)[0] == 401
        assert relay.ask("POST", "/links/wan", {"cut": True}, **headers)[0] == 401
    good = {"Authorization": "Bearer secret"}
    assert relay.ask("POST", "/links/wan", {"cut": True}, **good)[0] == 200
    events = relay.events(**good)
    events.until(lambda kind, data: kind == "state" and data["links"]["wan"]["cut"] is True)
    events.close()
    relay.stop()


def test_other_machines_need_a_token_that_is_made_up(badwire):
    relay = badwire.start("relay", "--serve", "0.0.0.0:0", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9")
    relay.stdout.readline()
    token = re.fullmatch(r"live on http://0\.0\.0\.0:\d+/#token=([0-9a-f]{64})\n", relay.stdout.readline())
    assert token
    relay.send_signal(signal.SIGINT)
    relay.communicate(timeout=60)


def test_a_slow_viewer_loses_events_and_is_told_while_the_relay_goes_on(relay):
    slow = socket.create_connection(relay.address.rsplit(":", 1))
    slow.sendall(f"GET /events HTTP/1.1\r\nHost: {relay.address}\r\n\r\n".encode())
    quick = relay.events()
    quick.until(lambda kind, _: kind == "state")
    sent = 80_000  # rows of some 500 bytes: more than is kept, and than the sockets hold
    for number in range(sent):
        relay.send(b"%064d" % number)
        if number % 100 == 0:  # the relay's own buffers are bounded, too
            relay.server.recv(100)
            relay.server.setblocking(False)
            try:
                while True:
                    relay.server.recv(100)
            except BlockingIOError:
                relay.server.settimeout(20)
    for _ in range(3):  # after what the relay's socket still holds
        time.sleep(0.5)
        relay.send(b"the last")
    last = b"the last".hex()
    quick.until(lambda kind, data: kind == "packet" and data[-1] == last)
    slow.settimeout(60)
    text = b""
    while last.encode() not in text[-200_000:]:
        more = slow.recv(1 << 20)
        assert more
        text += more
    left_out = sum(json.loads(data)["events"]
                   for data in re.findall(rb"event: left_out\ndata: (.*)\n", text))
    rows = len(re.findall(rb"event: packet\n", text))
    assert left_out > 0 and rows > 0
    counted = relay.stop()
    assert counted["link"]["up"]["offered"] <= left_out + rows + 50, "no row is lost unsaid"
    quick.close(), slow.close()


def test_many_may_watch_but_not_any_number(relay):
    relay.echo(b"one")
    watching = [relay.events() for _ in range(16)]
    assert all(one.packets(1)[0]["words"] for one in watching)
    assert relay.ask("GET", "/events")[0] == 503
    for one in watching:
        one.close()


def test_the_end_of_a_relay_is_told_and_it_ends_in_time(relay):
    events = relay.events()
    events.until(lambda kind, _: kind == "state")
    idle = socket.create_connection(relay.address.rsplit(":", 1))
    begin = time.monotonic()
    relay.process.send_signal(signal.SIGINT)
    events.until(lambda kind, _: kind == "end")
    assert not list(events), "nothing comes after it"
    relay.process.communicate(timeout=30)
    assert relay.process.returncode == 0 and time.monotonic() - begin < 30
    idle.close(), events.close()


FILE = {"title": "A file", "network": "virtual", "files": {"file": {"random": "2KiB"}},
        "links": {"wan": {"loss": 0.1, "delay": "5ms"}},
        "processes": {"server": {"program": "udp-ftp-server", "args": ["--once"]},
                      "client": {"program": "udp-ftp-client", "args": ["file"], "to": "server", "over": "wan"}}}


def serve_run(badwire, scenario, *words):
    run = badwire.start("run", badwire.scenario(scenario), "--serve", "127.0.0.1:0", *words)
    line = run.stdout.readline()
    return run, re.fullmatch(r"live on http://([^/]+)/\n", line)[1]


@pytest.mark.parametrize("network", ["virtual", "relay"])
def test_a_page_that_joins_late_sees_the_whole_run(badwire, network):
    run, address = serve_run(badwire, FILE, "--network", network, "--out", "out", "--serve-for", "60s")
    for line in run.stdout:
        if line.startswith("the page stays at"):
            break
    events = Events(address)
    events.until(lambda kind, _: kind == "end")
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode == 0, "all passed before"
    kinds = [kind for kind, _ in events.all]
    state = events.all[0][1]
    assert kinds[0] == "state" and state["control"] is False and state["processes"] == ["server", "client"]
    assert state["links"]["wan"]["between"] == ["client", "server"] and state["links"]["wan"]["up"]["loss"] == 0.1
    assert [data[1:] for kind, data in events.all if kind == "event"].count(["client", "ends"]) == 1
    assert any(kind == "output" and data[1] == "server" and "listening on" in data[2] for kind, data in events.all)
    assert events.all[-1][1]["verdict"] == "pass"
    rows = [data for kind, data in events.all if kind == "packet"]
    entry = badwire.results("out")["runs"][0]
    trace = json.loads((badwire.folder / "out" / entry["folder"] / "trace.json").read_text())["packets"]
    assert trace["columns"] == COLUMNS
    by_place = {name: COLUMNS.index(name) for name in COLUMNS}

    def told(row):
        return [row[place] for name, place in by_place.items() if name != "again"]

    assert sorted(map(told, rows), key=str) == sorted(map(told, trace["data"]), key=str)


def test_one_run_after_the_other_and_none_is_held_up(badwire):
    run, address = serve_run(badwire, FILE, "--repeat", "3")
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 0 and "3 of 3 passed" in output, "without a terminal it ends with its runs"
    refused = badwire("run", badwire.scenario(FILE), "--serve", "127.0.0.1:0", "--jobs", "2")
    assert refused.returncode == 2 and "one run at a time" in refused.stderr
    wrong = badwire("run", badwire.scenario(FILE), "--serve", "8475")
    assert wrong.returncode == 2 and "ADDRESS:PORT" in wrong.stderr


def test_nothing_can_be_changed_in_a_run(badwire):
    run, address = serve_run(badwire, FILE, "--serve-for", "60s")
    host, _, port = address.rpartition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    connection.request("POST", "/links/wan", json.dumps({"cut": True}))
    assert connection.getresponse().status == 404
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
