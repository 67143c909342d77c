"""What people see: on a terminal of a given size, in a pipe, in colour or not; and what programs read."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time
import unicodedata

import pytest
from conftest import BADWIRE

PASS = {"title": "It passes", "network": "virtual",
        "processes": {"server": {"program": "connection-server"},
                      "client": {"program": "connection-client", "to": "server"}}}
FILE_OVER_WAN = {"network": "virtual", "files": {"file": {"random": "1KiB"}}, "links": {"wan": {"loss": 0.05}},
                 "processes": {"server": {"program": "udp-ftp-server", "args": ["--once"]},
                               "client": {"program": "udp-ftp-client", "args": ["file"], "to": "server",
                                          "over": "wan"}}}


def command(words, title="A command", **more):
    return {"title": title, "network": "direct", "processes": {"main": {"command": words}}, **more}


class Terminal:
    """A command on a terminal of its own: `screen` is all that it wrote."""

    def __init__(self, badwire, *words, columns=80, env=None):
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        clean = {key: value for key, value in badwire.env.items()
                 if key not in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS")}
        self.process = subprocess.Popen([BADWIRE, *map(str, words)], cwd=badwire.folder, stdin=theirs,
                                        stdout=theirs, stderr=theirs, start_new_session=True,
                                        env={**clean, "TERM": "xterm-256color", **(env or {})})
        os.close(theirs)
        self.bytes = b""
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        while True:
            try:
                more = os.read(self.ours, 65536)
            except OSError:
                return
            if not more:
                return
            self.bytes += more

    def wait(self):
        code = self.process.wait(timeout=120)
        self.reader.join(timeout=20)
        os.close(self.ours)
        self.screen = self.bytes.decode()  # strictly: nothing is cut within a character
        return code

    def status_lines(self):
        return re.findall(r"\r\x1b\[K([^\r\n\x1b]+)", self.screen)


def run_on_terminal(badwire, *words, **how):
    terminal = Terminal(badwire, *words, **how)
    terminal.code = terminal.wait()
    return terminal


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in text)


COLOUR = "\x1b[3"


@pytest.mark.parametrize("env, words, coloured", [
    ({}, (), True),
    ({"NO_COLOR": "1"}, (), False),
    ({"NO_COLOR": "0"}, (), False),
    ({"NO_COLOR": ""}, (), True),
    ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, (), False),
    ({"CLICOLOR": "0"}, (), False),
    ({"CLICOLOR": "1"}, (), True),
    ({"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, (), True),
    ({"TERM": "dumb"}, (), False),
    ({"TERM": "dumb", "CLICOLOR_FORCE": "1"}, (), True),
    ({"NO_COLOR": "1"}, ("--color", "always"), True),
    ({"CLICOLOR_FORCE": "1"}, ("--color", "never"), False),
])
def test_colours_on_a_terminal(badwire, env, words, coloured):
    shown = run_on_terminal(badwire, "run", badwire.scenario(PASS), *words, env=env)
    assert shown.code == 0 and "It passes" in shown.screen
    assert (COLOUR in shown.screen) == coloured, shown.screen
    if env.get("TERM") == "dumb":
        assert "\x1b[K" not in shown.screen, "a dumb terminal has no status line"


@pytest.mark.parametrize("env, words, coloured", [
    ({}, (), False),
    ({"CLICOLOR": "1"}, (), False),
    ({"CLICOLOR_FORCE": "1"}, (), True),
    ({"CLICOLOR_FORCE": "0"}, (), False),
    ({"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, (), False),
    ({}, ("--color", "always"), True),
    ({}, ("--color", "auto"), False),
])
def test_colours_in_a_pipe(badwire, env, words, coloured):
    for name in ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"):
        badwire.env.pop(name, None)
    badwire.env.update(env)
    shown = badwire("run", badwire.scenario(PASS), *words)
    assert (COLOUR in shown.stdout) == coloured
    assert shown.stderr == "", "no status line outside of a terminal"


def test_the_status_line_fits_the_terminal_and_tells_how_far_it_is(badwire):
    fails = badwire.scenario(command(["sh", "-c", "sleep 0.2; exit 1"], "f"), "f.json")
    long = badwire.scenario(command(["sleep", "1.2"], "日本語のとても長い題名 äöü " * 9), "long.json")
    shown = run_on_terminal(badwire, "run", fails, long, columns=50)
    lines = shown.status_lines()
    assert any(line.startswith("1 of 2, 0:0") and "1 failed" in line and " left" in line
               for line in lines), lines
    assert all(width(line) < 50 for line in lines), lines
    assert any(line.endswith("…") and "日本" in line for line in lines), lines
    assert len({line.split(", ")[1] for line in lines}) > 1, "the time goes on while nothing ends"
    wide = run_on_terminal(badwire, "run", fails, long, columns=50, env={"COLUMNS": "120"})
    assert max(map(width, wide.status_lines())) > 60, "COLUMNS is asked first"


def test_quiet_has_no_status_line_and_tells_only_of_failures(badwire):
    good = badwire.scenario(PASS, "good.json")
    bad = badwire.scenario(command(["sh", "-c", "echo what a pity >&2; exit 3"], "It fails"), "bad.json")
    shown = run_on_terminal(badwire, "run", "-q", good, bad)
    assert shown.code == 1 and not shown.status_lines()
    assert "It fails" in shown.screen and "what a pity" in shown.screen and "replay:" in shown.screen
    assert "It passes" not in shown.screen and "1 passed, 1 failed" in shown.screen


def test_verbose_tells_all_that_was_expected(badwire):
    path = badwire.scenario({**PASS, "expect": [{"exit": {"client": 0, "server": 0}}]})
    assert "✓" not in badwire("run", path).stdout
    told = badwire("run", "-v", path, "--repeat", 3).stdout
    assert told.count("✓ client exits with 0") == 3 and "seed 3)" in told


def test_the_other_commands_have_the_same_line(badwire):
    path = badwire.scenario(FILE_OVER_WAN)
    for words in (("search", path, "--seeds", 300), ("mutate", path, "--seeds", 2)):
        shown = run_on_terminal(badwire, *words)
        assert any(re.search(r"\d+.*, 0:0\d.*, \d+ failed", line) for line in shown.status_lines()), (
            words, shown.screen)
        assert not run_on_terminal(badwire, *words, "--quiet").status_lines()


def test_what_a_process_printed_cannot_command_the_terminal(badwire):
    path = badwire.scenario(command(["sh", "-c", r"printf '\033]0;gotcha\007\033[2Jbad\n' >&2; exit 1"]))
    for shown in run_on_terminal(badwire, "run", path).screen, badwire("run", path).stdout:
        assert r"\u001b]0;gotcha\u0007" in shown and "\x1b]" not in shown and "\x1b[2J" not in shown


# ---- repetitions and crowds

def test_repetitions_are_told_as_one_with_an_interval(badwire):
    path = badwire.scenario({**FILE_OVER_WAN, "title": "It passes", "expect": [
        {"metric": "link.wan.up.dropped", "equals": 0}]})
    result = badwire("run", path, "--repeat", 20, "--out", "out")
    verdicts = [run["verdict"] for run in badwire.results("out")["runs"]]
    passed = verdicts.count("pass")
    assert 0 < passed < 20 and set(verdicts) == {"pass", "fail"}, result.stdout
    z = 1.959963984540054
    middle, margin = (passed + z * z / 2) / (20 + z * z), z * (
        passed * (20 - passed) / 20 + z * z / 4) ** 0.5 / (20 + z * z)
    assert f"{passed} of 20 passed, 95 % interval {middle - margin:.2f}–{middle + margin:.2f}" in result.stdout
    assert result.stdout.count("It passes") == 1, "one line for all"
    assert result.stdout.count("✗ wan.up.dropped = 0") == 1, "each kind of failure once"
    first = verdicts.index("fail") + 1
    assert f"--network virtual --seed {first}" in result.stdout, "and the command that replays it"
    assert f"fail {20 - passed} times" in result.stdout
    assert re.search(rf"^{passed} passed.*, {20 - passed} failed", result.stdout, re.M)


def test_of_equal_clients_the_exceptions_are_named(badwire):
    crowd = {"title": "Crowd", "network": "direct", "processes": {"client": {
        "command": ["sh", "-c", "case $PWD in *-17|*-3) echo out of luck >&2; exit 4;; esac"],
        "count": 40}}}
    told = badwire("run", badwire.scenario({**crowd, "expect": [{"exit": {"client": 0}}]})).stdout
    assert "✗ client exits with 0: 38 of 40 do; client-3: out of luck; it exited with 4; also client-17" in told
    assert told.count("said: out of luck") == 1 and "client-3 and 1 more said" in told
    assert len(told.splitlines()) < 12, told


# ---- ends before the end

def test_fail_fast_stops_and_says_what_was_not_run(badwire):
    good = badwire.scenario(PASS, "a.json")
    bad = badwire.scenario(command(["false"], "It fails"), "b.json")
    never = badwire.scenario(command(["touch", str(badwire.folder / "ran")], "Never"), "c.json")
    result = badwire("run", good, bad, never, never, "--fail-fast", "--out", "out")
    assert result.returncode == 1
    assert "stopped after the first failure: " in result.stdout and "Never (direct)" in result.stdout
    assert not (badwire.folder / "ran").exists()
    results = badwire.results("out")
    assert [run["verdict"] for run in results["runs"]] == ["pass", "fail"]
    assert results["why_not_run"] == "stopped after the first failure"
    assert {one["scenario"] for one in results["not_run"]} == {never}


def test_an_interrupted_run_says_what_was_not_run_and_keeps_what_ended(badwire):
    quick = badwire.scenario(command(["true"], "Quick"), "quick.json")
    lasting = badwire.scenario(command(["sleep", "60"], "Lasting"), "lasting.json")
    run = badwire.start("run", quick, lasting, "--repeat", 2, "--out", "out")
    results = badwire.folder / "out" / "results.json"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not any(
            b"sleep" in line for _, line in badwire.marked_processes()):
        time.sleep(0.05)
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "interrupted: 2 of 4 runs were not made" in output and "Lasting (direct): 2 runs" in output
    assert "2 passed, 0 failed, 0 inconclusive, 0 errors" in output, "what was cut off is no error"
    kept = json.loads(results.read_text())
    assert [one["title"] for one in kept["runs"]] == ["Quick", "Quick"]
    assert kept["interrupted"] is True and kept["planned"] == 4 and len(kept["not_run"]) == 2


# ---- for programs

def test_json_is_the_whole_of_results_and_nothing_else(badwire):
    bad = badwire.scenario(command(["false"], "It fails"), "b.json")
    result = badwire("run", badwire.scenario(PASS), bad, "--format", "json", "--out", "out")
    told = json.loads(result.stdout)
    assert result.returncode == 1 and told["summary"]["fail"] == 1
    assert told["runs"] == badwire.results("out")["runs"]


def test_json_lines_tell_each_run_as_it_ends(badwire):
    bad = badwire.scenario(command(["false"], "It fails"), "b.json")
    result = badwire("run", badwire.scenario(PASS), bad, "--format", "jsonl", "--trace-human")
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["event"] for one in events] == ["plan", "begin", "end", "begin", "end", "summary"]
    assert events[0]["runs"] == 2 and events[1]["run"]["title"] == "It passes"
    assert [one["run"]["verdict"] for one in events if one["event"] == "end"] == ["pass", "fail"]
    assert events[-1]["summary"] == {"pass": 1, "fail": 1, "inconclusive": 0, "error": 0}
    assert "WHAT BECAME OF IT" in result.stderr, "people read standard error"


def test_tap_is_read_by_a_strict_reader(badwire):
    bad = badwire.scenario(command(["sh", "-c", "echo '# TODO' >&2; exit 1"], "It # fails"), "b.json")
    result = badwire("run", badwire.scenario(PASS), bad, "--format", "tap")
    version, *lines = result.stdout.splitlines()
    assert version == "TAP version 14"
    points = [line for line in lines if re.match(r"(not )?ok ", line)]
    assert points[0] == "ok 1 - It passes (virtual, seed 1)"
    assert points[1] == r"not ok 2 - It \# fails (direct, seed 1)"
    begin, end = lines.index("  ---"), lines.index("  ...")
    block = dict(line.strip().split(": ", 1) for line in lines[begin + 1:end])
    assert block["verdict"] == "fail" and json.loads(block["message"]) and json.loads(block["replay"])
    assert lines[-1] == "1..2" and len(points) == 2


def test_github_gets_annotations_and_a_summary_and_no_command_of_a_process(badwire):
    summary = badwire.folder / "summary.md"
    summary.write_text("before\n")
    badwire.env["GITHUB_STEP_SUMMARY"] = str(summary)
    bad = badwire.scenario(command(["sh", "-c", "echo '::set-output name=x::y%' >&2; exit 1"], "a, b: c"),
                           "b.json")
    result = badwire("run", badwire.scenario(PASS), bad, "--format", "github")
    lines = result.stdout.splitlines()
    token = re.fullmatch(r"::stop-commands::([0-9a-f]{16,})", lines[0])[1]
    end = lines.index(f"::{token}::")
    assert [line.startswith("::") for line in lines[end:]] == [True, True]
    error = lines[end + 1]
    assert error.startswith(f"::error file={bad},title=a%2C b%3A c (direct%2C seed 1)%3A fail::")
    assert "y%25" in error and "\n" not in error
    text = summary.read_text()
    assert text.startswith("before\n### badwire: 1 of 2 runs passed, 1 failed")
    badwire("run", bad)
    assert summary.read_text() == text, "only when it is asked for"


def test_markdown_and_csv_files(badwire):
    grid = command(["echo", "${matrix.word}"], matrix={"word": ["a", "b,c"]})
    result = badwire("run", badwire.scenario(grid), "--markdown", "out.md", "--csv", "out.csv", "--out", "out")
    assert result.returncode == 0, result.stdout + result.stderr
    rows = list(csv.DictReader(io.StringIO((badwire.folder / "out.csv").read_text())))
    assert [row["matrix.word"] for row in rows] == ["a", "b,c"]
    assert [row["verdict"] for row in rows] == ["pass", "pass"] and rows[0]["main.exit"] == "0"
    assert all(row["elapsed_ms"] and float(row["wall_ms"]) > 0 for row in rows)
    text = (badwire.folder / "out.md").read_text()
    assert text.startswith("### badwire: 2 of 2 runs passed\n") and "b,c" in text


def test_a_wrong_choice_names_those_there_are(badwire):
    wrong = badwire("run", badwire.scenario(PASS), "--format", "xml")
    assert wrong.returncode == 2 and "text, github, json, jsonl or tap" in wrong.stderr
