"""Whole runs of the badwire command: repeatability, cleanliness, interruption."""

import json
import signal
import socket

import jsonschema
import pytest
from conftest import SCENARIOS
from waiting import all_is_read, wait_until

FTP = {
    "files": {"payload.bin": {"random": "8KiB"}},
    "links": {"wan": {"loss": 0.05, "delay": "1ms"}},
    "processes": {
        "server": {"program": "udp-ftp-server", "args": ["--once"]},
        "client": {"program": "udp-ftp-client", "args": ["payload.bin"], "to": "server", "over": "wan"},
    },
    "expect": [{"same_file": ["payload.bin", "server/received/payload.bin"]}],
}
GREETING = {"processes": {"server": {"program": "connection-server"},
                          "client": {"program": "connection-client", "to": "server"}}}
ENDLESS = {"processes": {
    "server": {"program": "iterative-server"},
    "clients": {"program": "sum-client", "args": ["--count", "1000"], "to": "server", "count": 3},
    "family": {"command": ["sh", "-c", "sleep 600 & setsid sleep 600 & wait"]}}}


def trace(badwire, out):
    (folder,) = (badwire.folder / out / "runs").iterdir()
    return (folder / "packets.jsonl").read_bytes()


def without_wall_times(results):
    results = json.loads(json.dumps(results))
    results.pop("wall_ms"), results.pop("started")
    for run in results["runs"]:
        run.pop("wall_ms")
    return results


def test_same_seed_on_virtual_time_writes_the_same_bytes(badwire):
    path = badwire.scenario(FTP)
    for out in ("one", "two"):
        assert badwire("run", path, "--network", "virtual", "--seed", 7, "--out", out).returncode == 0
    assert trace(badwire, "one") == trace(badwire, "two")
    assert without_wall_times(badwire.results("one")) == without_wall_times(badwire.results("two"))


def test_another_seed_is_another_network(badwire):
    path = badwire.scenario(FTP)
    for seed in (1, 2):
        badwire("run", path, "--network", "virtual", "--seed", seed, "--out", f"out{seed}")
    assert trace(badwire, "out1") != trace(badwire, "out2")


def test_same_seed_on_the_relay_drops_the_same_datagrams(badwire):
    path = badwire.scenario(FTP)
    dropped = []
    for out in ("one", "two"):
        result = badwire("run", path, "--network", "relay", "--seed", 3, "--out", out)
        assert result.returncode == 0, result
        packets = map(json.loads, trace(badwire, out).splitlines())
        # A coordinate that only one run reached (an extra retransmission) proves nothing.
        dropped.append({(p["direction"], p["content"], p["occurrence"]): p["fate"] for p in packets})
    common = dropped[0].keys() & dropped[1].keys()
    assert len(common) > 100
    assert all(dropped[0][key] == dropped[1][key] for key in common)
    assert any(fate == "dropped" for fate in dropped[0].values())


def test_relay_and_virtual_time_agree_packet_by_packet(badwire):
    path = badwire.scenario(FTP)
    fates = {}
    for network in ("relay", "virtual"):
        badwire("run", path, "--network", network, "--seed", 5, "--out", network)
        fates[network] = {(p["direction"], p["content"], p["occurrence"]): p["fate"]
                          for p in map(json.loads, trace(badwire, network).splitlines())}
    common = fates["relay"].keys() & fates["virtual"].keys()
    assert len(common) > 100
    assert all(fates["relay"][key] == fates["virtual"][key] for key in common)


def test_two_hundred_runs_eight_at_a_time_beside_another_badwire(badwire):
    path = badwire.scenario(GREETING)
    other = badwire.start("run", path, "--network", "direct", "--repeat", 200, "--jobs", 8)
    mine = badwire("run", path, "--network", "direct", "--repeat", 200, "--jobs", 8, timeout=280)
    their_output, _ = other.communicate(timeout=280)
    assert mine.returncode == 0, mine.stdout[-2000:]
    assert other.returncode == 0, their_output[-2000:]
    assert "200 passed" in mine.stdout
    assert not badwire.marked_processes()
    assert not list(badwire.tmp.iterdir())


def wait_for_processes(badwire, count):
    wait_until(lambda: len(badwire.marked_processes()) >= count,
               lambda: f"{count} processes; there are {badwire.marked_processes()}", 30)


def wait_for_nobody(badwire):
    wait_until(lambda: not badwire.marked_processes(),
               lambda: f"the end of {badwire.marked_processes()}")


def test_killed_harness_leaves_no_process_and_no_file(badwire):
    run = badwire.start("run", badwire.scenario(ENDLESS))
    wait_for_processes(badwire, 8)  # badwire, its guard, server, 3 clients, sh and two sleeps
    run.kill()
    run.wait()
    wait_for_nobody(badwire)
    run.communicate()
    assert not list(badwire.tmp.iterdir())


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_harness_leaves_no_process_and_no_file(badwire, number, code):
    run = badwire.start("run", badwire.scenario(ENDLESS), "--repeat", 3, "--jobs", 2)
    wait_for_processes(badwire, 8)
    run.send_signal(number)
    run.communicate(timeout=60)
    assert run.returncode == code
    assert not badwire.marked_processes()
    assert not list(badwire.tmp.iterdir())


def test_any_program_in_any_language_is_welcome(badwire):
    server = ("import socket,sys; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);"
              "s.bind(('127.0.0.1',int(sys.argv[1]))); d,a=s.recvfrom(100); s.sendto(d.upper(),a)")
    client = ("import socket,sys; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.settimeout(20);"
              "s.sendto(b'hello',(sys.argv[1],int(sys.argv[2]))); print(s.recv(100).decode())")
    path = badwire.scenario({
        "links": {"wan": {"delay": "20ms"}},
        "processes": {
            "server": {"command": ["python3", "-c", server, "${port}"]},
            "client": {"command": ["python3", "-c", client, "${to.host}", "${to.port}"],
                       "to": "server", "over": "wan"}},
        "expect": [{"exit": {"server": 0, "client": 0}}, {"output": "client", "equals": "HELLO\n"},
                   {"metric": "link.wan.up.delivered", "equals": 1},
                   {"metric": "link.wan.down.delivered", "equals": 1}]})
    result = badwire("run", path, "--network", "relay")
    assert result.returncode == 0, result.stdout


def test_a_failure_says_what_was_expected_and_how_to_replay_it(badwire):
    path = badwire.scenario({**GREETING, "expect": [{"exit": {"client": 1}}]})
    result = badwire("run", path, "--seed", 9, "--out", "out")
    assert result.returncode == 1
    assert "client exits with 1: it exited with 0" in result.stdout
    assert f"badwire run {path} --network direct --seed 9" in result.stdout
    (run,) = badwire.results("out")["runs"]
    assert run["verdict"] == "fail"
    assert (badwire.folder / "out" / "junit.xml").read_text().count("<failure") == 1


def test_time_limit_ends_a_run_that_hangs(badwire):
    path = badwire.scenario({"time_limit": "300ms", "processes": {"a": {"command": ["sleep", "600"]}}})
    result = badwire("run", path)
    assert result.returncode in (1, 3), result
    assert "time limit" in result.stdout
    assert not badwire.marked_processes()


def test_a_virtual_program_that_waits_for_ever_is_a_deadlock(badwire):
    path = badwire.scenario({"processes": {"a": {"program": "datagram-receiver"}}})
    result = badwire("run", path, "--network", "virtual")
    assert result.returncode == 1
    assert "deadlock: no program can go on; a waits for a datagram at 127.0.0.1:" in result.stdout


def test_a_virtual_program_that_goes_on_for_ever_meets_the_time_limit(badwire):
    path = badwire.scenario({
        "time_limit": "5s", "links": {"wan": {"loss": 1}},
        "processes": {"server": {"program": "udp-ftp-server", "stays": True},
                      "client": {"program": "udp-ftp-client", "args": ["a.bin", "--timeout", "1h"],
                                 "to": "server", "over": "wan"}},
        "files": {"a.bin": {"random": "1KiB"}}})
    result = badwire("run", path, "--network", "virtual")
    assert result.returncode == 1
    assert "the time limit of 5s was reached while waiting for client" in result.stdout


def test_typed_input_waits_for_the_prompt(badwire):
    path = badwire.scenario({
        "processes": {"server": {"program": "iterative-server", "args": ["--work", "1ms"]},
                      "client": {"program": "sum-client", "to": "server",
                                 "input": [{"when": "[Cc]ount|number|sum", "text": "10"}]}},
        "expect": [{"output": "client", "contains": "55"}]})
    for network in ("direct", "virtual"):
        result = badwire("run", path, "--network", network)
        assert result.returncode == 0, result.stdout


def test_waiting_experiment_in_virtual_time_is_exact_and_quick(badwire):
    for name, waited in (("iterative", 19_500), ("concurrent", 0)):
        result = badwire("run", SCENARIOS / "waiting" / f"{name}.json", "--out", name)
        assert result.returncode == 0, result.stdout
        (run,) = badwire.results(name)["runs"]
        second = next(w for w in run["waiting"] if w["client"] == "second")
        assert abs(second["waiting_ms"] - waited) < 1
        assert abs(second["service_ms"] - 1000) < 1


def test_results_meet_their_published_schema(badwire):
    schema = json.loads((SCENARIOS.parent / "reports" / "results.schema.json").read_text())
    badwire("run", badwire.scenario(FTP), "--network", "virtual", "--out", "out")
    jsonschema.validate(badwire.results("out"), schema)


def test_every_scenario_meets_the_published_schema():
    schema = json.loads((SCENARIOS / "scenario.schema.json").read_text())
    contents = [json.loads(f.read_text()) for f in SCENARIOS.rglob("*.json") if not f.name.endswith(".schema.json")]
    scenarios = [one for one in contents if "processes" in one]  # rubrics and implementations lie there, too
    assert scenarios
    for one in scenarios:
        jsonschema.validate(one, schema)


def test_the_published_schema_is_the_one_of_the_program(badwire):
    published = (SCENARIOS / "scenario.schema.json").read_text()
    assert badwire("schema").stdout == published, \
        "write it anew: badwire schema > scenarios/scenario.schema.json"


def test_report_is_written_again_from_results(badwire):
    badwire("run", badwire.scenario(GREETING), "--network", "virtual", "--out", "out")
    page = badwire.folder / "out" / "report.html"
    before = page.read_text()
    page.unlink()
    assert badwire("report", "out").returncode == 0
    assert page.read_text() == before
    assert badwire("report", "tmp").returncode == 2


def test_programs_and_schema_are_listed(badwire):
    programs = badwire("list", "programs").stdout
    assert "udp-ftp-client" in programs and "4.6.2" in programs
    listed = badwire("list", "scenarios", SCENARIOS)
    assert listed.returncode == 0 and "iterative.json" in listed.stdout
    assert json.loads(badwire("schema").stdout)["title"] == "badwire scenario"


def test_relay_command_counts_what_it_dropped(badwire):
    relay = badwire.start("relay", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9", "--loss", "1", "--json")
    line = relay.stdout.readline()
    assert line.startswith("listening on 127.0.0.1:")
    port = int(line.rsplit(":", 1)[1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(50):
            sender.sendto(b"x", ("127.0.0.1", port))
    wait_until(lambda: all_is_read(port), "the relay to read what was sent")
    relay.send_signal(signal.SIGINT)
    out, _ = relay.communicate(timeout=20)
    counters = json.loads(out)["link"]["up"]
    assert relay.returncode == 0
    assert counters["offered"] == counters["dropped"] == 50


def test_environment_tells_a_command_its_seed_and_metrics_file(badwire):
    script = ("import json,os; json.dump({'answer': 42, 'seeded': int('BADWIRE_SEED' in os.environ)},"
              "open(os.environ['BADWIRE_METRICS'],'w'))")
    path = badwire.scenario({"processes": {"a": {"command": ["python3", "-c", script]}},
                             "expect": [{"metric": "a.answer", "equals": 42},
                                        {"metric": "a.seeded", "equals": 1}]})
    assert badwire("run", path).returncode == 0
