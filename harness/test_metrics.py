"""GET /metrics of a running relay: OpenMetrics, as its specification says, and as Prometheus reads it."""

import http.client
import re
import urllib.request

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from test_control import Controlled

TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABELS = r'(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*",?)*'
SUFFIXES = {"counter": {"_total"}, "gauge": {""}, "info": {"_info"}, "summary": {"", "_count", "_sum"}}


def strictly(text):
    """{family: {(sample, labels): value}}; asserts what the specification's ABNF and its prose demand."""
    assert text.endswith("# EOF\n") and text.count("# EOF") == 1
    families, kind, described, seen = {}, {}, [], None
    for line in text.removesuffix("# EOF\n").splitlines():
        if described_as := re.fullmatch(rf"# (TYPE|UNIT|HELP) ({NAME}) (.*)", line):
            what, name, value = described_as.groups()
            if what == "TYPE":
                assert name not in families, "a family begins once"
                families[name], kind[name], seen, described = {}, value, name, []
            assert name == seen and what not in described and not families[name]
            described.append(what)
            assert what != "UNIT" or name.endswith("_" + value)
            continue
        sample = re.fullmatch(rf"({NAME})\{{({LABELS})\}} (\S+)", line)
        assert sample, line
        name, labels, value = sample.groups()
        assert name.startswith(seen) and name[len(seen):] in SUFFIXES[kind[seen]], line
        assert not labels.endswith(",") and (name, labels) not in families[seen], line
        families[seen][name, labels] = float(value)
        assert kind[seen] != "counter" or float(value) >= 0
    return families


@pytest.fixture
def relay(badwire):
    running = Controlled(badwire, "--name", 'w"a\\n', "--up", '{"exact": [{"nth": 2, "action": "drop"}]}')
    yield running
    running.stop()


def scrape(relay):
    with urllib.request.urlopen(relay.url + "/metrics", timeout=20) as answer:
        assert answer.headers["Content-Type"] == TYPE
        return answer.read().decode()


def test_metrics_are_strict_openmetrics_and_count_every_datagram_once(relay):
    assert relay.passes(b"one") and not relay.passes(b"two") and relay.passes(b"three")
    text = scrape(relay)
    link = r'link="w\"a\\n"'
    up = f'{link},direction="up"'
    families = strictly(text)
    datagrams = families["badwire_datagrams"]
    assert families["badwire_datagrams_offered"]["badwire_datagrams_offered_total", up] == 3
    assert datagrams["badwire_datagrams_total", f'{up},fate="delivered"'] == 2
    assert datagrams["badwire_datagrams_total", f'{up},fate="dropped"'] == 1
    dropped = families["badwire_datagrams_dropped"]
    assert dropped["badwire_datagrams_dropped_total", f'{up},cause="exact"'] == 1
    assert sum(value for (_, labels), value in dropped.items() if labels.startswith(up)) == 1
    assert families["badwire_datagram_bytes"]["badwire_datagram_bytes_total", f'{up},fate="offered"'] == 11
    assert families["badwire_link_cut"]["badwire_link_cut", link] == 0
    relay.request("POST", "/proxies/w%22a%5Cn", {"cut": True})
    assert strictly(scrape(relay))["badwire_link_cut"]["badwire_link_cut", link] == 1


def test_prometheus_reads_the_same(relay):
    assert relay.passes(b"one")
    families = {one.name: one for one in text_string_to_metric_families(scrape(relay))}
    offered = {sample.labels["direction"]: (sample.labels["link"], sample.value)
               for sample in families["badwire_datagrams_offered"].samples}
    assert offered == {"up": ('w"a\\n', 1), "down": ('w"a\\n', 0)}
    assert families["badwire_lateness_seconds"].type == "summary"
    assert families["badwire_build"].samples[0].labels["version"]


def test_no_link_is_no_sample_and_a_token_is_asked_for(badwire):
    (badwire.folder / "token").write_text("secret\n")
    alone = badwire.start("relay", "--control", "127.0.0.1:0", "--control-token", "token")
    try:
        url = alone.stdout.readline().removeprefix("control on http://").strip()
        connection = http.client.HTTPConnection(url, timeout=20)
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 401
        connection = http.client.HTTPConnection(url, timeout=20)
        connection.request("GET", "/metrics", headers={"Authorization": "Bearer secret"})
        answer = connection.getresponse()
        assert answer.status == 200
        families = strictly(answer.read().decode())
        assert families["badwire_datagrams_offered"] == {}
    finally:
        alone.terminate()
        alone.communicate(timeout=60)
