"""Virtual worlds whose programs are Python coroutines, driven step by step."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from badwire import _arguments, _badwire
from badwire._closing import Closing
from badwire._own_models import OwnModel
from badwire._tasks import Task, Tasks, nanoseconds
from badwire.link_model import Fate, Packet
from badwire.net import Net
from badwire.relay import _merged
from badwire.results import Link, _link

Program = Callable[[Net], "Coroutine[Any, Any, Any] | None"]


class World(Closing):
    """A clock that jumps from event to event, processes, and links between them.

        async def server(net):
            socket = net.udp_socket(port=5000)
            data, client = await socket.recvfrom()
            socket.sendto(data.upper(), client)

        async def client(net):
            socket = net.udp_socket()
            socket.sendto(b"hello", ("127.0.0.1", 5000))
            data, _ = await socket.recvfrom(timeout=1.0)
            return data, net.now

        world = badwire.World(seed=7)
        world.process("server", server)
        asking = world.process("client", client)
        world.link("wan", between=("client", "server"), delay="20ms")
        world.run()
        assert asking.result == (b"HELLO", 0.04)

    A program is a coroutine that takes a Net and waits for nothing else than what that gives (no
    asyncio), or a plain function that sets up callbacks. An exception in it ends the run: run() and
    step() raise it, with a note that names the process and the time. The same seed is the same run,
    as long as the programs are functions of what they get. Not thread-safe.

    Args:
        seed: Seed of every random decision, 0 to 2**64 - 1.
    """

    def __init__(self, *, seed: int = 1) -> None:
        self._seed = _arguments.seed(seed)
        self._world = _badwire.World(self._seed)
        self._tasks = Tasks(self._world)
        self._processes: dict[str, WorldProcess] = {}
        self._links: dict[str, WorldLink] = {}
        self._models: list[OwnModel] = []

    @property
    def now(self) -> float:
        """The virtual time, in seconds since the world's beginning."""
        return self._world.now_ns() / 1e9

    @property
    def events(self) -> int:
        """How many events have happened."""
        return self._world.events()

    @property
    def processes(self) -> dict[str, WorldProcess]:
        """The processes, by name."""
        return dict(self._processes)

    @property
    def links(self) -> dict[str, WorldLink]:
        """The links, by name."""
        return dict(self._links)

    def process(self, name: str, program: Program, *, at: float | None = None) -> WorldProcess:
        """A process that runs ``program(net)``.

        Args:
            name: Its name, its own in this world.
            program: A coroutine function, or a function that sets up callbacks.
            at: When it begins, in seconds of virtual time; default: now.

        Raises:
            ValueError, TypeError: The name is taken, the time has passed, that is no program.
        """
        if not callable(program):
            _arguments.expected("program", "a function that takes a Net", program, kind=TypeError)
        made = self._add(name, ".", own=True)

        def begin() -> Coroutine[Any, Any, Any] | None:
            return program(Net(made._process, self._tasks, made.name, self._seed))

        made._task = self._tasks.start(made.name, begin, made._process.sleep(self._wait(at)))
        return made

    def program(
        self,
        name: str,
        program: str,
        args: Sequence[str] = (),
        *,
        at: float | None = None,
        folder: str | os.PathLike[str] = ".",
    ) -> WorldProcess:
        """A process that runs one of badwire's programs, such as ``iterative-server``.

        Args:
            name: Its name, its own in this world.
            program: One of badwire.programs().
            args: Its arguments, as ``["--port", "5000"]``.
            at: When it begins, in seconds of virtual time; default: now.
            folder: Where its files are.

        Raises:
            ValueError, TypeError: The name is taken, or there is no such program.
        """
        words = [_arguments.text("args", one) for one in args]
        if isinstance(args, str):
            _arguments.expected("args", 'a list such as ["--port", "5000"]', args, kind=TypeError)
        _arguments.one_of("program", program, _badwire.programs())
        made = self._add(name, _arguments.path("folder", folder), own=False)

        async def play() -> int:
            exit_code: int = await self._tasks.ended(made._process.start(program, words))
            return exit_code

        made._task = self._tasks.start(made.name, play, made._process.sleep(self._wait(at)))
        return made

    def link(
        self,
        name: str,
        between: tuple[str, str],
        link: Mapping[str, Any] | None = None,
        *,
        fate: Callable[[Packet], Fate] | None = None,
        **keys: Any,
    ) -> WorldLink:
        """A link between two processes, which what one sends to the other's own address goes over.

        Args:
            name: The link's name, its own in this world, and part of the seed.
            between: Two processes' names; ``up`` is from the first to the second. A connection goes up,
                whoever opens it.
            link: A link as a scenario writes it, as ``{"loss": 0.05, "up": {"delay": "5ms"}}``.
            fate: A link model of your own instead: it is given each datagram, and says what becomes of
                it, ``packet.passes(delay_ms=5)`` or ``packet.drop()``. Connections pass untouched.
                Slow: some 10 µs a datagram.
            keys: Keys of the link, as ``loss=0.05``, ``delay="20ms"``.

        Raises:
            badwire.ScenarioError: A mistake in the link; its file reads ``link``.
            ValueError, TypeError: The name is taken, or these two have a link.
        """
        first, second = self._pair(between)
        if _arguments.text("name", name) in self._links:
            raise ValueError(f"name: there is a link {name!r} already")
        asked = _merged(link, keys)
        if fate is None:
            made = WorldLink(name, self._world.link(
                name, _arguments.json_text("link", asked), first, second))
        else:
            if asked:
                raise ValueError("fate: a link has its own model, or is described, not both")
            model = OwnModel(fate, first)
            self._world.own_link(first, second)
            self._models.append(model)
            made = WorldLink(name, model)
        self._links[name] = made
        return made

    def run(self, *, until: float | None = None) -> bool:
        """Runs until nothing is left to happen, or until that time; Ctrl+C ends it.

        What still waits then, waits for nothing that will come: see waiting().

        Args:
            until: Virtual time in seconds; it is the time afterwards, whatever happens before.

        Returns:
            Whether anything is left to happen; always False without ``until``.

        Raises:
            Exception: That of a process, which is noted in it.
            ValueError: That time has passed.
        """
        end = None
        if until is not None:
            end = nanoseconds("until", until)
            if end < self._world.now_ns():
                raise ValueError(f"until: expected a time from {self.now:g} s on, found {until:g}")
        self._tasks.run(end, None, self._decide)
        return until is not None and self._world.more()

    def step(self) -> bool:
        """Lets the next event happen; False when none is left. Raises what run() raises."""
        return self._tasks.run(None, 1, self._decide)

    def waiting(self) -> dict[str, list[str]]:
        """What each process that has not ended waits for, besides time.

        As ``{"server": ["a datagram at 127.0.0.1:5000, since 0.5 s"]}``.
        """
        return {name: process.waits_for() for name, process in self._processes.items()
                if not process.done}

    def close(self) -> None:
        """Ends every process that has not ended: GeneratorExit is raised where it waits."""
        self._tasks.close()

    def _add(self, name: str, folder: str, *, own: bool) -> WorldProcess:
        if not _arguments.text("name", name):
            _arguments.expected("name", "a name", name)
        if name in self._processes:
            raise ValueError(f"name: there is a process {name!r} already")
        made = WorldProcess(name, self._world.process(name, folder),
                            lambda: self._tasks.stop(name) if own else None)
        self._processes[name] = made
        return made

    def _wait(self, at: float | None) -> int:
        """How long from now until that time, in ns."""
        if at is None:
            return 0
        wait = nanoseconds("at", at) - self._world.now_ns()
        if wait < 0:
            raise ValueError(f"at: expected a time from {self.now:g} s on, found {at:g}")
        return wait

    def _pair(self, between: Any) -> tuple[str, str]:
        if not isinstance(between, Sequence) or isinstance(between, str) or len(between) != 2:
            _arguments.expected("between", 'two processes\' names, ("client", "server")', between)
        for one in between:
            if _arguments.text("between", one) not in self._processes:
                known = ", ".join(self._processes) or "none"
                raise ValueError(f"between: there is no process {one!r}; there are: {known}")
        return between[0], between[1]

    def _decide(self, model: int, direction: str, payload: bytes) -> list[tuple[int, bytes]]:
        return self._models[model].carry(direction, payload, self._world.now_ns())

    def __repr__(self) -> str:
        done = sum(process.done for process in self._processes.values())
        return (f"<badwire.World: {self.now:g} s, {len(self._processes)} processes, "
                f"{done} of them ended>")


class WorldProcess:
    """A process of a world; World.process() and World.program() make it.

    Attributes:
        name: Its name.
    """

    _task: Task[Any]

    def __init__(
        self, name: str, process: _badwire.WorldProcess, end_tasks: Callable[[], None]
    ) -> None:
        self.name = name
        self._process = process
        self._end_tasks = end_tasks

    @property
    def done(self) -> bool:
        """Whether its program has ended; its tasks and callbacks may go on."""
        return self._task.done

    @property
    def result(self) -> Any:
        """What its program returned; of one of badwire's programs, the exit code.

        Raises:
            ValueError: It has not ended.
        """
        if not self._task.done:
            raise ValueError(f"process {self.name!r} has not ended")
        return self._task.result

    @property
    def output(self) -> str:
        """What one of badwire's programs printed so far."""
        return self._process.output().decode(errors="replace")

    @property
    def errors(self) -> str:
        """The same of its standard error."""
        return self._process.errors().decode(errors="replace")

    @property
    def metrics(self) -> dict[str, Any]:
        """What one of badwire's programs counted so far, with units in the names."""
        counted: dict[str, Any] = json.loads(self._process.metrics())
        return counted

    def waits_for(self) -> list[str]:
        """What it waits for, besides time: ``a datagram at 127.0.0.1:5000, since 0.5 s``."""
        return [f"{what}, since {since_ns / 1e9:g} s" for what, since_ns in self._process.waits_for()]

    def pause(self) -> None:
        """It stands still, as after SIGSTOP, until resume()."""
        self._process.pause()

    def resume(self) -> None:
        """It goes on; what came meanwhile is there."""
        self._process.resume()

    def stop(self) -> None:
        """Ends it: its coroutines are closed where they wait, and so are its sockets.

        One of badwire's programs is asked to end, as by Ctrl+C, and ends while the world runs.
        """
        self._end_tasks()
        self._process.stop()

    def __repr__(self) -> str:
        return f"<badwire.world.WorldProcess {self.name!r}{', ended' if self.done else ''}>"


class WorldLink:
    """A link of a world; World.link() makes it.

    Attributes:
        name: Its name.
    """

    def __init__(self, name: str, link: _badwire.WorldLink | OwnModel) -> None:
        self.name = name
        self._link = link

    def state(self) -> Link:
        """Counters of both directions so far, and what was asked; as a run's results have it."""
        return _link(json.loads(self._link.state()))

    def change(self, link: Mapping[str, Any] | None = None, /, **keys: Any) -> None:
        """Changes these keys from now on, as Relay.change() does.

        Raises:
            badwire.ScenarioError: A mistake in the link; nothing is changed.
            ValueError: It has a model of its own.
        """
        if isinstance(self._link, OwnModel):
            raise ValueError(f"link {self.name!r} has a model of its own, which decides")
        self._link.change(_arguments.json_text("link", _merged(link, keys)))

    def cut(self) -> None:
        """Pulls the cable: nothing passes, either way, until heal(). Raises what change() does."""
        self.change(cut=True)

    def heal(self) -> None:
        """Plugs the cable in again. Raises what change() does."""
        self.change(cut=False)

    def __repr__(self) -> str:
        return f"<badwire.world.WorldLink {self.name!r}>"


__all__ = ["Net", "Program", "Task", "World", "WorldLink", "WorldProcess"]
