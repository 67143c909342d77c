"""Checked scenarios: mistakes are reported in the words of the command line."""

from __future__ import annotations

import json
import os
import pathlib
import pickle
import subprocess
import sys

import pytest

import badwire

BADWIRE = pathlib.Path(badwire.__file__).parent / "bin" / "badwire"


def test_a_mistake_has_its_file_and_pointer_and_the_command_lines_message(
    waiting_experiment, tmp_path
):
    waiting_experiment["processes"]["server"]["program"] = "iterative-servr"
    waiting_experiment["processes"]["first"]["to"] = "sever"
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(waiting_experiment))
    command = subprocess.run([BADWIRE, "check", file], capture_output=True, text=True, check=False)
    assert command.returncode == 2

    for attempt in (badwire.run, badwire.check, badwire.load):
        with pytest.raises(badwire.ScenarioError) as caught:
            attempt(file)

        assert isinstance(caught.value, ValueError)
        assert caught.value.file == str(file)
        assert caught.value.pointer == "/processes/server/program"
        assert caught.value.what.endswith('did you mean "iterative-server"?')
        assert len(str(caught.value).splitlines()) == 2
        assert str(caught.value) + "\n" == command.stderr


def test_a_dict_has_mistakes_too(waiting_experiment):
    waiting_experiment["processes"]["first"]["to"] = "sever"

    with pytest.raises(badwire.ScenarioError) as caught:
        badwire.run(waiting_experiment)

    assert (caught.value.file, caught.value.pointer) == ("scenario", "/processes/first/to")
    assert str(caught.value).startswith("scenario: /processes/first/to: no process")
    sent = pickle.loads(pickle.dumps(caught.value))
    assert str(sent) == str(caught.value) == caught.value.text and sent.pointer == caught.value.pointer


def test_a_command_runs_in_virtual_time():
    scenario = {"processes": {"one": {"command": ["sh", "-c", "sleep 20; echo awake"]}}}

    run = badwire.run(scenario, network="virtual").runs[0]

    assert run.elapsed_ms == pytest.approx(20_000, abs=10)
    assert run.processes["one"].stdout == "awake\n"


def test_a_missing_file_is_a_scenario_error():
    with pytest.raises(badwire.ScenarioError, match="nowhere.json: there is no such file"):
        badwire.load("nowhere.json")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"network": "virtul"}, 'network: expected "direct", "relay" or "virtual"'),
        ({"seed": -1}, "seed"),
        ({"seed": 2**64}, "seed"),
        ({"repeat": 0}, "repeat"),
        ({"jobs": 0}, "jobs"),
    ],
)
def test_arguments_that_cannot_be_are_named(waiting_experiment, arguments, message):
    with pytest.raises(ValueError, match=message):
        badwire.run(waiting_experiment, **arguments)


def test_what_is_no_scenario_is_a_type_error():
    with pytest.raises(TypeError, match="expected a path or a dict, found 5"):
        badwire.run(5)


def test_a_loaded_scenario_can_be_changed_and_run(waiting_experiment, tmp_path):
    file = tmp_path / "waiting.json"
    file.write_text(json.dumps(waiting_experiment))

    scenario = badwire.load(file)
    assert scenario == waiting_experiment
    scenario["processes"]["server"]["program"] = "concurrent-server"

    waits = {one.client: one.waiting_ms for one in badwire.run(scenario)[0].waiting}
    assert waits == {"first": 0, "second": 0}


def test_the_package_knows_its_programs_schema_and_version():
    listed = subprocess.run(
        [BADWIRE, "list", "programs"], capture_output=True, text=True, check=True
    ).stdout

    assert "iterative-server" in badwire.programs()
    assert len(badwire.programs()) == len(listed.splitlines())
    assert badwire.schema()["$schema"].startswith("http")
    assert all(part.isdecimal() for part in badwire.__version__.split("."))


def test_python_m_badwire_is_the_command():
    environment = {key: value for key, value in os.environ.items() if key != "BADWIRE"}
    shown = subprocess.run(
        [sys.executable, "-m", "badwire", "--version"],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert badwire.__version__ in shown.stdout
