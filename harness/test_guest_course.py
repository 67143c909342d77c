"""The course's 21 systems as students write them in plain Python, unmodified in virtual time: ports in the
code, blocking sockets, input() and print(). Every scenario runs twice and is the same to the last byte."""

import json
import re
from pathlib import Path

import pytest

from guest_course.mixed import MIXED
from guest_course.systems import ENDLESS, SYSTEMS, WAN


def scenario_of(system):
    exits = {name: 143 if Path([*one.get("command", ""), "", ""][1]).stem in ENDLESS else 0
             for name, one in system["processes"].items()}
    expect = [{"exit": {**exits, **system.get("exit", {})}}]
    expect += [{"same_file": list(files)} for files in system.get("same", [])]
    expect += [{"different_file": list(files)} for files in system.get("different", [])]
    expect += [{"struck": name} for name in system.get("struck", [])]
    links = WAN if any("over" in one for one in system["processes"].values()) else {}
    return {"network": "virtual", "time_limit": "300s", "processes": system["processes"],
            "links": system.get("links", links), "files": system.get("files", {}), "expect": expect}


def run_twice(guests, scenario):
    """The run's results. Nothing may differ: not what was printed, nor a packet, nor a file, nor the time."""
    seen = []
    for out in "first", "second":
        run = guests.once(scenario, out)
        run.pop("wall_ms", None)
        runs = guests.badwire.folder / out / "runs"
        files = {str(path.relative_to(runs)): path.read_bytes() for path in runs.rglob("*") if path.is_file()}
        if scenario["links"]:
            assert any(path.endswith("packets.jsonl") for path in files)
        seen.append((json.dumps(run), files))
    assert seen[0] == seen[1]
    return run


def lines(run, process):
    """What it printed, without the numbers of the ports that the system chose."""
    return re.sub(r"(?<=', )[3-6]\d{4}\b", "PORT", run["processes"][process]["stdout"]).splitlines()


@pytest.mark.parametrize("name", SYSTEMS | MIXED)
def test_a_students_system_does_its_job_twice_the_same(guests, name):
    system = (SYSTEMS | MIXED)[name]
    run = run_twice(guests, scenario_of(system))
    assert run["verdict"] == "pass", (run["message"], run["processes"])
    for process, expected in system.get("printed", {}).items():
        assert lines(run, process) == expected, process
    for process, text in system.get("contains", {}).items():
        assert text in run["processes"][process]["stdout"], process
    if "waiting" in system:
        waited = [(one["client"], *(round(one[what]) for what in ("waiting_ms", "service_ms")))
                  for one in run["waiting"]]
        assert waited == system["waiting"]
