"""Coroutines of a virtual world: each waits for an operation of the world, or for another one.

A coroutine that waits yields the operation's number, or the task; no event loop is needed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, Optional, TypeVar, Union

from badwire import _arguments, _badwire

Value = TypeVar("Value")
Waits = Union[int, "Task[Any]"]
Begin = Callable[[], Optional[Coroutine[Any, Any, Any]]]
Decide = Callable[[int, str, bytes], list[tuple[int, bytes]]]


def nanoseconds(name: str, seconds: Any) -> int:
    """Seconds, 0 to a century, in ns. Raises ValueError or TypeError, which names the argument."""
    return round(_arguments.number(name, seconds, 0, _arguments.CENTURY_S, unit="seconds") * 1e9)


class Task(Generic[Value]):
    """A coroutine that runs in a process of a world; ``await task`` returns what it returns.

    Where nobody awaits it when it fails, its exception ends the run.
    """

    def __init__(self, process: str) -> None:
        self._process = process
        self._coroutine: Coroutine[Any, Any, Value] | None = None
        self._done = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._awaited_by: list[Task[Any]] = []

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return self._done

    @property
    def result(self) -> Value:
        """What it returned. Raises what it raised; ValueError if it has not ended."""
        if not self._done:
            raise ValueError("the task has not ended")
        if self._error is not None:
            raise self._error
        value: Value = self._value
        return value

    def __await__(self) -> Generator[Waits, Any, Value]:
        if not self._done:
            yield self
        return self.result


class _Operation:
    """Awaits an operation of the world by its number."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __await__(self) -> Generator[Waits, Any, Any]:
        return (yield self._number)


class Tasks:
    """All tasks of a world."""

    def __init__(self, world: _badwire.World) -> None:
        self._world = world
        self._starting: dict[int, tuple[Task[Any], Begin]] = {}
        self._waiting: dict[int, Task[Any]] = {}
        self._alive: dict[Task[Any], None] = {}  # in the order in which they began
        self._failed: str | None = None

    def start(self, process: str, begin: Begin, operation: int) -> Task[Any]:
        """A task that begins when the operation ends; what is no coroutine has ended at once."""
        made: Task[Any] = Task(process)
        self._starting[operation] = made, begin
        return made

    def ended(self, operation: int) -> Any:
        """To be awaited: what the operation ends with. Raises OSError where it failed."""
        return _Operation(operation)

    def run(self, until_ns: int | None, events_max: int | None, decide: Decide) -> bool:
        """Runs the world. Raises the first exception of a task."""
        if self._failed is not None:
            raise RuntimeError(f"the world has ended: {self._failed}")
        return self._world.run(self._end_operation, decide, until_ns, events_max)

    def close(self) -> None:
        """Closes all coroutines that have not ended."""
        self._failed = self._failed or "it is closed"
        self._starting.clear()
        for process in {task._process: None for task in self._alive}:
            self.stop(process)

    def stop(self, process: str) -> None:
        """Closes all coroutines of a process that have not ended: they have ended then, with None."""
        for operation, (task, _) in list(self._starting.items()):
            if task._process == process:
                del self._starting[operation]
                task._done = True
        for operation, task in list(self._waiting.items()):
            if task._process == process:
                del self._waiting[operation]
        for task in [one for one in self._alive if one._process == process]:
            del self._alive[task]
            if task._coroutine is not None:
                task._coroutine.close()
            task._done = True

    def _end_operation(self, operation: int, number: int, message: str, value: Any) -> None:
        starting = self._starting.pop(operation, None)
        if starting is not None:
            self._begin(*starting)
            return
        task = self._waiting.pop(operation, None)
        if task is not None:
            self._go_on(task, value, OSError(number, message) if number else None)

    def _begin(self, task: Task[Any], begin: Begin) -> None:
        try:
            coroutine = begin()
        except BaseException as error:
            self._end(task, None, error)
            return
        if not inspect.iscoroutine(coroutine):
            self._end(task, coroutine, None)
            return
        task._coroutine = coroutine
        self._alive[task] = None
        self._go_on(task, None, None)

    def _go_on(self, task: Task[Any], value: Any, error: BaseException | None) -> None:
        coroutine = task._coroutine
        assert coroutine is not None
        while True:
            try:
                waits_for = coroutine.send(value) if error is None else coroutine.throw(error)
            except StopIteration as end:
                self._end(task, end.value, None)
                return
            except BaseException as failed:
                self._end(task, None, failed)
                return
            if isinstance(waits_for, Task):
                waits_for._awaited_by.append(task)
                return
            if isinstance(waits_for, int):
                self._waiting[waits_for] = task
                return
            value, error = None, TypeError(
                "a program of a world waits for what its net gives, or for a task of it; found "
                f"{waits_for!r}")

    def _end(self, task: Task[Any], value: Any, error: BaseException | None) -> None:
        task._done, task._value, task._error = True, value, error
        self._alive.pop(task, None)
        awaited_by, task._awaited_by = task._awaited_by, []
        if error is not None and not awaited_by:
            where = f"in process {task._process!r}, at {self._world.now_ns() / 1e9:g} s of virtual time"
            self._failed = f"{type(error).__name__} {where}"
            error.add_note(where)
            raise error
        for one in awaited_by:
            self._go_on(one, None, None)  # it takes the result itself
