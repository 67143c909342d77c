"""Results and runs as notebooks show them: whole HTML, and nothing that did not pass is hidden."""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser

import badwire


class Reader(HTMLParser):
    """Checks that every element is closed in its turn; collects the text."""

    def __init__(self, html):
        super().__init__()
        self.open, self.texts, self.names = [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.names.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", "".join(self.texts))


def with_verdicts(results, *verdicts):
    entries = []
    for number, verdict in enumerate(verdicts):
        entry = copy.deepcopy(results.json["runs"][0])
        entry |= {"verdict": verdict, "seed": number,
                  "message": "" if verdict == "pass" else f"why {number}"}  # fmt: skip
        entries.append(entry)
    return badwire.Results({**results.json, "runs": entries})


def test_a_run_shows_its_verdict_expectations_processes_and_links(lossy_ftp):
    (run,) = badwire.run(lossy_ftp, network="virtual", seed=7)
    shown = Reader(run._repr_html_())

    assert "A file over a link that loses on virtual, seed 7: pass" in shown.text
    for word in ("udp-ftp-client", "wan", str(run.links["wan"].up.dropped), run.expectations[0].what):
        assert word in shown.text
    assert not {"script", "link", "img"} & set(shown.names)


def test_what_others_wrote_is_no_markup(waiting_experiment):
    waiting_experiment["title"] = "<script>alert(1)</script> & more"
    results = badwire.run(waiting_experiment)

    for one in (results, results[0]):
        assert "<script" not in one._repr_html_()
        assert "<script>alert(1)</script> & more" in Reader(one._repr_html_()).text


def test_every_verdict_is_counted_and_the_worst_come_first(waiting_experiment):
    one = badwire.run(waiting_experiment)
    results = with_verdicts(one, *["pass"] * 30, "inconclusive", "fail", "skipped", "error")

    shown = Reader(results._repr_html_()).text
    assert shown.startswith("1 error, 1 fail, 1 inconclusive, 1 skipped, 30 pass")
    assert [f"why {number}" in shown for number in (30, 31, 32, 33)] == [True] * 4
    assert shown.index("why 33") < shown.index("why 31") < shown.index("why 30")
    assert "and 14 more: 14 pass" in shown


def test_what_is_left_out_is_counted_by_verdict(waiting_experiment):
    results = with_verdicts(badwire.run(waiting_experiment), *["fail"] * 25, *["inconclusive"] * 2)
    assert "and 7 more: 5 fail, 2 inconclusive" in Reader(results._repr_html_()).text


def test_a_verdict_that_is_not_known_and_no_runs_at_all_never_pass(waiting_experiment):
    one = badwire.run(waiting_experiment)
    skipped = with_verdicts(one, "pass", "skipped")
    assert skipped.verdict == "skipped" and not skipped.passed
    assert "1 pass, 1 skipped" in repr(skipped) and "why 1" in repr(skipped)

    nothing = with_verdicts(one)
    assert nothing.verdict == "inconclusive" and not nothing.passed
    assert "no runs" in repr(nothing) and "no runs" in nothing._repr_html_()


def test_a_pass_that_says_less_than_it_seems_says_so(lossy_ftp):
    lossy_ftp["links"]["spare"] = {"loss": 1}
    results = badwire.run(lossy_ftp, network="virtual")
    for one in (results, results[0]):
        assert "but spare: no process goes" in Reader(one._repr_html_()).text
