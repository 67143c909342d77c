"""badwire grade: submissions are built, started and held to a rubric, each apart from the others."""

import csv
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import SCENARIOS
from synthetic_submissions import BOTH, COSTS, RUBRIC, write_all, write_submission

RULES = {rule["name"]: rule for rule in RUBRIC["rules"]}


class Class:
    """A folder of submissions and a rubric."""

    def __init__(self, badwire):
        self.badwire = badwire
        self.folder = badwire.folder / "submissions"

    def rubric(self, content, name="rubric.json"):
        return self.badwire.scenario(content, name)

    def grade(self, rubric=None, out="out", *words, jobs=2):
        ran = self.badwire("grade", self.folder, "--rubric", self.rubric(rubric or RUBRIC), "--out", out,
                           "--jobs", jobs, *words, timeout=600)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        with open(self.badwire.folder / out / "grades.csv", newline="") as file:
            return {row["submission"]: row for row in csv.DictReader(file)}

    def json(self, out="out"):
        return json.loads((self.badwire.folder / out / "grades.json").read_text())

    def confined(self, out="out"):
        return self.json(out)["kept_apart"]


@pytest.fixture
def group(badwire, guests):
    """Skips where nothing keeps submissions apart, as in a chroot: some would cost this machine."""
    tried = Class(badwire)
    write_submission(tried.folder / "tried", "python", None, 100)
    tried.grade(with_rules("arrives"), "tried")
    if not tried.confined("tried"):
        pytest.skip(tried.json("tried")["why_not_kept_apart"])
    shutil.rmtree(tried.folder)
    return tried


def with_rules(*names, **more):
    return {**RUBRIC, "rules": [RULES[name] for name in names], **more}


def lost_points(row):
    return {name for name, rule in RULES.items() if float(row[name]) < rule["points"]}


def test_thirty_submissions_lose_what_their_bugs_cost(group):
    planted = write_all(group.folder)
    table = group.grade()
    assert len(table) == len(planted) == 33
    for name, bug in planted.items():
        lost = lost_points(table[name])
        sure = set(COSTS[bug])
        assert sure <= lost <= sure | {"loss"}, (name, lost)
    kinds = {bug: {tuple(table[name][rule] for rule in RULES if rule != "loss")
                   for name, other in planted.items() if other == bug} for bug in COSTS}
    assert all(len(rows) == 1 for rows in kinds.values()), kinds  # in each language, the same
    assert len(set.union(*kinds.values())) == len(COSTS)          # and no two bugs look alike


def test_a_regrade_is_the_same_to_the_last_byte(group):
    for language in ("python", "c", "perl"):
        write_submission(group.folder / f"bad-{language}", language, "ignores_ack_number", 100)
        write_submission(group.folder / f"good-{language}", language, None, 100)
    rubric = with_rules("arrives", "old_ack", "loss")
    group.grade(rubric, "first")
    group.grade(rubric, "second", jobs=1)
    first, second = (group.badwire.folder / out for out in ("first", "second"))
    compared = [path.relative_to(first) for path in first.rglob("*")
                if path.is_file() and path.name not in ("runs.html", "junit.xml", "trace.json") and path.parent != first
                or path.name in ("grades.csv", "grades.json", "index.html")]
    assert len(compared) == 3 + 2 * 6
    for path in compared:
        assert (first / path).read_bytes() == (second / path).read_bytes(), path


EVIL = {
    "reads": """
        import glob, os
        for place in ("@CLASS@", os.path.expanduser("~"), "/root", "/home", ".."):
            for at, folders, files in os.walk(place):
                for name in files:
                    try: print(open(os.path.join(at, name)).read())
                    except Exception: pass
        for name in ("environ", "mem", "maps"):
            for pid in (1, os.getppid()):
                try: print(open(f"/proc/{pid}/{name}", "rb").read(100000))
                except OSError: pass""",
    "forks": """
        import os
        while True:
            try: os.fork()
            except OSError: pass""",
    "sleeps": """
        import time
        time.sleep(10 ** 7)""",
    "prints": """
        for _ in range(1000): print("x" * 1_000_000)""",
    "kills": """
        import os, signal
        for pid in (os.getppid(), 1, -1):
            for number in (signal.SIGTERM, signal.SIGSTOP, signal.SIGKILL):
                try: os.kill(pid, number)
                except OSError: pass""",
    "fills": """
        for i in range(100):
            for place in ("/tmp", "/dev/shm", "/var/tmp", "."):
                try: open(f"{place}/filled-by-a-submission-{i}", "wb").write(bytes(5_000_000))
                except OSError: pass""",
}


def evil():
    """Where root has few users, as in some containers, nothing limits how often it forks."""
    users = int(Path("/proc/self/uid_map").read_text().split()[2])
    limited = os.geteuid() != 0 or users >= 65_536
    return {name: code for name, code in EVIL.items() if limited or name != "forks"}


def write_evil(group):
    write_submission(group.folder / "a-good", "python", None, 100)
    write_submission(group.folder / "z-good", "python", None, 100)
    for name, code in evil().items():
        write_submission(group.folder / name, "python", None, 100)
        lines = code.replace("@CLASS@", str(group.badwire.folder)).splitlines()
        (group.folder / name / "server.py").write_text("\n".join(line[8:] for line in lines))
    links = group.folder / "links"
    links.mkdir()
    (links / "server.py").symlink_to("../a-good/server.py")
    (links / "client.py").symlink_to(group.folder / "a-good" / "client.py")


@pytest.mark.parametrize("network", ["virtual", "relay"])
def test_a_malicious_submission_costs_only_its_own_points(group, network):
    write_evil(group)
    rule = json.loads(json.dumps(RULES["arrives"]))
    rule["scenario"]["time_limit"] = "5s"
    table = group.grade(with_rules(rules=[rule], network=network, secret="sesame",
                                   limits={"disk": "64MiB", "rule_time": "8s", "processes": 100}))
    points = {name: float(row["points"]) for name, row in table.items()}
    assert points.pop("a-good") == points.pop("z-good") == 1
    assert set(points) == {*evil(), "links"} and not any(points.values()), points
    assert not group.badwire.marked_processes()
    assert not list(Path("/dev/shm").glob("filled-by-a-submission*"))
    assert not list(Path("/tmp").glob("filled-by-a-submission*"))
    assert list(group.badwire.tmp.iterdir()) == []
    for path in (group.badwire.folder / "out").rglob("*"):
        assert not path.is_file() or "sesame" not in path.read_text(), path
    assert table["links"]["arrives status"] == "unsupported"


def seeds_in(group):
    results = json.loads((group.badwire.folder / "out" / "results.json").read_text())
    return {str(run["seed"]) for run in results["runs"] if run["matrix"]["rule"] == "loss"}


def test_students_see_neither_hidden_seeds_nor_what_was_drawn_from_them(group):
    write_submission(group.folder / "weak", "python", "no_retransmission", 100)
    server = group.folder / "weak" / "server.py"
    server.write_text("import os, sys\nprint('seed', os.environ['BADWIRE_SEED'], file=sys.stderr)\n" + server.read_text()
                      + "\n")
    group.grade(with_rules("loss"))
    hidden = seeds_in(group)
    assert len(hidden) == 3
    for path in (group.badwire.folder / "out" / "students" / "weak").iterdir():
        text = path.read_text()
        assert not any(seed in text for seed in hidden), path
        assert "walrus" not in text and "seed " not in text, path


def test_other_secrets_are_other_seeds(group):
    write_submission(group.folder / "good", "python", None, 100)
    group.grade(with_rules("loss"))
    first = seeds_in(group)
    group.grade(with_rules("loss"), "out", "--secret", "another")
    assert first.isdisjoint(seeds_in(group))


def test_gradescope_gets_a_test_for_each_rule(group):
    write_submission(group.folder / "weak", "python", "ignores_ack_number", 100)
    group.grade(with_rules("arrives", "old_ack"))
    told = json.loads((group.badwire.folder / "out/students/weak/results.json").read_text())
    assert told["score"] == 1
    assert [(test["score"], test["max_score"], test["status"]) for test in told["tests"]] == [
        (1, 1, "passed"), (0, 2, "failed")]
    assert "Which acknowledgment is it?" in told["tests"][1]["output"]


def test_what_cannot_be_built_says_why(group):
    write_submission(group.folder / "broken", "c", None, 100)
    (group.folder / "broken" / "server.c").write_text("int main(void) { return nonsense; }\n")
    table = group.grade(with_rules("arrives"))
    assert table["broken"]["arrives status"] == "not built"
    assert "nonsense" in group.json()["submissions"][0]["build_failure"]
    assert "nonsense" in (group.badwire.folder / "out/students/broken/report.html").read_text()


def test_exit_127_and_a_missing_role_mean_unsupported(group):
    write_submission(group.folder / "says-so", "python", None, 100)
    (group.folder / "says-so" / "server.py").write_text("import sys\nsys.exit(127)\n")
    write_submission(group.folder / "lacks-it", "python", None, 100)
    (group.folder / "lacks-it" / "server.py").unlink()
    table = group.grade(with_rules("arrives"))
    assert {row["arrives status"] for row in table.values()} == {"unsupported"}


def test_partial_credit_is_the_share_of_seeds_with_its_interval(group):
    write_submission(group.folder / "weak", "python", "no_retransmission", 100)
    rule = json.loads(json.dumps(RULES["loss"]))
    rule["scenario"]["links"]["wan"]["loss"] = 0.05
    rule["seeds"] = 12
    table = group.grade(with_rules(rules=[rule]))
    (told,) = group.json()["submissions"][0]["rules"]
    assert 0 < told["passed"] < told["runs"] == 12 and told["status"] == "partial"
    assert float(table["weak"]["points"]) == pytest.approx(5 * told["passed"] / 12, abs=0.01)
    low, high = told["interval"]
    assert 0 < low < told["passed"] / 12 < high < 1


def test_against_each_other_every_one_meets_every_one(group):
    for name, bug in (("good", None), ("deaf", "crashes_on_duplicate")):
        write_submission(group.folder / name, "python", bug, 100)
    group.grade(with_rules("ack_lost"), "out", "--against-each-other")
    met = {(one["client"], one["server"]): one["passed"] for one in group.json()["against_each_other"]}
    assert met == {("good", "good"): True, ("deaf", "good"): True, ("good", "deaf"): False, ("deaf", "deaf"): False}
    assert "Against each other" in (group.badwire.folder / "out/index.html").read_text()


def test_a_submission_in_java(group):
    folder = group.folder / "java"
    folder.mkdir(parents=True)
    (folder / "Receiver.java").write_text("""
        import java.net.*;
        public class Receiver {
            public static void main(String[] words) throws Exception {
                DatagramSocket socket = new DatagramSocket(Integer.parseInt(words[0]));
                DatagramPacket packet = new DatagramPacket(new byte[100], 100);
                socket.receive(packet);
                System.out.println(new String(packet.getData(), 0, packet.getLength()));
            }
        }""")
    rubric = {"submission": {"build": [{"if_file": "*.java", "command": ["sh", "-c", "javac *.java"]}],
                             "roles": {"datagram-receiver": {"command": ["java", "-cp", "${folder}", "Receiver", "${port}"]}}},
              "rules": [{"name": "hears", "points": 3, "fills": "datagram-receiver", "scenario": {
                  "network": "virtual",
                  "processes": {"server": {"program": "datagram-receiver", "port": 5000},
                                "client": {"program": "datagram-sender", "to": "server"}},
                  "expect": [{"exit": {"server": 0}}, {"output": "server", "contains": "Hello Receiver!"}]}}]}
    assert group.grade(rubric)["java"]["points"] == "3", group.json()


READY = {"q1a": {"tcp-ftp-client": {"args": ["${args}", "--unit", "99999"]}},
         "q1b": {"udp-ftp-client": {"args": ["${args}", "--flaw", "no-retransmission"]}},
         "q5b": {"udp-chat": {"args": ["${args}", "--flaw", "no-retransmission"]}},
         "q8": {"multicast-election": {"args": ["${args}", "--wire", "classic"]}}}


@pytest.mark.parametrize("name", READY)
def test_a_ready_rubric_gives_badwire_all_points_and_a_broken_one_fewer(badwire, name):
    (badwire.folder / "submissions" / "badwire").mkdir(parents=True)
    rubric = json.loads((SCENARIOS / "rubrics" / f"{name}.json").read_text())
    most = sum(rule["points"] for rule in rubric["rules"])
    assert Class(badwire).rubric(rubric)  # it can be read as it is
    assert badwire("grade", "submissions", "--rubric", SCENARIOS / "rubrics" / f"{name}.json").returncode == 0
    own = {**rubric, "submission": {"otherwise": "badwire", "roles": {}}}
    broken = {**rubric, "submission": {"otherwise": "badwire", "roles": READY[name]}}
    assert float(Class(badwire).grade(own)["badwire"]["points"]) == most
    assert float(Class(badwire).grade(broken)["badwire"]["points"]) < most


@pytest.mark.parametrize("change, told", [
    ({"rules": [{**RULES["ends"], "fills": "udp-ftp-sever"}]},
     '/rules/0/fills: the scenario has no role or process "udp-ftp-sever"; did you mean "udp-ftp-server"?'),
    ({"rules": [{**RULES["ends"], "pionts": 3}]}, '/rules/0/pionts: no such key; did you mean "points"?'),
    ({"rules": [{**RULES["ends"], "points": -1}]}, "/rules/0/points: expected a number of points from 0 to 10000"),
    ({"rules": [{**RULES["ends"], "scenario": "none.json"}]}, "none.json: there is no such file"),
    ({"rules": [{**RULES["ends"], "scenario": {"processes": {"a": {"program": "udp-ftp-servr"}}}}]},
     '/rules/0/scenario/processes/a/program: no program "udp-ftp-servr"; did you mean "udp-ftp-server"?'),
    ({"rules": [RULES["ends"], RULES["ends"]]}, '/rules/1: there is a rule "ends" before this one'),
    ({"submission": {"roles": {"udp-ftp-severr": {"command": ["true"]}}}}, 'no role "udp-ftp-severr"'),
    ({"submission": {"roles": {"udp-ftp-server": {"comand": ["true"]}}}}, 'did you mean "command"?'),
    ({"secret": ""}, 'give the rubric a key "secret"'),
    ({"limits": {"memory": "much"}}, "/limits/memory: expected"),
    ({"rules": [{**RULES["certified"], "seeds": 3}]}, '"certify" gives all points or none'),
])
def test_a_wrong_rubric_is_told_with_place_and_nearest_name(badwire, change, told):
    (badwire.folder / "submissions" / "a").mkdir(parents=True)
    ran = badwire("grade", "submissions", "--rubric", badwire.scenario({**RUBRIC, **change}, "rubric.json"))
    assert ran.returncode == 2
    assert "rubric.json:" in ran.stderr and told in ran.stderr, ran.stderr


@pytest.mark.parametrize("make, told", [(lambda at: None, "cannot read submissions"),
                                        (lambda at: at.mkdir(), "there is no folder in submissions")])
def test_without_submissions_it_says_what_is_expected(badwire, make, told):
    make(badwire.folder / "submissions")
    ran = badwire("grade", "submissions", "--rubric", badwire.scenario(RUBRIC))
    assert ran.returncode == 2 and told in ran.stderr


def test_interrupted_it_leaves_nothing_behind(group):
    write_submission(group.folder / "slow", "python", "hangs", 100)
    (group.folder / "slow" / "server.py").write_text("while True: pass\n")
    ran = group.badwire.start("grade", group.folder, "--rubric", group.rubric(with_rules("ends", "arrives")))
    with pytest.raises(subprocess.TimeoutExpired):
        ran.wait(timeout=1)
    ran.terminate()
    ran.communicate(timeout=60)
    assert ran.returncode in (130, 143)
    assert not group.badwire.marked_processes() and not list(group.badwire.tmp.iterdir())


def test_the_rubric_of_the_page_can_be_used_as_it_stands(group):
    page = (SCENARIOS.parent / "docs" / "grading.md").read_text()
    (rubric,) = [json.loads(text.partition("```")[0]) for text in page.split("```json")[1:]]
    folder = group.folder / "ada"
    folder.mkdir(parents=True)
    (folder / "receiver.py").write_text("import socket, sys\nsock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                                        "sock.bind(('127.0.0.1', int(sys.argv[1])))\nprint(sock.recv(100).decode())\n")
    group.badwire.env["PATH"] = "/usr/bin:" + group.badwire.env["PATH"]
    assert group.grade(rubric)["ada"]["points"] == "3"
