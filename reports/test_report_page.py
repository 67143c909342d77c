"""The report page in a real browser, the JUnit report in a strict XML parser, and the schema.

Needs Debian's chromium, python3-pytest, python3-pil and python3-jsonschema. ctest names the
executable that turns results.json into a report (report_sample).
"""

import copy
import html as html_entities
import json
import os
import pathlib
import re
import shutil
import subprocess
import xml.etree.ElementTree

import jsonschema
import PIL.Image
import pytest

HERE = pathlib.Path(__file__).parent
SAMPLES = sorted((HERE / "samples").glob("*.json"))
BROWSER = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--virtual-time-budget=5000",
    "--enable-logging=stderr",
]  # fmt: skip


def sample(name):
    return json.loads((HERE / "samples" / f"{name}.json").read_text())


def make(results, kind="html"):
    tool = os.environ.get("BADWIRE_REPORT_SAMPLE")
    assert tool, "set BADWIRE_REPORT_SAMPLE to the built report_sample"
    text = results if isinstance(results, str) else json.dumps(results)
    return subprocess.run([tool, kind], input=text.encode(), capture_output=True, timeout=60)


class Page:
    """One report in headless Chromium; each look is a new browser with an empty profile."""

    def __init__(self, results, folder):
        self.folder = folder
        self.file = folder / "report.html"
        made = make(results)
        assert made.returncode == 0, made.stderr.decode()
        self.file.write_bytes(made.stdout)

    def then(self, script):
        """Uses the page as a person would: by the test's own script, which the policy would stop."""
        html = re.sub(r"<meta http-equiv=[^\n]*", "", self.file.read_text(), count=1)
        self.file.write_text(html.replace("</body>", f"<script>{script}</script></body>"))
        return self

    def look(self, *options, fragment="", may_complain=False):
        browser = shutil.which("chromium", path="/usr/bin") or shutil.which("chromium")
        assert browser, "the browser is missing: install Debian's package chromium"
        profile = self.folder / "profile"
        shutil.rmtree(profile, ignore_errors=True)
        seen = subprocess.run(
            [browser, *BROWSER, f"--user-data-dir={profile}", *options,
             self.file.as_uri() + fragment],
            capture_output=True, timeout=120)  # fmt: skip
        log = seen.stderr.decode(errors="replace")
        self.console = [line for line in log.splitlines() if ":CONSOLE" in line]
        assert may_complain or not self.console, self.console
        return seen.stdout.decode()

    def dom(self, fragment=""):
        """The rendered page: all between <body> and the data."""
        html = self.look("--dump-dom", fragment=fragment)
        assert re.search(r'<html[^>]* data-rendered="true"', html), "the page never finished"
        body = html[html.index("<body") :]
        return Dom(html, body[: body.index('<script type="application/json"')])

    def screenshot(self, *options, size=(1200, 1600)):
        image = self.folder / "page.png"
        self.look(f"--screenshot={image}", "--window-size={},{}".format(*size), *options)
        return PIL.Image.open(image).convert("RGB")


class Dom:
    def __init__(self, html, body):
        self.html = html
        self.body = body
        self.text = re.sub(r"\s+", " ", html_entities.unescape(re.sub(r"<[^>]+>", " ", body)))

    def open_runs(self):
        runs = re.findall(r'<details class="run"[^>]*>', self.body)
        return [re.search(r'id="run-(\d+)"', run)[1] for run in runs if " open" in run]


@pytest.fixture
def page(tmp_path):
    return lambda results: Page(results, tmp_path)


def close_to(image, colour, tolerance=12):
    """About how many pixels have this colour."""
    pixels = image.getcolors(maxcolors=1 << 24)
    return sum(
        n for n, found in pixels if all(abs(a - b) <= tolerance for a, b in zip(found, colour))
    )


def dark_pixels(image):
    return sum(n for n, colour in image.getcolors(maxcolors=1 << 24) if sum(colour) < 400)


WAITING, SERVICE = (0xD9, 0x8C, 0x1F), (0x2F, 0x6F, 0x9F)
WAITING_DARK = (0xE0, 0xA0, 0x45)


def test_the_page_shows_who_waited_for_how_long(page):
    dom = page(sample("waiting")).dom()
    assert "2 clients: mean waiting 9.75 s, longest 19.5 s, mean response 20.3 s." in dom.text
    assert "second 0.500 20.000 21.000 19.500 1.000 20.500" in dom.text  # iterative
    assert "second 0.500 0.500 1.500 0.000 1.000 1.000" in dom.text  # concurrent
    assert "Waiting, compared" in dom.text
    assert dom.open_runs() == ["1", "2"]


def test_charts_are_drawn_and_say_what_they_show(page):
    report = page(sample("waiting"))
    dom = report.dom()
    canvases = re.findall(r"<canvas[^>]*>", dom.body)
    assert len(canvases) == 2, "one per open run; the closed one is made when it is opened"
    for canvas in canvases:
        assert 'data-drawn="true"' in canvas
        assert 'role="img"' in canvas and "mean waiting" in canvas

    image = report.screenshot()
    assert close_to(image, WAITING) > 5000
    assert close_to(image, SERVICE) > 5000
    # The second waited 19.5 s while the first was served for 20 s: bars of nearly the same length.
    rows = [sum(1 for x in range(image.width)
                if all(abs(a - b) <= 12 for a, b in zip(image.getpixel((x, y)), WAITING)))
            for y in range(image.height)]  # fmt: skip
    assert max(rows) > 300


def test_the_page_follows_the_dark_scheme(page):
    image = page(sample("waiting")).screenshot("--blink-settings=preferredColorScheme=0")
    assert sum(image.getpixel((5, 5))) < 120
    assert close_to(image, WAITING_DARK) > 5000


def test_links_show_what_was_asked_and_what_was_achieved(page):
    dom = page(sample("lossy_ftp")).dom()
    assert dom.open_runs() == ["1"], "the only run is open"
    assert "delay constant 5ms; loss 5 %" in dom.text
    # Wilson's interval of 35 in 729, as R's prop.test(35, 729, correct = FALSE) gives it.
    assert "4.8 % [3.47 %, 6.6 %]" in dom.text
    assert "65,536 bytes, the same SHA-256" in dom.text
    assert re.search(r"retransmissions *71", dom.text)
    assert "badwire run scenarios/ftp/stop_and_wait.json --network relay --seed 1" in dom.text


def test_failures_are_open_and_hostile_output_is_text(page):
    dom = page(sample("troubled")).dom()
    assert dom.open_runs() == ["2", "4"], "the failure and the error"
    assert "2 of 3 not met" in dom.text
    assert "cannot start client: ./client: no such file or directory" in dom.text
    assert "18446744073709551615" in dom.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in dom.body
    assert "data-hostile" not in dom.html.split("<body")[0]
    assert "<title>badwire run scenarios · badwire report</title>" in dom.html
    assert "<img" not in dom.body and "<script" not in dom.body


def test_a_link_to_a_run_opens_it(page):
    dom = page(sample("troubled")).dom(fragment="#run-3")
    assert dom.open_runs() == ["2", "3", "4"]
    assert "The machine was too busy" in dom.text


def test_runs_are_filtered_by_verdict_and_opened_by_hand(page):
    shown = r'<details class="run" id="run-(\d+)"(?: open="")?>'
    clicks = "document.querySelector('[data-verdict=inconclusive]').click();"
    dom = page(sample("troubled")).then(clicks).dom()
    assert re.findall(shown, dom.body) == ["3"]
    assert "1 of 4 runs shown" in dom.text

    # A link to a run that the filter hides shows all runs again.
    dom = page(sample("troubled")).then(clicks + "location.hash = '#run-1'").dom()
    assert re.findall(shown, dom.body) == ["1", "2", "3", "4"]

    opens = "document.querySelector('#run-3 > summary').click()"
    dom = page(sample("waiting")).then(opens).dom()
    assert dom.body.count('data-drawn="true"') == 3
    assert "24 clients: mean waiting" in dom.text


def test_the_policy_stops_scripts_that_are_not_the_pages_own(page):
    report = page(sample("lossy_ftp"))
    intruder = "<script>document.documentElement.dataset.hostile = 'ran'</script></body>"
    report.file.write_text(report.file.read_text().replace("</body>", intruder))
    html = report.look("--dump-dom", may_complain=True)
    assert any("Content Security Policy" in line for line in report.console)
    assert "data-hostile" not in html.split("<head>")[0]
    assert 'data-rendered="true"' in html.split("<head>")[0]


def test_the_page_fits_a_phone(page, tmp_path):
    """No sideways scrolling in a frame 400 px wide; a window cannot be so narrow."""
    for name in ("waiting", "troubled", "lossy_ftp"):
        report = page(sample(name))
        report.file.rename(tmp_path / "inner.html")
        report.file.write_text(
            "<!doctype html><body style='margin:0;background:#fff'>"
            "<iframe src='inner.html' style='border:0;width:400px;height:3000px'></iframe>"
        )
        image = report.screenshot(size=(800, 3000))
        assert dark_pixels(image.crop((0, 0, 400, 3000))) > 2000, f"{name}: nothing in the frame"
        margin = image.crop((388, 0, 400, 3000))
        assert dark_pixels(margin) == 0, f"{name}: something reaches into the right margin"


def test_a_thousand_runs_open_quickly(page):
    results = sample("troubled")
    passing = results["runs"][0]
    results["runs"] = [dict(passing, repeat=i) for i in range(999)] + [results["runs"][1]]
    dom = page(results).dom()
    assert dom.body.count('class="run"') == 1000
    assert dom.open_runs() == ["1000"]
    assert dom.body.count('class="body"') == 1, "closed runs are not made"


def test_an_empty_or_minimal_result_still_makes_a_page(page):
    assert "No scenario was run." in page({"version": 1, "runs": []}).dom().text
    run = {"scenario": "a.json", "network": "direct", "seed": 1, "repeat": 0, "verdict": "pass"}
    assert "a.json" in page({"version": 1, "runs": [run]}).dom().text


def test_a_delay_is_judged_by_what_the_relay_says_of_itself(page):
    def results(late_ms):
        fidelity = {"delay_ms": {"asked": 2, "decided": 2, "achieved": 2.06, "low": 2.05, "high": 2.07}}
        link = {"up": {"offered": 9, "delivered": 9, "fidelity": fidelity}, "lateness_ms": {"p99": late_ms}}
        run = {"scenario": "a.json", "network": "relay", "seed": 1, "repeat": 0, "verdict": "pass",
               "links": {"wan": link}}
        return {"version": 1, "runs": [run]}

    assert "is outside" not in page(results(0.1)).dom().text
    assert "is outside" in page(results(0.01)).dom().text


def test_what_never_arrived_is_shown_where_there_is_any(page):
    up = {"offered": 9, "delivered": 5, "dropped": 1, "undeliverable": 2, "in_flight": 1}
    run = {"scenario": "a.json", "network": "relay", "seed": 1, "repeat": 0, "verdict": "inconclusive",
           "links": {"wan": {"up": up, "down": {"offered": 0}, "dropped_by_kernel": 7}}}
    text = page({"version": 1, "runs": [run]}).dom().text
    assert "undeliverable" in text and "in flight" in text
    assert "The system dropped 7 datagrams" in text
    del up["undeliverable"], up["in_flight"], run["links"]["wan"]["dropped_by_kernel"]
    text = page({"version": 1, "runs": [run]}).dom().text
    assert "undeliverable" not in text and "in flight" not in text and "The system dropped" not in text


def test_a_pass_that_proves_little_says_so(page):
    run = {"scenario": "a.json", "network": "relay", "seed": 1, "repeat": 0, "verdict": "pass",
           "vacuous": ["wan.loss: it struck none of 12 packets"], "notes": ["two seconds are lost"]}
    text = page({"version": 1, "runs": [run]}).dom().text
    assert "Pass, but wan.loss: it struck none of 12 packets" in text
    assert "Note: two seconds are lost" in text


def test_a_metric_stands_in_the_unit_of_its_name(page):
    process = {"metrics": {"elapsed_ms": 11100, "rtt_ms": 1.5}}
    run = {"scenario": "a.json", "network": "relay", "seed": 1, "repeat": 0, "verdict": "pass",
           "processes": {"client": process}}
    text = page({"version": 1, "runs": [run]}).dom().text
    assert "elapsed_ms 11,100" in text and "rtt_ms 1.5" in text


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_junit_is_xml_to_a_strict_parser(file):
    results = json.loads(file.read_text())
    root = xml.etree.ElementTree.fromstring(make(results, "junit").stdout)
    assert root.tag == "testsuites"
    assert len(root.findall("testsuite/testcase")) == len(results["runs"])
    assert int(root.get("failures")) == results["summary"]["fail"]
    assert int(root.get("errors")) == results["summary"]["error"]
    assert int(root.get("skipped")) == results["summary"]["inconclusive"]


def schema():
    return json.loads((HERE / "results.schema.json").read_text())


def test_the_schema_is_a_schema():
    jsonschema.Draft7Validator.check_schema(schema())


@pytest.mark.parametrize("file", SAMPLES, ids=lambda file: file.stem)
def test_samples_follow_the_schema(file):
    jsonschema.validate(json.loads(file.read_text()), schema())


# Each changes one place of a good result; the schema and the reader must both refuse it.
BREAKS = {
    "no version": lambda r: r.pop("version"),
    "version 2": lambda r: r.update(version=2),
    "runs is an object": lambda r: r.update(runs={}),
    "negative summary": lambda r: r["summary"].update(fail=-1),
    "started is a number": lambda r: r.update(started=5),
    "no scenario": lambda r: r["runs"][0].pop("scenario"),
    "no network": lambda r: r["runs"][0].pop("network"),
    "seed is text": lambda r: r["runs"][0].update(seed="1"),
    "repeat is negative": lambda r: r["runs"][0].update(repeat=-1),
    "unknown verdict": lambda r: r["runs"][0].update(verdict="maybe"),
    "tags hold a number": lambda r: r["runs"][0].update(tags=[1]),
    "matrix is a list": lambda r: r["runs"][0].update(matrix=[]),
    "met is text": lambda r: r["runs"][0]["expectations"][0].update(met="yes"),
    "no what": lambda r: r["runs"][0]["expectations"][0].pop("what"),
    "stdout is null": lambda r: r["runs"][0]["processes"]["first"].update(stdout=None),
    "arguments is text": lambda r: r["runs"][0]["processes"]["first"].update(arguments="--help"),
    "dropped is a fraction": lambda r: r["runs"][0].update(links={"a": {"up": {"dropped": 0.5}}}),
    "lateness is text": lambda r: r["runs"][0].update(links={"a": {"lateness_ms": {"p50": "1"}}}),
    "waiting without client": lambda r: r["runs"][0]["waiting"][0].pop("client"),
    "waiting is text": lambda r: r["runs"][0]["waiting"][0].update(waiting_ms="long"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_the_reader_and_the_schema_refuse_the_same(name):
    results = copy.deepcopy(sample("waiting"))
    BREAKS[name](results)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(results, schema())
    for kind in ("html", "junit"):
        refused = make(results, kind)
        assert refused.returncode == 1
        assert b"cannot make a report from these results: " in refused.stderr
