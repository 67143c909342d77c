"""Other people's programs in virtual time, unmodified: Python as the course and its students write it, with
ports that stand in the code. Every scenario runs twice and must be the same to the last byte and nanosecond."""

import json
import os
import shutil
import subprocess
import textwrap
import time

import pytest

UDP_ECHO = """
    import socket
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 5000))
    while True:
        data, address = server.recvfrom(2048)
        server.sendto(data.upper(), address)
"""

TCP_ECHO = """
    import socket
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", 5000))
    server.listen()
    while True:
        client, address = server.accept()
        while data := client.recv(4096):
            client.sendall(data.upper())
        client.close()
"""


class Stage:
    def __init__(self, badwire):
        self.badwire = badwire

    def program(self, name, code):
        (self.badwire.folder / f"{name}.py").write_text(textwrap.dedent(code))
        return {"command": ["/usr/bin/python3", f"{name}.py"]}

    def scenario(self, programs, links=None, **more):
        """`programs`: code by name, or (code, more of the process)."""
        processes = {}
        for name, given in programs.items():
            code, extra = given if isinstance(given, tuple) else (given, {})
            processes[name] = {**self.program(name, code), **extra}
        return {"network": "virtual", "processes": processes, "links": links or {}, **more}

    def once(self, scenario, out="out", *words):
        ran = self.badwire("run", self.badwire.scenario(scenario), "--out", out, *words)
        assert (self.badwire.folder / out / "results.json").exists(), ran.stderr
        return self.badwire.results(out)["runs"][0]

    def __call__(self, programs, links=None, **more):
        scenario = self.scenario(programs, links, **more)
        first, second = self.once(scenario), self.once(scenario)
        for one in first, second:
            one.pop("wall_ms", None)
        assert json.dumps(first) == json.dumps(second)
        return first

    def lines(self, programs, of="main", **more):
        run = self(programs, **more)
        process = run["processes"][of]
        assert process["exit"] == 0, (run["message"], process)
        return process["stdout"].splitlines()


@pytest.fixture
def stage(badwire):
    return Stage(badwire)


def client_of(code, **more):
    return {"server": (UDP_ECHO, {"port": 5000}), "main": (code, {"to": "server", **more})}


def tcp_client_of(code, server=TCP_ECHO, **more):
    return {"server": (server, {"port": 5000}), "main": (code, {"to": "server", **more})}


# ---- datagrams and links

def test_a_udp_client_with_a_port_in_its_code_goes_over_the_link(stage):
    run = stage(client_of("""
        import socket, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        before = time.monotonic()
        for i in range(10):
            s.sendto(b"hello %d" % i, ("127.0.0.1", 5000))
            data, address = s.recvfrom(2048)
            assert (data, address) == (b"HELLO %d" % i, ("127.0.0.1", 5000))
        print(round(time.monotonic() - before, 3))
    """, over="wan"), links={"wan": {"delay": "50ms"}}, expect=[{"exit": {"main": 0}}])
    assert run["verdict"] == "pass", run["message"]
    assert run["processes"]["main"]["stdout"] == "1.0\n"
    for direction in "up", "down":
        assert run["links"]["wan"][direction]["delivered"] == 10


def test_a_timeout_passes_in_no_time_and_is_exact(stage):
    assert stage.lines({"main": """
        import socket, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(1000)
        before = time.monotonic()
        try:
            s.recvfrom(10)
        except TimeoutError:
            print(round(time.monotonic() - before, 3))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, (5).to_bytes(8, "little") + bytes(8))
        s.settimeout(None)
        try:
            s.recvfrom(10)
        except BlockingIOError:
            print(round(time.monotonic() - before, 3))
    """}, time_limit="2000s") == ["1000.0", "1005.0"]


def test_nobody_at_a_port_is_told_to_a_connected_socket(stage):
    assert stage.lines({"main": """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(("127.0.0.1", 5001))
        s.send(b"x")
        try:
            s.recv(10)
        except ConnectionRefusedError as e:
            print(e)
        for to in ("8.8.8.8", 53), ("192.168.1.1", 1):
            try:
                s.sendto(b"x", to)
            except OSError as e:
                print(e)
    """}) == ["[Errno 111] Connection refused", "[Errno 101] Network is unreachable",
              "[Errno 101] Network is unreachable"]


def test_names_of_processes_and_localhost_resolve_and_others_do_not(stage):
    assert stage.lines({"other": "", "main": """
        import socket
        print(socket.gethostbyname("localhost"), socket.gethostbyname("other"))
        try:
            socket.getaddrinfo("example.com", 80)
        except socket.gaierror as e:
            print("gaierror")
    """}) == ["127.0.0.1 127.0.0.1", "gaierror"]


def test_multicast_with_a_group_in_the_code_reaches_all_members(stage):
    member = """
        import socket, struct
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", 10000))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("4sl", socket.inet_aton("224.3.29.71"), socket.INADDR_ANY))
        data, address = s.recvfrom(1024)
        print(data.decode())
        s.sendto(b"ack", address)
    """
    run = stage({"one": member, "two": member, "main": ("""
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(0.2)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, b"\\x01")
        s.sendto(b"to all", ("224.3.29.71", 10000))
        try:
            while True:
                print(s.recvfrom(16)[0].decode())
        except TimeoutError:
            print("no more")
    """, {"delay": "1s"})})
    assert run["processes"]["main"]["stdout"] == "ack\nack\nno more\n"
    assert run["processes"]["one"]["stdout"] == run["processes"]["two"]["stdout"] == "to all\n"


# ---- streams

def test_a_tcp_client_and_a_server_that_serves_one_after_the_other(stage):
    run = stage(tcp_client_of("""
        import socket
        s = socket.create_connection(("localhost", 5000))
        data = b"abc" * 100000
        s.sendall(data[:1000])
        assert len(s.recv(1000, socket.MSG_WAITALL)) == 1000
        s.sendall(b"peek")
        print(s.recv(4, socket.MSG_PEEK), s.recv(4))
        s.shutdown(socket.SHUT_WR)
        print(s.recv(10), s.getpeername())
    """, over="wan"), links={"wan": {"delay": "10ms"}})
    assert run["processes"]["main"]["stdout"] == "b'PEEK' b'PEEK'\nb'' ('127.0.0.1', 5000)\n"


def test_a_large_transfer_waits_for_its_reader(stage):
    assert stage.lines(tcp_client_of("""
        import socket, threading
        s = socket.create_connection(("127.0.0.1", 5000))
        threading.Thread(target=lambda: s.sendall(b"x" * 3000000)).start()
        got = 0
        while got < 3000000:
            got += len(s.recv(65536))
        print(got)
    """)) == ["3000000"]


def test_nobody_listens_and_a_reset(stage):
    assert stage.lines(tcp_client_of("""
        import socket, time, errno
        try:
            socket.create_connection(("127.0.0.1", 5001))
        except ConnectionRefusedError as e:
            print(e)
        s = socket.create_connection(("127.0.0.1", 5000))
        time.sleep(1)
        for _ in range(3):
            try:
                print(s.send(b"more"))
                time.sleep(0.1)
            except OSError as e:
                print(errno.errorcode[e.errno])
    """, server="""
        import socket
        server = socket.create_server(("127.0.0.1", 5000))
        client, _ = server.accept()
        client.close()
    """)) == ["[Errno 111] Connection refused", "4", "EPIPE", "EPIPE"]


WAITING_CLIENT = """
    import socket, time
    s = socket.create_connection(("127.0.0.1", 5000))
    began = time.monotonic()
    assert s.recv(10) == b"done"
    print(round(time.monotonic() - began, 2))
"""


@pytest.mark.parametrize("server, last", [("""
    import socket, time
    server = socket.create_server(("127.0.0.1", 5000), backlog=50)
    while True:
        client, _ = server.accept()
        time.sleep(0.5)
        client.sendall(b"done")
        client.close()
""", 20.0), ("""
    import socketserver, time
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            time.sleep(0.5)
            self.request.sendall(b"done")
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        request_queue_size = 50
    Server(("127.0.0.1", 5000), Handler).serve_forever()
""", 0.5), ("""
    import os, signal, socket, time
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.create_server(("127.0.0.1", 5000), backlog=50)
    while True:
        client, _ = server.accept()
        if os.fork() == 0:
            server.close()
            time.sleep(0.5)
            client.sendall(b"done")
            os._exit(0)
        client.close()
""", 0.5)])
def test_forty_clients_wait_at_an_iterative_server_and_not_at_concurrent_ones(stage, server, last):
    run = stage({"server": (server, {"port": 5000}),
                 "main": (WAITING_CLIENT, {"to": "server", "count": 40})})
    assert run["verdict"] == "pass", run["message"]
    waits = sorted(float(one["stdout"]) for name, one in run["processes"].items() if name != "server")
    assert waits[-1] == pytest.approx(last, abs=0.02)
    assert waits[0] == pytest.approx(0.5, abs=0.02)


# ---- threads, processes, and what else Python has

@pytest.mark.parametrize("code, printed", [("""
    import threading, queue, time
    began = time.monotonic()
    q = queue.Queue()
    def work():
        time.sleep(2.5)
        q.put("item")
    threading.Thread(target=work).start()
    try:
        q.get(timeout=1)
    except queue.Empty:
        print("empty", round(time.monotonic() - began, 2))
    print(q.get(), round(time.monotonic() - began, 2))
    e = threading.Event()
    print(e.wait(5), round(time.monotonic() - began, 2))
    b = threading.Barrier(3)
    def meet(n):
        time.sleep(n)
        b.wait()
    each = [threading.Thread(target=meet, args=(n,)) for n in (1, 2)]
    for t in each: t.start()
    b.wait()
    print("met", round(time.monotonic() - began, 2))
    c = threading.Condition()
    def tell():
        time.sleep(1)
        with c: c.notify()
    with c:
        threading.Thread(target=tell).start()
        print(c.wait(10), round(time.monotonic() - began, 2))
""", ["empty 1.0", "item 2.5", "False 7.5", "met 9.5", "True 10.5"]), ("""
    from concurrent.futures import ThreadPoolExecutor
    import time
    def slow(n):
        time.sleep(n)
        return n
    began = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        print(list(pool.map(slow, [3, 1, 2, 2])), round(time.monotonic() - began, 2))
""", ["[3, 1, 2, 2] 3.0"]), ("""
    import multiprocessing, time
    def work(q, n):
        time.sleep(n)
        q.put(n)
    if __name__ == "__main__":
        q = multiprocessing.Queue()
        each = [multiprocessing.Process(target=work, args=(q, n)) for n in (2, 1)]
        for p in each: p.start()
        print([q.get() for _ in each])
        for p in each: p.join()
        print([p.exitcode for p in each])
        with multiprocessing.Pool(2) as pool:
            print(pool.map(abs, [-1, -2, -3]))
""", ["[1, 2]", "[0, 0]", "[1, 2, 3]"]), ("""
    import asyncio
    async def echo(reader, writer):
        while line := await reader.readline():
            await asyncio.sleep(1)
            writer.write(line.upper())
            await writer.drain()
        writer.close()
    async def main():
        loop = asyncio.get_running_loop()
        server = await asyncio.start_server(echo, "127.0.0.1", 7000)
        async def client(n):
            reader, writer = await asyncio.open_connection("127.0.0.1", 7000)
            writer.write(b"hello %d\\n" % n)
            line = await asyncio.wait_for(reader.readline(), 5)
            writer.close()
            return line
        print(await asyncio.gather(*(client(n) for n in range(3))), round(loop.time() % 3600, 1))
        try:
            await asyncio.wait_for(asyncio.sleep(100), 3)
        except asyncio.TimeoutError:
            print("timeout", round(loop.time() % 3600, 1))
        server.close()
    asyncio.run(main())
""", ["[b'HELLO 0\\n', b'HELLO 1\\n', b'HELLO 2\\n'] 1.0", "timeout 4.0"]), ("""
    import subprocess, time
    print(subprocess.run(["sh", "-c", "sleep 2; cat; exit 3"], input="typed", text=True, capture_output=True))
    p = subprocess.Popen(["sleep", "100"])
    try:
        p.wait(1)
    except subprocess.TimeoutExpired:
        p.terminate()
    print(p.wait(), round(time.monotonic() % 3600, 1))
""", ["CompletedProcess(args=['sh', '-c', 'sleep 2; cat; exit 3'], returncode=3, stdout='typed', stderr='')",
      "-15 3.0"]), ("""
    import signal, time, os
    def rang(*_):
        print("alarm", round(time.monotonic() % 3600, 1))
    signal.signal(signal.SIGALRM, rang)
    signal.setitimer(signal.ITIMER_REAL, 1.5, 1)
    time.sleep(4)
    signal.alarm(0)
    print("slept", round(time.monotonic() % 3600, 1))
    signal.alarm(2)
    signal.pause()
    print("paused", round(time.monotonic() % 3600, 1))
""", ["alarm 1.5", "alarm 2.5", "alarm 3.5", "slept 4.0", "alarm 6.0", "paused 6.0"]), ("""
    import os, select, socket, threading, time
    r, w = os.pipe()
    a, b = socket.socketpair()
    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    u.bind(("127.0.0.1", 0))
    def later():
        time.sleep(1); os.write(w, b"x")
        time.sleep(1); b.send(b"y")
        time.sleep(1); u.sendto(b"z", u.getsockname())
    threading.Thread(target=later, daemon=True).start()
    for _ in range(3):
        ready = select.select([r, a, u], [], [], 10)[0]
        for one in ready:
            got = os.read(r, 1) if one == r else one.recv(1)
            print(got.decode(), round(time.monotonic() % 3600, 1))
    print(select.select([r, a, u], [], [], 5), round(time.monotonic() % 3600, 1))
""", ["x 1.0", "y 2.0", "z 3.0", "([], [], []) 8.0"]), ("""
    import random, os, uuid, time
    print(random.random() != random.random(), len(os.urandom(8)), hash("x") != 0, len(str(uuid.uuid4())))
    print(random.random(), os.urandom(4).hex(), hash("x"), open("/dev/urandom", "rb").read(4).hex(), time.time())
""", None)])
def test_python(stage, code, printed):
    lines = stage.lines({"main": code})
    assert printed is None or lines == printed


def test_a_loop_without_a_call_beside_a_receiving_thread(stage):
    run = stage({"server": ("""
        import socket, threading
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 5000))
        over = False
        def receive():
            global over
            while True:
                data, a = s.recvfrom(100)
                print(data.decode())
                if data == b"end":
                    over = True
        threading.Thread(target=receive, daemon=True).start()
        while not over:
            pass
        print("over")
    """, {"port": 5000}), "main": ("""
        import socket, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for text in b"one", b"two", b"end":
            s.sendto(text, ("127.0.0.1", 5000))
            time.sleep(1)
    """, {"to": "server"})})
    assert run["processes"]["server"]["stdout"] == "one\ntwo\nend\nover\n"


def test_typed_input_and_the_end_of_it(stage):
    run = stage({"main": ("""
        import sys
        print(input("name? "))
        for line in sys.stdin:
            print("line", line.strip())
        print("end")
    """, {"input": ["Ann", {"text": "later", "after": "2s"}, {"end": True}]})})
    assert run["processes"]["main"]["stdout"] == "name? Ann\nline later\nend\n"
    assert run["elapsed_ms"] == pytest.approx(2000, abs=1)


def test_a_server_that_is_stopped_at_the_end_sees_the_signal(stage):
    run = stage(tcp_client_of("""
        import socket
        socket.create_connection(("127.0.0.1", 5000)).close()
    """, server="""
        import signal, socket, sys
        def stop(*_):
            print("stopped", flush=True)
            sys.exit(0)
        signal.signal(signal.SIGTERM, stop)
        server = socket.create_server(("127.0.0.1", 5000))
        while True:
            server.accept()
    """))
    assert run["processes"]["server"]["stdout"] == "stopped\n"
    assert run["processes"]["server"]["exit"] == 0


def test_a_deadlock_is_found_at_once_and_explained(stage):
    run = stage(client_of("""
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(b"hello", ("127.0.0.1", 5000))
        s.recvfrom(100)
    """, over="wan"), links={"wan": {"up": {"exact": [{"nth": 1}]}}},
        expect=[{"exit": {"main": 0}}])
    assert run["verdict"] == "fail"
    assert "deadlock: no program can go on" in run["message"], run["message"]
    assert "main waits for a datagram at" in run["message"]
    assert run["elapsed_ms"] < 100


def test_a_server_of_badwires_and_a_foreign_client_meet_over_a_link(stage):
    """Once at the port that the client is told, once at the one that stands in its code."""
    code = """
        import socket, sys
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        print(s.recv(100).decode().strip())
        s.sendall(b"Thanks Server!")
    """
    for port in "${to.port}", "3456":
        scenario = stage.scenario({"main": (code, {"to": "server", "over": "wan"})},
                                  links={"wan": {"delay": "5ms"}})
        scenario["processes"]["server"] = {"program": "loop-server", "port": 3456}
        scenario["processes"]["main"]["command"].append(port)
        run = stage.once(scenario)
        assert run["processes"]["main"]["stdout"].startswith("Hello!"), run
        assert run["links"]["wan"]["up"]["connections"] == 1, run["links"]


@pytest.mark.parametrize("server, client, files, more", [
    ("udp-ftp-server", "udp-ftp-client", ["a.bin"], {"files": {"a.bin": {"random": "20KiB"}}}),
    ("datagram-server", "datagram-client", ["hello"], {}),
])
def test_badwires_own_programs_are_the_same_as_guests_and_as_coroutines(stage, server, client, files, more):
    link = {"links": {"wan": {"delay": "20ms", "loss": 0.1}}, "network": "virtual", "time_limit": "300s", **more}
    exec_of = [stage.badwire.command, "exec"]
    as_guests = stage.once({**link, "processes": {
        "server": {"command": [*exec_of, server, "--port", "5000"], "port": 5000, "stays": True},
        "client": {"command": [*exec_of, client, *files, "--host", "127.0.0.1", "--port", "5000"], "to": "server",
                   "over": "wan"}}})
    as_coroutines = stage.once({**link, "processes": {
        "server": {"program": server, "stays": True},
        "client": {"program": client, "args": files, "to": "server", "over": "wan"}}})
    assert as_guests["processes"]["client"]["exit"] == as_coroutines["processes"]["client"]["exit"]
    for direction in "up", "down":
        counts = [{key: one["links"]["wan"][direction][key] for key in ("offered", "dropped", "delivered")}
                  for one in (as_guests, as_coroutines)]
        assert counts[0] == counts[1]
    assert as_guests["elapsed_ms"] == pytest.approx(as_coroutines["elapsed_ms"], rel=0.01)


STOP_AND_WAIT = {"server": ("""
    import socket
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 5000))
    expected = 0
    while True:
        data, client = s.recvfrom(2048)
        number = data.split(b":")[0]
        if int(number) == expected:
            print("got", data.decode())
            expected += 1
        s.sendto(b"ack:" + number, client)
""", {"port": 5000}), "main": ("""
    import socket, sys
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(0.2)
    for number in range(5):
        for attempt in range(TRIES):
            s.sendto(b"%d:text" % number, ("127.0.0.1", 5000))
            try:
                while s.recvfrom(100)[0] != b"ack:%d" % number:
                    pass
                break
            except TimeoutError:
                pass
        else:
            sys.exit("gave up")
""", {"to": "server", "over": "wan"})}


def stop_and_wait(stage, tries, link):
    programs = {**STOP_AND_WAIT, "main": (STOP_AND_WAIT["main"][0].replace("TRIES", str(tries)),
                                          STOP_AND_WAIT["main"][1])}
    return stage.scenario(programs, {"wan": link}, expect=[{"exit": {"main": 0}},
                                                           {"output": "server", "contains": "got 4:text"}])


def test_a_protocol_in_python_is_certified_and_a_weak_one_refuted(stage):
    certify = ["certify", "--at-most", "2", "--first", "8", "--jobs", "2"]
    strong = stage.badwire(*certify, stage.badwire.scenario(stop_and_wait(stage, 3, {"delay": "5ms"})))
    assert strong.returncode == 0 and "certified: " in strong.stdout, strong.stdout + strong.stderr
    weak = stage.badwire(*certify, stage.badwire.scenario(stop_and_wait(stage, 2, {"delay": "5ms"})))
    assert weak.returncode == 1, weak.stdout + weak.stderr


def test_seeds_are_searched_and_packets_explained(stage):
    scenario = stage.badwire.scenario(stop_and_wait(stage, 2, {"delay": "5ms", "loss": 0.3}))
    found = stage.badwire("search", scenario, "--seeds", "20", "--jobs", "2")
    assert found.returncode == 1 and "failed in" in found.stdout, found.stdout + found.stderr
    assert "dropped by loss" in found.stdout
    explained = stage.badwire("explain", stage.badwire.scenario(stop_and_wait(stage, 2, {"delay": "5ms"})))
    assert '"0:text"' in explained.stdout and "costs 200" in explained.stdout, explained.stdout


def test_fates_are_those_of_the_relay(stage):
    """Packet by packet: the relay's client is told the link's port, the guest has the server's in its code."""
    link = {"delay": "5ms", "loss": 0.3, "duplicate": 0.2}
    fates = {}
    for network, port in ("virtual", 5000), ("relay", "${to.port}"):
        scenario = stop_and_wait(stage, 20, link)
        for name in "main", "server":
            code = stage.badwire.folder / f"{name}.py"
            code.write_text(code.read_text().replace("5000", "int(sys.argv[1])").replace("import socket",
                                                                                        "import socket, sys"))
        scenario["processes"]["server"].pop("port")
        scenario["processes"]["server"]["command"].append(str(port) if network == "virtual" else "${port}")
        scenario["processes"]["main"]["command"].append(str(port))
        if network == "virtual":
            scenario["processes"]["server"]["port"] = port
        run = stage.once({**scenario, "network": network, "seed": 3}, network)
        packets = stage.badwire.folder / network / "runs" / f"0001-scenario-{network}" / "packets.jsonl"
        lines = [json.loads(line) for line in packets.read_text().splitlines()]
        fates[network] = {tuple(one[key] for key in ("direction", "flow", "content", "occurrence")): one["fate"]
                          for one in lines}
        assert run["verdict"] == "pass", run["message"]
    common = fates["virtual"].keys() & fates["relay"].keys()
    assert len(common) >= 10 and {fates["virtual"][one] for one in common} >= {"delivered", "dropped"}
    assert [fates["virtual"][one] for one in common] == [fates["relay"][one] for one in common]


def test_what_is_not_the_same_each_time_is_found(stage):
    plain = stage.scenario({"main": "print('same')"})
    assert "nothing differs" in stage.badwire("run", stage.badwire.scenario(plain), "--verify").stdout
    counts = stage.badwire.folder / "count"
    counts.write_text("0")
    other = stage.scenario({"main": f"""
        from pathlib import Path
        count = Path({str(counts)!r})
        count.write_text(str(int(count.read_text()) + 1))
        print(count.read_text())
    """})
    differs = stage.badwire("run", stage.badwire.scenario(other), "--verify", "--out", "out")
    assert differs.returncode == 1
    assert 'not repeatable: ' in differs.stdout and '/processes/main/stdout: "1\\n", then "2\\n"' in differs.stdout
    run = stage.badwire.results("out")["runs"][0]
    assert run["repeatable"] is False and run["differs"].startswith("/processes/main/stdout")
    refused = stage.badwire("run", stage.badwire.scenario(plain), "--verify", "--network", "direct")
    assert refused.returncode == 2 and "--network virtual" in refused.stderr


def test_a_hostile_guest_harms_nobody_and_leaves_nothing(stage):
    run = stage({"main": """
        import os, shutil, socket, time
        for _ in range(50):
            if os.fork() == 0:
                os.setsid()
                time.sleep(1000)
                os._exit(0)
        for victim in -1, 1, 2, os.getppid():
            try:
                os.kill(victim, 9)
            except OSError as failed:
                print(type(failed).__name__)
        for family, kind in (socket.AF_INET, socket.SOCK_RAW), (socket.AF_PACKET, socket.SOCK_RAW):
            try:
                socket.socket(family, kind, 1)
            except OSError as failed:
                print(failed.strerror)
        shutil.rmtree(os.getcwd())
        os._exit(3)
    """, "other": "import time; time.sleep(5); print('well')"}, expect=[{"exit": {"main": 3, "other": 0}}])
    assert run["verdict"] == "pass", run["message"]
    assert run["processes"]["main"]["stdout"].splitlines() == [
        "PermissionError", "ProcessLookupError", "ProcessLookupError", "ProcessLookupError",
        "Operation not permitted", "Address family not supported by protocol"]
    assert stage.badwire.marked_processes() == []


def test_killing_badwire_ends_its_guests(stage):
    scenario = stage.scenario({"main": """
        import subprocess
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
        while True:
            pass
    """})
    going_on = stage.badwire.start("run", stage.badwire.scenario(scenario))
    give_up = time.monotonic() + 60
    while sum(b"main.py" in command for _, command in stage.badwire.marked_processes()) < 1:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    going_on.kill()
    going_on.communicate()
    while stage.badwire.marked_processes():
        assert time.monotonic() < give_up, stage.badwire.marked_processes()
        time.sleep(0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_do_the_same(stage):
    scenario = stage.scenario({"main": "import os; print(os.getuid())"})
    stage.badwire.scenario(scenario)
    shutil.copy(stage.badwire.command, stage.badwire.folder / "badwire")
    for folder in (stage.badwire.folder, *stage.badwire.folder.parents):
        if not os.stat(folder).st_mode & 1:
            folder.chmod(0o755)
    stage.badwire.folder.chmod(0o777)
    stage.badwire.tmp.chmod(0o777)
    ran = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "./badwire", "run",
                          "scenario.json", "--out", "out"], cwd=stage.badwire.folder, env=stage.badwire.env,
                         capture_output=True, text=True, check=False)
    run = stage.badwire.results("out")["runs"][0]
    assert run["processes"]["main"]["stdout"] == "65534\n", ran.stdout + ran.stderr


def test_what_virtual_time_does_not_know_is_inconclusive_and_named(stage):
    run = stage.once(stage.scenario({"main": """
        import ctypes, fcntl, os, time
        lock = open("lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fork() == 0:
            fcntl.flock(open("lock", "w"), fcntl.LOCK_EX)
        time.sleep(1)
    """}))
    assert run["verdict"] == "inconclusive"
    assert "main: a thread of it waits in a way that virtual time does not know" in run["message"]
