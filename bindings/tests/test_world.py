"""Virtual worlds with Python programs: times are exact, and the same seed is the same run."""

from __future__ import annotations

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
