"""Loads: clients that come at times of their own, and how long they wait, against a calculation of their own."""

import heapq
import json
import os
import subprocess

import pytest

BADWIRE = os.environ["BADWIRE"]


def run(folder, scenario, *options, expect_exit=0):
    file = folder / "load.json"
    file.write_text(json.dumps(scenario))
    made = subprocess.run([BADWIRE, "run", file, "--out", folder / "out", *options], capture_output=True, text=True,
                          timeout=300, cwd=folder)
    assert expect_exit in (None, made.returncode), made.stdout + made.stderr
    return json.loads((folder / "out" / "results.json").read_text())


def scenario(server, clients, **more):
    return {"network": "virtual", "time_limit": "10000h",
            "processes": {"server": server, "client": {"to": "server", **clients}}, **more}


ITERATIVE = {"program": "iterative-server", "args": ["--work", "1ms"]}
MODELS = {
    "iterative": (ITERATIVE, 1),
    "thread": ({"program": "concurrent-server", "args": ["--work", "1ms"]}, None),
    "process": ({"program": "concurrent-server", "args": ["--work", "1ms", "--model", "process"]}, None),
    "async": ({"program": "concurrent-server", "args": ["--work", "1ms", "--model", "async"]}, None),
    "pool": ({"program": "concurrent-server", "args": ["--work", "1ms", "--model", "pool", "--workers", "3"]}, 3),
}
ARRIVALS = {
    "every": {"every": "7ms"},
    "burst": {"every": "50ms", "burst": 8},
    "poisson": {"poisson": "150/s"},
    "poisson bursts": {"poisson": "30/s", "burst": 4},
    "changes": {"poisson": "20/s", "changes": [{"at": "1s", "poisson": "300/s"}]},
    "times": {"times": [f"{3 * (i // 2)}ms" for i in range(60)]},
    "file": {"file": "arrivals.txt"},
}
CLIENTS = {
    "processes": {"program": "sum-client", "args": ["--count", "${work}"], "count": 60},
    "load-client": {"program": "load-client", "args": ["--requests", 60]},
}


def calculated(arrivals, services, servers):
    """When each of some clients is served, first come first served, by so many servers."""
    free = [0.0] * (servers or len(arrivals))
    starts = []
    for arrival, service in zip(arrivals, services):
        start = max(arrival, heapq.heappop(free))
        starts.append(start)
        heapq.heappush(free, start + service)
    return starts


@pytest.mark.parametrize("clients", CLIENTS)
@pytest.mark.parametrize("arrivals", ARRIVALS)
@pytest.mark.parametrize("model", MODELS)
def test_times_are_those_of_an_event_calculation_to_the_nanosecond(tmp_path, model, arrivals, clients):
    (tmp_path / "arrivals.txt").write_text("# seconds\n" + "".join(f"{i * 0.0031:.4f}\n" for i in range(60)))
    server, servers = MODELS[model]
    what = scenario(server, {**CLIENTS[clients], "arrivals": ARRIVALS[arrivals], "work": {"uniform": [1, 20]}})
    results = run(tmp_path, what)
    waiting = results["runs"][0]["waiting"]
    assert len(waiting) == 60
    services = [one["service_ms"] for one in waiting]
    assert all(abs(service - round(service)) < 1e-6 and 1 <= round(service) <= 20 for service in services)
    expected = calculated([one["arrival_ms"] for one in waiting], services, servers)
    for one, start in zip(waiting, expected):
        assert abs(one["start_ms"] - start) < 1e-6  # a nanosecond
        assert abs(one["end_ms"] - start - one["service_ms"]) < 1e-6
    given = [one["arrival_ms"] - waiting[0]["arrival_ms"] for one in waiting]
    if arrivals == "every":
        assert given == pytest.approx([7.0 * i for i in range(60)], abs=1e-6)
    if arrivals == "burst":
        assert given == pytest.approx([50.0 * (i // 8) for i in range(60)], abs=1e-6)
    if arrivals == "file":
        assert given == pytest.approx([3.1 * i for i in range(60)], abs=1e-6)


@pytest.mark.parametrize("clients", CLIENTS)
def test_users_of_a_closed_loop_think_after_each_answer(tmp_path, clients):
    what = scenario(MODELS["pool"][0], {**CLIENTS[clients], "arrivals": {"users": 6, "think": "10ms"}, "work": 5})
    waiting = run(tmp_path, what)["runs"][0]["waiting"]
    ready = [0.0] * 6  # each user thinks until then
    expected = []
    free = [0.0] * 3
    for _ in range(60):
        arrival = heapq.heappop(ready)
        start = max(arrival, heapq.heappop(free))
        heapq.heappush(free, start + 5)
        heapq.heappush(ready, start + 5 + 10)
        expected.append((arrival, start))
    expected.sort()
    first = waiting[0]["arrival_ms"]
    assert sorted((one["arrival_ms"] - first, one["start_ms"] - first) for one in waiting) == \
        [pytest.approx(one, abs=1e-6) for one in expected]


def test_one_client_more_changes_nothing_for_the_others(tmp_path):
    def arrivals(count, seed):
        clients = {"program": "sum-client", "args": ["--count", "${work}"], "count": count,
                   "arrivals": {"poisson": "5/s"}, "work": {"exponential": 100}}
        run_made = run(tmp_path, scenario(MODELS["thread"][0], clients), "--seed", str(seed))["runs"][0]
        return [(one["arrival_ms"], one["service_ms"]) for one in run_made["waiting"]]

    assert arrivals(21, 1)[:20] == arrivals(20, 1)
    assert arrivals(20, 2) != arrivals(20, 1)


@pytest.mark.parametrize("model, server, rate, work, service", [
    ("M/D/1", "iterative", "500/s", 1, "1ms"),
    ("M/D/1", "iterative", "900/s", 1, "1ms"),
    ("M/M/1", "iterative", "500/s", {"exponential": 1000}, "1us"),
    ("M/G/1", "iterative", "50/s", {"table": [1, 1, 28]}, "1ms"),
    ("M/D/2", "pool 2", "1000/s", 1, "1ms"),
    ("M/M/2", "pool 2", "1000/s", {"exponential": 1000}, "1us"),
    ("M/M/8", "pool 8", "7200/s", {"exponential": 1000}, "1us"),
    ("M/D/8", "pool 8", "7200/s", 1, "1ms"),
    ("M/M/2/5", "room 5", "1800/s", {"exponential": 1000}, "1us"),
    ("M/G/inf", "thread", "1000/s", {"uniform": [1, 9]}, "1ms"),
])
def test_waiting_is_what_queueing_theory_says(tmp_path, model, server, rate, work, service):
    words = {"iterative": ["iterative-server"], "thread": ["concurrent-server"],
             "pool 2": ["concurrent-server", "--model", "pool", "--workers", "2"],
             "pool 8": ["concurrent-server", "--model", "pool", "--workers", "8"],
             "room 5": ["concurrent-server", "--model", "pool", "--workers", "2", "--room", "5"]}[server]
    clients = {"program": "load-client", "args": ["--requests", 20000], "arrivals": {"poisson": rate}, "work": work}
    what = scenario({"program": words[0], "args": [*words[1:], "--work", service]}, clients, repeat=6,
                    theory={"client": {"model": model, "service": service}})
    theory = run(tmp_path, what)["theory"]
    assert len(theory) == 1
    assert theory[0]["verdict"] == "agrees", theory
    assert theory[0]["method"] == "independent repetitions"
    if "/5" in model:
        assert theory[0]["turned_away"] == pytest.approx(theory[0]["theory_turned_away"], rel=0.05)


def test_a_theory_that_does_not_hold_fails_everywhere(tmp_path):
    clients = {"program": "load-client", "args": ["--requests", 20000], "arrivals": {"poisson": "500/s"}, "work": 1}
    what = scenario(ITERATIVE, clients, theory={"client": {"model": "M/M/1", "service": "1ms"}})
    results = run(tmp_path, what, expect_exit=1)
    assert results["theory"][0]["verdict"] == "differs"
    assert results["theory"][0]["theory_ms"] == pytest.approx(1.0)
    assert results["theory"][0]["waiting_ms"]["mean"] == pytest.approx(0.5, rel=0.1)
    assert "<failure" in (tmp_path / "out" / "junit.xml").read_text()
    # More work than can be done has no steady state, and too few requests no interval: neither is a pass.
    clients = what["processes"]["client"]
    clients["arrivals"] = {"poisson": "2000/s"}
    overloaded = run(tmp_path, what, expect_exit=3)
    assert "no steady state" in overloaded["theory"][0]["message"]
    clients.update(arrivals={"poisson": "500/s"}, args=["--requests", 10])
    few = run(tmp_path, what, expect_exit=3)
    assert few["theory"][0]["verdict"] == "inconclusive"
    assert "<skipped" in (tmp_path / "out" / "junit.xml").read_text()


def test_repetitions_until_the_interval_is_narrow_enough(tmp_path):
    clients = {"program": "load-client", "args": ["--requests", 2000], "arrivals": {"poisson": "500/s"}, "work": 1}
    what = scenario(ITERATIVE, clients,
                    theory={"client": {"model": "M/D/1", "service": "1ms", "precision": 0.02}}, seed=3)
    results = run(tmp_path, what)
    theory = results["theory"][0]
    width = theory["waiting_ms"]["high"] - theory["waiting_ms"]["mean"]
    assert width <= 0.02 * theory["waiting_ms"]["mean"]
    assert theory["runs"] == len(results["runs"]) > 10
    assert [one["seed"] for one in results["runs"]] == list(range(3, len(results["runs"]) + 3))
    assert len(run(tmp_path, what, "--repeat", "3")["runs"]) == 3


@pytest.mark.parametrize("repeat, samples", [(1, 200), (5, 60)])
def test_intervals_hold_the_theory_as_often_as_they_say(tmp_path, repeat, samples):
    clients = {"program": "load-client", "args": ["--requests", 2000], "arrivals": {"poisson": "500/s"}, "work": 1}
    what = scenario(ITERATIVE, clients, theory={"client": {"model": "M/D/1", "service": "1ms"}})
    held = 0
    for sample in range(samples):
        results = run(tmp_path, what, "--seed", str(1 + sample * repeat), "--repeat", str(repeat), expect_exit=None)
        theory = results["theory"][0]
        held += theory["waiting_ms"]["low"] <= theory["theory_ms"] <= theory["waiting_ms"]["high"]
    assert 0.90 * samples <= held <= 0.99 * samples


def test_who_loses_patience_is_counted_and_stopped(tmp_path):
    for clients in ({"program": "sum-client", "args": ["--count", "${work}"], "count": 10},
                    {"program": "load-client", "args": ["--requests", 10]}):
        what = scenario(ITERATIVE, {**clients, "arrivals": {"every": "0s"}, "work": 10, "patience": "35ms"})
        made = run(tmp_path, what)["runs"][0]
        load = made["load"]["client"]
        assert load["requests"] == 10 and load["gave_up"] == 7 and load["answered"] == 3
        assert [one["waiting_ms"] for one in made["waiting"]] == pytest.approx([0, 10, 20], abs=1e-6)


def test_who_finds_no_room_is_turned_away(tmp_path):
    server = {"program": "iterative-server", "args": ["--work", "10ms", "--room", "3"]}
    clients = {"program": "load-client", "args": ["--requests", 10], "arrivals": {"every": "1ms"}, "work": 1}
    made = run(tmp_path, scenario(server, clients))["runs"][0]
    assert made["load"]["client"]["answered"] == 3 and made["load"]["client"]["refused"] == 7
    assert made["processes"]["server"]["metrics"]["turned_away"] == 7


def test_expectations_about_a_load(tmp_path):
    clients = {"program": "load-client", "args": ["--requests", 100], "arrivals": {"every": "2ms"}, "work": 1}
    what = scenario(ITERATIVE, clients, expect=[{"metric": "load.client.waiting_ms.p99", "equals": 0},
                                                {"metric": "load.client.answered", "equals": 100}])
    run(tmp_path, what)
    what["expect"].append({"metric": "load.client.response_ms.mean", "at_most": 0.5})
    run(tmp_path, what, expect_exit=1)


def test_many_requests_are_told_in_sum_and_in_a_file(tmp_path):
    clients = {"program": "load-client", "args": ["--requests", 20000], "arrivals": {"poisson": "500/s"}, "work": 1}
    made = run(tmp_path, scenario(ITERATIVE, clients))["runs"][0]
    assert made["waiting"] == [] and made["waiting_left_out"] == 20000
    rows = next((tmp_path / "out" / "runs").glob("*/waiting.csv")).read_text().splitlines()
    assert rows[0] == "client,arrival_ms,start_ms,end_ms" and len(rows) == 20001
    waits = [float(start) - float(arrival) for _, arrival, start, _ in (row.split(",") for row in rows[1:])]
    assert sum(waits) / 20000 == pytest.approx(made["load"]["client"]["waiting_ms"]["mean"], rel=1e-6)


SERVER = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=1000)
while True:
    client, _ = listener.accept()
    lines = client.makefile("rw", newline="\\n")
    work = int(lines.readline())
    time.sleep(work / 1000)
    lines.write(f"did {work}\\nEND\\n")
    lines.flush()
    lines.readline()  # until the client has gone
    client.close()
"""


@pytest.mark.parametrize("network", ["virtual", "direct"])
def test_a_server_of_any_language_is_measured_as_far_as_it_can_be_seen(tmp_path, network):
    (tmp_path / "server.py").write_text(SERVER.replace("\\\\", "\\"))
    clients = {"program": "load-client", "arrivals": {"every": "4ms"}, "work": 5,
               "args": ["--requests", 20, "--request", "{work}\\n", "--reply-ends", "END\\n"]}
    what = scenario({"command": ["python3", "server.py", "${port}"], "stays": True}, clients)
    what.update(network=network, time_limit="1min")
    made = run(tmp_path, what)["runs"][0]
    load = made["load"]["client"]
    assert load["answered"] == 20
    assert load["response_ms"]["max"] >= 5
    if network == "virtual":  # a guest: its accepting was seen
        assert [one["waiting_ms"] for one in made["waiting"]] == pytest.approx([1.0 * i for i in range(20)], abs=0.5)
    else:
        assert load["waiting_ms"] is None and made["waiting"][0]["start_ms"] is None
        assert all(one["response_ms"] >= 5 for one in made["waiting"])


def test_latency_counts_from_the_time_meant_also_when_the_client_is_held_up(tmp_path):
    """One connection at a time would hide the waiting of those who could not even begin."""
    clients = {"program": "load-client", "args": ["--requests", 5], "arrivals": {"every": "1ms"}, "work": 10}
    what = scenario(ITERATIVE, clients, faults=[{"pause": "client", "at": "1.5ms"}, {"continue": "client", "at": "100ms"}])
    made = run(tmp_path, what)["runs"][0]
    assert [round(one["arrival_ms"]) for one in made["waiting"]] == [0, 1, 2, 3, 4]
    assert made["waiting"][-1]["response_ms"] > 95


def test_real_processes_agree_or_say_that_they_cannot_tell(tmp_path):
    clients = {"program": "load-client", "args": ["--requests", 400], "arrivals": {"poisson": "120/s"}, "work": 5}
    what = scenario(ITERATIVE, clients, theory={"client": "M/G/1"})
    what.update(network="direct", time_limit="1min")
    made = run(tmp_path, what, expect_exit=None)
    assert made["theory"][0]["verdict"] in ("agrees", "inconclusive"), made["theory"]
    assert made["theory"][0]["service_is_measured"]


@pytest.mark.parametrize("change, pointer", [
    ({"arrivals": {"poisson": "20"}}, "/processes/client/arrivals/poisson"),
    ({"arrivals": {"every": "1s", "users": 3}}, "/processes/client/arrivals"),
    ({"arrivals": {"times": ["0s"]}}, "/processes/client/arrivals"),
    ({"arrivals": {"file": "none.txt"}}, "/processes/client/arrivals/file"),
    ({"arrivals": {"file": "bad.txt"}}, "/processes/client/arrivals/file"),
    ({"arrivals": {"file": "fifo"}}, "/processes/client/arrivals/file"),
    ({"work": {"exponential": "5"}}, "/processes/client/work/exponential"),
    ({"patience": 5}, "/processes/client/patience"),
    ({"args": ["--count", "1"]}, "/processes/client/work"),
])
def test_mistakes_are_told_with_their_place_and_nothing_starts(tmp_path, change, pointer):
    (tmp_path / "bad.txt").write_text("1\nsoon\n")
    os.mkfifo(tmp_path / "fifo")
    clients = {"program": "sum-client", "args": ["--count", "${work}"], "count": 3, "arrivals": {"every": "1s"},
               "work": 1, **change}
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(scenario(ITERATIVE, clients)))
    made = subprocess.run([BADWIRE, "check", file], capture_output=True, text=True, timeout=20)
    assert made.returncode == 2
    assert f"{pointer}: " in made.stderr, made.stderr


def test_more_clients_take_time_in_proportion(tmp_path):
    """Four times as many take 4 times as long, where a search through all for each would take 16 times."""
    def cpu_seconds(count):
        clients = {"program": "sum-client", "args": ["--count", "1"], "count": count, "arrivals": {"poisson": "100/s"}}
        file = tmp_path / f"crowd{count}.json"
        file.write_text(json.dumps(scenario(ITERATIVE, clients)))
        before = os.times()
        subprocess.run([BADWIRE, "run", file], check=True, stdout=subprocess.DEVNULL, timeout=100)
        return os.times().children_user - before.children_user

    few, many = (min(cpu_seconds(count) for _ in range(3)) for count in (4000, 16000))
    assert many < 9 * few
