"""Virtual worlds in which something fails, or is refused, or ends before its programs do."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import textwrap
import weakref

import pytest
from test_world import ask, echo, ended

import badwire
from badwire import World


# ---- failures


def test_an_exception_ends_the_run_and_names_its_process_and_time():
    world = World()

    async def failing(net):
        await net.sleep(0.25)
        return {}["nothing"]

    world.process("server", echo)
    world.process("culprit", failing)
    with pytest.raises(KeyError) as caught:
        world.run()
    assert caught.value.__notes__ == ["in process 'culprit', at 0.25 s of virtual time"]
    with pytest.raises(RuntimeError, match="the world has ended: KeyError in process 'culprit'"):
        world.run()


def test_what_is_awaited_must_be_of_the_world():
    async def foreign(net):
        await asyncio.sleep(0)

    async def endless(net):
        await net.spawn(asyncio.sleep(1))

    for program, error, message in ((foreign, TypeError, "waits for what its net gives"),
                                    (endless, RuntimeError, "no running event loop")):  # fmt: skip
        world = World()
        world.process("program", program)
        with pytest.raises(error, match=message):
            world.run()


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda net: net.udp_socket(port="5"), TypeError, r'port: expected \("127.0.0.1", 5000\) or a port'),
        (lambda net: net.udp_socket(host="nowhere"), ValueError, 'port: expected .* found .*nowhere'),
        (lambda net: net.udp_socket().sendto("text", 9), TypeError, "data: expected bytes"),
        (lambda net: net.udp_socket().sendto(b"", 0), ValueError, "to: expected a whole number from 1"),
        (lambda net: net.join("10.0.0.1", 9), OSError, "Invalid argument"),
        (lambda net: net.spawn(print), TypeError, "coroutine: expected a coroutine"),
        (lambda net: net.call_later(-1, print), ValueError, "seconds: expected a number of seconds"),
    ],
)  # fmt: skip
def test_what_a_net_cannot_do_is_told(act, kind, message):
    world = World()
    world.process("program", act)
    with pytest.raises(kind, match=message) as caught:
        world.run()
    assert caught.value.__notes__ == ["in process 'program', at 0 s of virtual time"]


def test_two_tasks_cannot_wait_at_one_socket():
    world = World()

    async def program(net):
        socket = net.udp_socket()
        net.spawn(socket.recvfrom())
        await net.sleep(0)
        with pytest.raises(RuntimeError, match="another task already waits for a datagram"):
            await socket.recvfrom()

    assert ended(world, world.process("program", program)) is None


def test_a_program_cannot_run_its_world():
    world = World()

    async def program(net):
        with pytest.raises(RuntimeError, match="the world runs already"):
            world.run()

    assert ended(world, world.process("program", program)) is None


@pytest.mark.parametrize(
    ("act", "kind", "message"),
    [
        (lambda w: World(seed="1"), TypeError, "seed: expected a whole number"),
        (lambda w: w.process("a", echo), ValueError, "name: there is a process 'a' already"),
        (lambda w: w.process("", echo), ValueError, "name: expected a name"),
        (lambda w: w.process("b", "echo"), TypeError, "program: expected a function that takes a Net"),
        (lambda w: w.process("b", echo, at=-1), ValueError, "at: expected a number of seconds"),
        (lambda w: w.program("b", "iterative-servr"), ValueError, "program: expected"),
        (lambda w: w.program("b", "iterative-server", "--once"), TypeError, "args: expected a list"),
        (lambda w: w.link("l", ("a", "c")), ValueError, "between: there is no process 'c'; there are: a"),
        (lambda w: w.link("l", "ab"), ValueError, "between: expected two processes' names"),
        (lambda w: w.link("l", ("a", "a")), ValueError, "there is a link between a and a"),
        (lambda w: w.run(until="soon"), TypeError, "until: expected a number of seconds"),
        (lambda w: w.run(until=float("nan")), ValueError, "until: expected a number of seconds"),
    ],
)  # fmt: skip
def test_arguments_that_cannot_be_are_named(act, kind, message):
    world = World()
    world.process("a", echo)
    with pytest.raises(kind, match=message):
        act(world)


def test_a_link_is_checked_and_stands_between_two_only_once():
    world = World()
    world.process("a", echo)
    world.process("b", ask)
    with pytest.raises(badwire.ScenarioError, match='did you mean "loss"'):
        world.link("wan", ("a", "b"), los=0.1)
    world.link("wan", ("a", "b"), loss=0.1)
    with pytest.raises(ValueError, match="there is a link 'wan' already"):
        world.link("wan", ("a", "b"))
    with pytest.raises(ValueError, match="there is a link between b and a already"):
        world.link("lan", ("b", "a"))


# ---- the end


def test_closing_a_world_lets_its_programs_clean_up():
    cleaned = []

    async def program(net):
        try:
            with net.udp_socket() as socket:
                await socket.recvfrom()
        finally:
            cleaned.append("here")

    with World() as world:
        world.process("program", program)
        world.run()
    assert cleaned == ["here"]
    with pytest.raises(RuntimeError, match="it is closed"):
        world.run()


def test_a_process_that_is_stopped_leaves_its_port_and_its_peers():
    cleaned = []

    async def server(net):
        with net.listen(port=80) as listener:
            stream = await listener.accept()
            try:
                await stream.read_line()
            finally:
                cleaned.append(net.now)

    async def client(net):
        stream = await net.connect(80)
        return await stream.read(), net.now

    async def successor(net):
        await net.listen(port=80).accept(timeout=1.0)

    world = World()
    first = world.process("first", server)
    asking = world.process("client", client, at=0.1)
    late = world.process("late", client, at=9.0)
    world.run(until=2.0)
    first.stop()
    late.stop()
    world.run(until=3.0)
    assert first.done and first.result is None and cleaned == [2.0]
    assert asking.result == (b"", 2.0) and late.done
    again = world.process("again", successor)
    with pytest.raises(TimeoutError):
        world.run()
    assert again.done and world.now == 4.0


def test_a_forgotten_world_leaves_nothing_behind():
    class Held:
        pass

    def forget():
        world, held = World(), Held()

        async def program(net, held=held):
            listener, socket = net.listen(), net.udp_socket()
            net.spawn(listener.accept())
            await socket.recvfrom()
            return held

        world.process("program", program)
        world.program("server", "iterative-server")
        world.run(until=1.0)
        return weakref.ref(held)

    held = forget()
    gc.collect()
    assert held() is None


def test_ctrl_c_ends_a_run():
    script = """
        import os, signal, badwire

        async def endless(net):
            while True:
                await net.sleep(1)
                if net.now == 1000:
                    os.kill(os.getpid(), signal.SIGINT)

        world = badwire.World()
        world.process("endless", endless)
        try:
            world.run()
        except KeyboardInterrupt:
            print("interrupted")
    """
    called = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=os.environ,
                            capture_output=True, text=True, timeout=100, check=False)  # fmt: skip
    assert called.stdout == "interrupted\n", called.stderr
