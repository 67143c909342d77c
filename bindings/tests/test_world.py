"""Virtual worlds with Python programs: times are exact, the same seed is the same run, and failures say
where they happened."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import textwrap
import weakref

import pytest

import badwire
from badwire import World


async def echo(net):
    socket = net.udp_socket(port=5000)
    while True:
        data, sender = await socket.recvfrom()
        socket.sendto(data, sender)


async def ask(net):
    socket = net.udp_socket()
    socket.sendto(b"hello", ("127.0.0.1", 5000))
    data, sender = await socket.recvfrom(timeout=10.0)
    return data, sender, net.now


def ended(world, process):
    """What the process returns, once nothing is left to happen."""
    world.run()
    assert process.done
    return process.result


# ---- time, datagrams, connections


def test_times_are_exact():
    world = World()
    seen = []

    async def clock(net):
        for _ in range(3):
            await net.sleep(0.1)
            seen.append(net.now)
        return "over"

    sleeper = world.process("clock", clock, at=1.0)
    assert not sleeper.done
    with pytest.raises(ValueError, match="process 'clock' has not ended"):
        sleeper.result
    assert world.run() is False
    assert seen == [1.1, 1.2, 1.3] and world.now == 1.3
    assert sleeper.done and sleeper.result == "over"


def test_datagrams_go_over_the_link_between_two_processes():
    world = World(seed=7)
    world.process("server", echo)
    asking = world.process("client", ask)
    wan = world.link("wan", between=("client", "server"), delay="20ms", down={"delay": "5ms"})

    assert ended(world, asking) == (b"hello", ("127.0.0.1", 5000), 0.025)
    state = wan.state()
    assert (state.up.offered, state.down.delivered) == (1, 1)
    assert list(state.flows) == ["client"]
    assert world.links == {"wan": wan} and list(world.processes) == ["server", "client"]


def test_without_a_link_a_datagram_takes_no_time():
    world = World()
    world.process("server", echo)
    assert ended(world, world.process("client", ask))[2] == 0.0


def test_connections_meet_the_link_too():
    world = World()

    async def server(net):
        listener = net.listen(port=80)
        with await listener.accept() as stream:
            line = await stream.read_line()
            rest = await stream.read_exactly(4)
            await stream.write(line.upper() + rest)
        return stream.peer[1]

    async def client(net):
        stream = await net.connect(80)
        await stream.write(b"hello\nab")
        await stream.write(b"cd")
        stream.end()
        answer = b""
        while data := await stream.read(3):
            assert len(data) <= 3
            answer += data
        return answer, net.now, stream.address[1], stream.peer

    serving = world.process("server", server)
    asking = world.process("client", client)
    world.link("wan", ("client", "server"), delay="10ms")
    answer, now, _, peer = ended(world, asking)
    assert answer == b"HELLO\nabcd"
    # A round for the handshake, one for the request and its answer.
    assert now == 0.04 and serving.done and peer[0] == "127.0.0.1"


def test_a_lost_datagram_is_a_timeout():
    world = World()
    world.process("server", echo)

    async def client(net):
        socket = net.udp_socket()
        socket.sendto(b"?", 5000)
        with pytest.raises(TimeoutError):
            await socket.recvfrom(timeout=0.5)
        return net.now

    asking = world.process("client", client)
    world.link("wan", ("client", "server"), up={"loss": 1})
    assert ended(world, asking) == 0.5


def test_what_a_real_socket_refuses_is_an_os_error():
    world = World()

    async def client(net):
        with pytest.raises(ConnectionRefusedError):
            await net.connect(81)
        socket = net.udp_socket(port=7)
        with pytest.raises(OSError, match="in use"):
            net.udp_socket(port=7)
        with pytest.raises(OSError, match="too long"):
            socket.sendto(bytes(70_000), 7)
        socket.close()
        with pytest.raises(OSError):
            await socket.recvfrom()
        with pytest.raises(OSError):
            socket.sendto(b"", 7)
        listener = net.listen()
        with pytest.raises(TimeoutError):
            await listener.accept(timeout=1)
        return "told"

    assert ended(world, world.process("client", client)) == "told"


def test_a_group_hears_what_is_sent_to_it_each_member_over_its_own_link():
    world = World()
    group = ("239.1.2.3", 5007)

    async def member(net):
        socket = net.join(*group)
        data, _ = await socket.recvfrom(timeout=1.0)
        return data, net.now

    async def speaker(net):
        net.udp_socket().sendto(b"all", group)

    near, far = world.process("near", member), world.process("far", member)
    world.process("speaker", speaker, at=0.1)
    world.link("wan", ("speaker", "far"), delay="30ms")
    world.run()
    assert near.result == (b"all", 0.1) and far.result == (b"all", 0.13)


def test_the_same_seed_is_the_same_run():
    def lost(seed):
        world = World(seed=seed)
        arrived = []

        async def sink(net):
            socket = net.udp_socket(port=5000)
            socket.on_datagram(lambda data, _: arrived.append((data, net.now)))

        async def source(net):
            socket = net.udp_socket()
            for number in range(100):
                socket.sendto(b"%d" % number, 5000)
                await net.sleep(net.random.uniform(0.001, 0.002))

        world.process("sink", sink)
        world.process("source", source)
        world.link("wan", ("source", "sink"), loss=0.3, delay={"uniform": ["1ms", "9ms"]})
        world.run()
        return arrived

    assert lost(5) == lost(5) != lost(6)
    assert 40 < len(lost(5)) < 95


def test_a_link_decides_as_a_link_model_of_the_same_seed_and_name():
    world = World(seed=3)
    arrived = []
    world.process("sink", lambda net: net.udp_socket(port=9).on_datagram(
        lambda data, _: arrived.append(data)))  # fmt: skip

    async def source(net):
        for number in range(60):
            net.udp_socket().sendto(b"packet %d" % number, 9)

    world.process("source", source, at=0.1)
    world.link("wan", ("source", "sink"), loss=0.4)
    world.run()
    model = badwire.LinkModel({"loss": 0.4}, seed=3, name="wan")
    payloads = [b"packet %d" % number for number in range(60)]
    assert arrived == [p for p in payloads if not model.decide(p, flow="source").dropped]


# ---- step by step, and changes on the way


def test_a_world_is_driven_step_by_step():
    world = World()
    seen = []

    async def clock(net):
        while True:
            await net.sleep(1.0)
            seen.append(net.now)

    world.process("clock", clock)
    assert world.run(until=2.5) is True and seen == [1, 2] and world.now == 2.5
    events = world.events
    while len(seen) < 3:
        assert world.step()
    assert world.now == 3.0 and world.events > events
    assert world.run(until=3.0)
    with pytest.raises(ValueError, match="until: expected a time from 3 s on, found 1"):
        world.run(until=1)
    assert World().step() is False and World().run(until=5.0) is False


def test_links_change_between_steps():
    world = World()
    arrived = []
    world.process("sink", lambda net: net.udp_socket(port=9).on_datagram(
        lambda data, _: arrived.append(round(net.now, 3))))  # fmt: skip

    async def source(net):
        for _ in range(4):
            net.udp_socket().sendto(b"x", 9)
            await net.sleep(1.0)

    world.process("source", source, at=0.5)
    wan = world.link("wan", ("source", "sink"))
    world.run(until=1)
    wan.cut()
    world.run(until=2)
    wan.heal()
    wan.change(up={"delay": "100ms"})
    world.run(until=3)
    with pytest.raises(badwire.ScenarioError, match='did you mean "loss"'):
        wan.change(up={"delay": "5ms"}, down={"los": 1})
    world.run()
    assert arrived == [0.5, 2.6, 3.6]
    assert wan.state().up.dropped_by["cut"] == 1


def test_who_waits_for_what_can_be_asked():
    world = World()
    world.process("server", echo, at=0.5)
    world.run()
    assert world.waiting() == {"server": ["a datagram at 127.0.0.1:5000, since 0.5 s"]}


def test_a_paused_process_stands_still():
    world = World()
    server = world.process("server", echo)
    asking = world.process("client", ask, at=1.0)
    world.run(until=0.5)
    server.pause()
    world.run(until=2.0)
    server.resume()
    assert ended(world, asking)[2] == 2.0


# ---- tasks and callbacks


def test_tasks_run_beside_each_other_and_are_awaited():
    world = World()

    async def part(net, seconds):
        await net.sleep(seconds)
        return seconds

    async def whole(net):
        tasks = [net.spawn(part(net, seconds)) for seconds in (0.3, 0.1, 0.2)]
        return [await task for task in tasks], net.now

    assert ended(world, world.process("whole", whole)) == ([0.3, 0.1, 0.2], 0.3)


def test_a_task_that_fails_tells_who_awaits_it():
    world = World()

    async def part(net):
        await net.sleep(0.1)
        raise KeyError("lost")

    async def whole(net):
        task = net.spawn(part(net))
        with pytest.raises(KeyError):
            await task
        return task.done

    assert ended(world, world.process("whole", whole)) is True


def test_callbacks_are_programs_too():
    world = World()
    heard = []

    def server(net):
        socket = net.udp_socket(port=5000)
        socket.on_datagram(lambda data, who: socket.sendto(data, who))

    def client(net):
        socket = net.udp_socket()
        socket.on_datagram(lambda data, _: heard.append((data, net.now)))
        net.call_later(0.25, socket.sendto, b"later", ("127.0.0.1", 5000))

    world.process("server", server)
    world.process("client", client)
    world.link("wan", ("client", "server"), delay="5ms")
    world.run()
    assert heard == [(b"later", 0.26)]


def test_badwires_own_programs_live_in_the_same_world():
    world = World(seed=2)
    serving = world.program("server", "iterative-server", ["--port", "5000", "--work", "200ms"])

    async def client(net):
        stream = await net.connect(5000)
        await stream.write(b"100")
        stream.end()
        total = b""
        while data := await stream.read():
            total += data
        return int(total), net.now

    first = world.process("first", client, at=1.0)
    second = world.process("second", client, at=1.5)
    world.run(until=100)
    serving.stop()
    world.run()
    assert first.result == (5050, 21.0) and second.result == (5050, 41.0)
    assert serving.done and serving.result == 0 and "listening" in serving.output
    assert serving.errors == "" and isinstance(serving.metrics, dict)


# ---- own link models


def test_a_function_is_a_link_model():
    seen = []

    def every_third(packet):
        seen.append((packet.direction, packet.flow, packet.number, packet.at_s))
        if packet.number % 3 == 0:
            return packet.drop("every third")
        if packet.number == 2:
            return packet.passes(copies=1, payload=b"changed")
        return packet.passes(delay_ms=5)

    world = World()
    arrived = []
    world.process("sink", lambda net: net.udp_socket(port=9).on_datagram(
        lambda data, _: arrived.append((data, net.now))))  # fmt: skip

    async def source(net):
        for number in range(4):
            net.udp_socket().sendto(b"%d" % number, 9)

    world.process("source", source, at=1)
    wan = world.link("own", ("source", "sink"), fate=every_third)
    world.run()
    assert arrived == [(b"changed", 1.0)] * 2 + [(b"0", 1.005), (b"3", 1.005)]
    assert seen == [("up", "source", number, 1.0) for number in (1, 2, 3, 4)]
    up = wan.state().up
    assert (up.offered, up.delivered, up.dropped, up.duplicated, up.corrupted) == (4, 4, 1, 1, 1)
    with pytest.raises(ValueError, match="model of its own"):
        wan.cut()


def test_a_link_model_may_be_a_function():
    model = badwire.LinkModel(fate=lambda packet: packet.passes(delay_ms=packet.number))
    assert [model.decide(b"x").delay_ms for _ in range(3)] == [1, 2, 3]
    assert model.decide(b"x", direction="down").delay_ms == 1
    wrong = badwire.LinkModel(fate=lambda packet: 3)
    with pytest.raises(TypeError, match=r"packet.passes\(\) or packet.drop\(\), found 3"):
        wrong.decide(b"x")
    with pytest.raises(ValueError, match="fate: a link has its own model"):
        badwire.LinkModel({"loss": 1}, fate=lambda packet: packet.drop())


def test_a_model_that_fails_ends_the_run():
    world = World()
    world.process("server", echo)
    world.process("client", ask)
    world.link("own", ("client", "server"), fate=lambda packet: None)
    with pytest.raises(TypeError, match="packet.passes"):
        world.run()


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
