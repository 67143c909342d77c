"""Runs that are awaited: others go on, and a task that is cancelled ends its runs."""

from __future__ import annotations

import asyncio
import os
import pathlib

import pytest

import badwire


def test_awaited_runs_are_the_same_runs(waiting_experiment):
    async def both():
        return await asyncio.gather(
            badwire.arun(waiting_experiment, seed=3), badwire.arun(waiting_experiment, repeat=2)
        )

    one, two = asyncio.run(both())

    assert one == badwire.run(waiting_experiment, seed=3)
    assert two == badwire.run(waiting_experiment, repeat=2)


def waiting_for(begun: pathlib.Path, gate: pathlib.Path):
    """A process that ends once `gate` is there; it notes its id in `begun`."""
    script = f"echo $$ > '{begun}.new'; mv '{begun}.new' '{begun}'; until [ -e '{gate}' ]; do sleep 0.01; done"
    return {
        "network": "direct",
        "time_limit": "10min",
        "processes": {"waiter": {"command": ["sh", "-c", script]}},
        "expect": [{"exit": {"waiter": 0}}],
    }


async def until(condition):
    while not condition():
        await asyncio.sleep(0.005)


def test_other_tasks_go_on_meanwhile(tmp_path):
    begun, gate = tmp_path / "begun", tmp_path / "gate"

    async def play():
        run = asyncio.create_task(badwire.arun(waiting_for(begun, gate)))
        await until(begun.exists)
        gate.touch()
        return await run

    assert asyncio.run(play()).passed


def test_a_task_that_is_cancelled_ends_its_runs_first(tmp_path):
    begun = tmp_path / "begun"

    async def play():
        run = asyncio.create_task(badwire.arun(waiting_for(begun, tmp_path / "never"), repeat=1000))
        await until(begun.exists)
        run.cancel()
        await asyncio.sleep(0)
        run.cancel()  # an impatient second time
        with pytest.raises(asyncio.CancelledError):
            await run
        return int(begun.read_text())

    process = asyncio.run(play())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_mistakes_are_raised_where_it_is_awaited(waiting_experiment):
    waiting_experiment["processes"]["first"]["to"] = "sever"
    with pytest.raises(badwire.ScenarioError, match="sever"):
        asyncio.run(badwire.arun(waiting_experiment))
    with pytest.raises(TypeError, match="seed: expected a whole number"):
        asyncio.run(badwire.arun(waiting_experiment, seed="1"))
