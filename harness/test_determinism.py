"""Virtual time happens the same way every time: every scenario twice, and once beside others in threads; and
what is added to a scenario changes nothing of the rest."""

import json

from conftest import SCENARIOS

OF_THE_MACHINE = ("wall_ms", "started", "badwire")


def virtual_scenarios():
    for path in sorted(SCENARIOS.rglob("*.json")):
        content = json.loads(path.read_text()) if path.name != "scenario.schema.json" else {}
        networks = content.get("network", [])
        if "virtual" in ([networks] if isinstance(networks, str) else networks) and \
                "slow" not in content.get("tags", []):
            yield path


def without_machine(value):
    if isinstance(value, dict):
        return {key: without_machine(one) for key, one in value.items() if key not in OF_THE_MACHINE}
    return [without_machine(one) for one in value] if isinstance(value, list) else value


def everything_of(badwire, scenarios, name, *words):
    """What each run came to, and each file of each run."""
    out = badwire.folder / "out"
    made = badwire("run", *scenarios, "--network", "virtual", "--out", out, *words, timeout=280)
    assert made.returncode == 0, made.stdout
    results = without_machine(json.loads((out / "results.json").read_text()))
    files = {str(path.relative_to(out)): path.read_bytes()
             for path in (out / "runs").rglob("*") if path.is_file()}
    out.rename(badwire.folder / name)
    return results, files


def test_every_scenario_twice_and_in_threads(badwire):
    scenarios = list(virtual_scenarios())
    assert len(scenarios) > 50
    first, files = everything_of(badwire, scenarios, "first")
    assert sum(name.endswith("packets.jsonl") for name in files) > 30
    for name, words in (("again", ()), ("threads", ("--jobs", "4"))):
        results, others = everything_of(badwire, scenarios, name, *words)
        for one, other in zip(first["runs"], results["runs"], strict=True):
            assert one == other, f"{one['scenario']} {one['matrix']}, {name}"
        assert files.keys() == others.keys()
        different = [file for file in files if files[file] != others[file]]
        assert not different, name


def fates(badwire, scenario, link):
    out = badwire.folder / "out"
    badwire("run", badwire.scenario(scenario), "--network", "virtual", "--out", out)
    (run,) = (out / "runs").iterdir()
    packets = [json.loads(line) for line in (run / "packets.jsonl").read_text().splitlines()]
    return [packet for packet in packets if packet["link"] == link]


def test_what_is_added_changes_no_fate_of_the_others(badwire):
    bad = {"loss": 0.1, "duplicate": 0.1, "delay": {"uniform": ["1ms", "9ms"]}}
    one = {"program": "udp-ftp-client", "args": ["a.bin"], "to": "server", "over": "wan"}
    scenario = {"links": {"wan": bad}, "files": {"a.bin": {"random": "8KiB"}},
                "processes": {"server": {"program": "udp-ftp-server"}, "client": one}}
    before = fates(badwire, scenario, "wan")
    assert len(before) > 150
    scenario["links"]["lan"] = bad
    scenario["processes"]["other"] = {**one, "over": "lan", "args": ["a.bin", "--unit", "77"]}
    scenario["processes"]["late"] = {**one, "delay": "50ms"}
    after = [packet for packet in fates(badwire, scenario, "wan") if packet["flow"] == "client"]
    assert before == after
