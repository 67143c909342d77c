"""Hostile and broken input and output: one message, the right exit code, at once; never a crash or a hang."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from conftest import BADWIRE

GOOD = {"title": "good", "processes": {"a": {"command": ["true"]}}}
ROOT = os.geteuid() == 0


def quietly(text):
    """Whether a terminal would obey nothing in it."""
    return all(c >= " " or c == "\n" for c in text) and "\x7f" not in text


# ---- files

def test_only_regular_files_of_a_bounded_size_are_read_as_scenarios(badwire):
    os.mkfifo(badwire.folder / "pipe.json")
    (badwire.folder / "folder.json").mkdir()
    with open(badwire.folder / "large.json", "wb") as file:
        file.truncate(1 << 40)
    for name, reason in {"pipe.json": "it is a named pipe, not a regular file",
                         "/dev/zero": "it is a device, not a regular file",
                         "large.json": "it is larger than"}.items():
        for command in ("check", "run"):
            result = badwire(command, name, timeout=20)
            assert result.returncode == 2 and reason in result.stderr, result.stderr
            assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name, reason", [
    ("pipe", "it is a named pipe"), ("/dev/zero", "is not below the folder of the scenario"),
    ("/etc/passwd", "is not below the folder of the scenario"), ("../trace", "is not below the folder"),
    ("link", "is not below the folder"), ("none", "there is no such file")])
def test_a_delivery_trace_is_a_regular_file_below_the_scenario(badwire, name, reason):
    os.mkfifo(badwire.folder / "pipe")
    os.symlink("/etc/passwd", badwire.folder / "link")
    path = badwire.scenario({**GOOD, "links": {"wan": {"rate": {"trace": name}}}})
    result = badwire("check", path, timeout=20)
    assert result.returncode == 2, result.stderr
    assert "/links/wan/rate/trace: " in result.stderr and reason in result.stderr
    assert "root:" not in result.stderr, "nothing of the file is shown"


# ---- JSON that hurts

LONG = "x" * 30_000
HURTING = {
    "a long duration": ({**GOOD, "links": {"w": {"delay": LONG}}}, "/links/w/delay"),
    "a long size": ({**GOOD, "files": {"f": {"random": LONG}}}, "/files/f/random"),
    "a long name": ({"processes": {"a" + LONG: {"command": ["true"]}}, "expect": [{"exit": {"b": 0}}]}, "/expect/0/exit/b"),
    "a deep object": ('{"processes": ' + '{"a":' * 100_000 + "1" + "}" * 100_001, "nested too deep"),
    "a deep list": ("[" * 200_000, "nested too deep"),
    "a number beyond all": ('{"processes": {"a": {"command": ["true"]}}, "time_limit": 1e999}', "/time_limit: 1e999 is too large"),
    "a seed beyond all": ({**GOOD, "seed": 2**64}, "/seed"),
    "a negative seed": ({**GOOD, "seed": -1}, "/seed"),
    "a key that stands twice": ('{"title": "a", "title": "b", "processes": {"a": {"command": ["true"]}}}', "/title: the key stands here twice"),
    "control characters": ({"processes": {"a\x1b[31m\0": {"command": ["true"]}}}, "/processes/a\\u001b[31m\\u0000"),
    "200,000 processes": ({"processes": {f"p{i}": {"command": ["true"], "count": 10_000} for i in range(20)}}, "more than 150000 processes"),
    "a chain of 100,000": ({"processes": {f"p{i}": {"command": ["true"], "after": f"p{max(0, i - 1)}"} for i in range(100_000)}}, "at most 10000 members"),
    "a schedule of 40,000": ({**GOOD, "links": {"w": {"schedule": [{"at": f"{i}ms", "delay": "1ms"} for i in range(40_000)]}}}, "at most 10000 changes"),
    "overlapping changes": ({**GOOD, "links": {"w": {"schedule": [{"at": f"{i}ms", "for": "1h", "loss": 0.1} for i in range(4_000)]}}}, "more than 100 changes hold at the same time"),
    "10,000 long combinations": ({**GOOD, "title": LONG, "matrix": {"a": list(range(100)), "b": list(range(100))}}, "at most 64 MiB in all"),
    "a matrix of 101 x 100": ({**GOOD, "matrix": {"a": list(range(101)), "b": list(range(100))}}, "more than 10000 combinations"),
    "many copies of much": ({"processes": {"a": {"command": ["cat"], "count": 10_000, "input": ["line"] * 10_000}}}, "at most 64 MiB in all"),
}


@pytest.mark.parametrize("name", HURTING)
def test_json_that_hurts_is_refused_at_once(badwire, name):
    content, expected = HURTING[name]
    path = badwire.scenario(content)
    for command in ("check", "run"):
        result = badwire(command, path, timeout=30)
        assert result.returncode == 2, result.stderr[:500]
        assert expected in result.stderr and quietly(result.stderr), result.stderr[:500]
        assert max(map(len, result.stderr.splitlines())) < 5_000


@pytest.mark.parametrize("content", [
    {**GOOD, "links": {"w": {"schedule": [{"at": f"{i}ms", "delay": "1ms"} for i in range(4_000)]}}},
    {**GOOD, "expect": [{"exit": {"a": 0}}] * 50_000},
    {"processes": {f"p{i}": {"command": ["true"], **({"after": f"p{i - 1}"} if i else {})} for i in range(3_000)}},
    {**GOOD, "seed": 2**64 - 1}], ids=["schedule", "expectations", "chain", "seed"])
def test_large_but_sound_scenarios_are_read_quickly(badwire, content):
    result = badwire("check", badwire.scenario(content), timeout=30)
    assert result.returncode == 0, result.stderr[:500]


def test_a_seed_of_64_bits_is_kept_exactly(badwire):
    path = badwire.scenario({"processes": {"a": {"command": ["true"]}}, "seed": 2**64 - 1})
    assert badwire("run", path, "--out", "out").returncode == 0
    assert badwire.results("out")["runs"][0]["seed"] == 2**64 - 1


def test_what_processes_print_is_made_printable(badwire):
    code = "import sys; sys.stderr.write('\\x1b]0;owned\\x07\\x00bad\\n'); sys.exit(1)"
    path = badwire.scenario({"title": "red\x1b[31m", "processes": {"a": {"command": [sys.executable, "-c", code]}}})
    result = badwire("run", path)
    assert result.returncode == 1 and quietly(result.stdout) and quietly(result.stderr)
    assert "\\u001b]0;owned\\u0007\\u0000bad" in result.stdout
    assert "red\\u001b[31m" in result.stdout


# ---- metrics that a process wrote

@pytest.mark.parametrize("write, reason", [
    ("os.mkfifo(path)", "it is a named pipe"),
    ("os.mkdir(path)", "it is a folder"),
    ("open(path, 'w').write('[' * 100000)", "nested too deep"),
    ("open(path, 'w').write('{\"n\": 1e999}')", "/n: 1e999 is too large"),
    ("open(path, 'w').write('{\"n\": ')", "broken JSON"),
    ("open(path, 'w').write('7')", "expected an object"),
    ("os.truncate(os.open(path, os.O_CREAT | os.O_RDWR), 1 << 40)", "it is larger than 16 MiB"),
    ("os.symlink('/dev/zero', path)", "it is a device")])
def test_metrics_that_cannot_be_used_are_that_process_own_fault(badwire, write, reason):
    code = f"import os; path = os.environ['BADWIRE_METRICS']; {write}"
    path = badwire.scenario({"processes": {"a": {"command": [sys.executable, "-c", code]}},
                             "expect": [{"metric": "a.n", "at_least": 1}]})
    result = badwire("run", path, timeout=60)
    assert result.returncode == 1, result.stdout
    assert reason in result.stdout and "the metrics that it wrote" in result.stdout


# ---- output that cannot be written

@pytest.mark.parametrize("words", [["schema"], ["list", "programs"], ["--version"], ["--help"], ["run", "--help"],
                                   ["check", "good.json"], ["run", "good.json"], ["exec", "datagram-sender", "--help"]])
def test_output_that_cannot_be_written_is_an_error_but_a_reader_may_leave(badwire, words):
    badwire.scenario(GOOD, "good.json")
    with open("/dev/full", "w") as full:
        result = subprocess.run([BADWIRE, *words], cwd=badwire.folder, env=badwire.env, stdout=full,
                                stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert (result.returncode, "is the disk full?" in result.stderr) == (4, True), result.stderr
    read, write = os.pipe()
    os.close(read)
    result = subprocess.run([BADWIRE, *words], cwd=badwire.folder, env=badwire.env, stdout=write,
                            stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(write)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.skipif(not ROOT, reason="a small file system can be mounted by root only")
@pytest.mark.parametrize("scenario, reason", [
    ({**GOOD, "files": {"large": {"random": "4MiB"}}}, "large"),
    ({"processes": {"a": {"command": ["head", "-c", "4000000", "/dev/zero"]}}}, "a log of what it prints")])
def test_a_full_disk_is_the_harness_trouble_and_no_failure(badwire, scenario, reason):
    path = badwire.scenario(scenario)
    small = badwire.folder / "small"
    small.mkdir()
    script = f"mount -t tmpfs -o size=1m none {small} && exec {BADWIRE} run {path} --out {small}/out"
    result = subprocess.run(["unshare", "--mount", "sh", "-c", script], cwd=badwire.folder, env=badwire.env,
                            capture_output=True, text=True, timeout=60, check=False)
    if "unshare" in result.stderr or "mount:" in result.stderr:
        pytest.skip(result.stderr)
    assert result.returncode == 4, result.stdout + result.stderr
    assert reason in result.stdout, result.stdout


def test_no_descriptors_left_is_the_harness_trouble_and_no_failure(badwire):
    path = badwire.scenario({"processes": {"a": {"command": ["true"], "count": 40}}})
    result = subprocess.run(["sh", "-c", f"ulimit -n 24; exec {BADWIRE} run {path}"], cwd=badwire.folder,
                            env=badwire.env, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 4, result.stdout + result.stderr
    assert "Too many open files" in result.stdout, result.stdout


# ---- the folder of results

def test_files_of_others_are_never_touched(badwire):
    path = badwire.scenario(GOOD)
    foreign = badwire.folder / "foreign"
    (foreign / "runs").mkdir(parents=True)
    (foreign / "runs" / "dear.txt").write_text("dear")
    (foreign / "results.json").write_text("{}")
    result = badwire("run", path, "--out", "foreign")
    assert result.returncode == 4 and "did not write" in result.stderr, result.stderr
    assert (foreign / "runs" / "dear.txt").read_text() == "dear"
    assert (foreign / "results.json").read_text() == "{}"


def test_two_runs_do_not_share_a_folder_and_a_killed_one_leaves_it_free(badwire):
    lasting = badwire.scenario({"processes": {"a": {"command": ["sleep", "60"]}}}, "lasting.json")
    quick = badwire.scenario({"processes": {"a": {"command": ["true"]}}}, "quick.json")
    first = badwire.start("run", quick, lasting, "--out", "out")
    results = badwire.folder / "out" / "results.json"
    deadline = time.monotonic() + 30
    while not results.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    second = badwire("run", quick, "--out", "out")
    assert second.returncode == 4 and "is in use" in second.stderr, second.stderr
    first.send_signal(signal.SIGKILL)
    first.wait(timeout=30)
    kept = badwire.results("out")
    assert [run["verdict"] for run in kept["runs"]] == ["pass"]
    assert kept["interrupted"] is True and kept["planned"] == 2
    assert badwire("report", "out").returncode == 0
    assert badwire("run", quick, "--out", "out").returncode == 0
    assert "interrupted" not in badwire.results("out")


# ---- processes

def test_what_a_process_prints_takes_bounded_memory_and_the_rest_is_told(badwire):
    code = "import sys\nprint('first')\nfor i in range(1000): sys.stdout.write(('x' * 99 + '\\n') * 1000)"
    path = badwire.scenario({"processes": {"a": {"command": [sys.executable, "-c", code]}},
                             "expect": [{"output": "a", "lacks": "second"}, {"exit": {"a": 0}}]})
    process = badwire.start("run", path, "--out", "out")
    text = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 1, text
    assert usage.ru_maxrss < 150_000, "kB, of 100 MB that were printed"
    assert "its first " in text and "bytes are not kept" in text
    assert (badwire.folder / "out/runs/0001-scenario-direct/a.stdout").stat().st_size == 100_000_006


def test_a_process_that_leaves_session_group_and_environment_does_not_outlive_the_run(badwire):
    mark = f"badwire_orphan_{os.getpid()}"
    (badwire.folder / "daemon.py").write_text(f"""
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.chdir("/")
        os.execve(sys.executable, ["python3", "-c", "import time; time.sleep(300) # {mark}"], {{}})
    os._exit(0)
os.wait()
""")
    path = badwire.scenario({"processes": {"a": {"command": [sys.executable, "daemon.py"]}}})
    assert badwire("run", path).returncode == 0
    left = subprocess.run(["pgrep", "-f", mark], capture_output=True, text=True, check=False).stdout.split()
    for pid in left:
        os.kill(int(pid), signal.SIGKILL)
    assert left == []
