"""What programs do besides sockets, in virtual time: threads, children, timers, signals, typed input, loops, and
what they cannot do."""

import os
import shutil
import subprocess
import time

import pytest

from test_guests import tcp_client_of

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
    import subprocess
    big = subprocess.run("head -c 1000000 /dev/zero | cat | wc -c", shell=True, capture_output=True, text=True)
    print(big.stdout.strip())
    print(len(subprocess.run(["cat"], input="y" * 300000, capture_output=True, text=True).stdout))
    print(subprocess.run("yes | head -n 2", shell=True, capture_output=True, text=True).stdout.split())
""", ["1000000", "300000", "['y', 'y']"]), ("""
    import os, signal, socket, threading, time
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((socket.gethostbyname(socket.gethostname()), 0))
    for _ in range(2):
        threading.Timer(2, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            s.recv(10)
        except KeyboardInterrupt:
            print("interrupted", s.getsockname()[0], round(time.monotonic() % 3600, 1))
""", ["interrupted 127.0.0.1 2.0", "interrupted 127.0.0.1 4.0"]), ("""
    import random, os, uuid, time
    print(random.random() != random.random(), len(os.urandom(8)), hash("x") != 0, len(str(uuid.uuid4())))
    print(random.random(), os.urandom(4).hex(), hash("x"), open("/dev/urandom", "rb").read(4).hex(), time.time())
""", None)])
def test_python(guests, code, printed):
    lines = guests.lines({"main": code})
    assert printed is None or lines == printed


def test_a_loop_without_a_call_beside_a_receiving_thread(guests):
    run = guests({"server": ("""
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


def test_who_asks_again_and_again_for_the_time_gets_it(guests):
    assert guests.lines({"main": """
        import os, select, socket, time
        began = time.monotonic()
        while time.monotonic() < began + 20:
            pass
        while time.time() < 1_700_000_000 + 40:
            os.sched_yield()
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setblocking(False)
        while time.monotonic() < began + 59:
            try:
                s.recv(10)
            except BlockingIOError:
                select.select([s], [], [], 0)
        print(round(time.monotonic() - began))
    """}) == ["59"]


def test_typed_input_and_the_end_of_it(guests):
    run = guests({"main": ("""
        import sys
        print(input("name? "))
        for line in sys.stdin:
            print("line", line.strip())
        print("end")
    """, {"input": ["Ann", {"text": "later", "after": "2s"}, {"end": True}]})})
    assert run["processes"]["main"]["stdout"] == "name? Ann\nline later\nend\n"
    assert run["elapsed_ms"] == pytest.approx(2000, abs=1)


def test_a_terminal(guests):
    run = guests({"main": ("""
        import os, sys
        print([os.isatty(one) for one in range(3)], os.get_terminal_size().columns)
        print(input(), sys.stdin.read() == "")
    """, {"terminal": True, "input": ["Ann", {"end": True}]})})
    assert run["processes"]["main"]["stdout"] == "[True, True, False] 80\nAnn True\n", run["message"]


def test_a_server_that_is_stopped_at_the_end_sees_the_signal(guests):
    run = guests(tcp_client_of("""
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


def test_a_hostile_guest_harms_nobody_and_leaves_nothing(guests):
    run = guests({"main": """
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
    assert guests.badwire.marked_processes() == []


def test_killing_badwire_ends_its_guests(guests):
    scenario = guests.scenario({"main": """
        import subprocess
        subprocess.Popen(["sleep", "1000"], start_new_session=True)
        while True:
            pass
    """})
    going_on = guests.badwire.start("run", guests.badwire.scenario(scenario))
    give_up = time.monotonic() + 60
    while sum(b"main.py" in command for _, command in guests.badwire.marked_processes()) < 1:
        assert time.monotonic() < give_up
        time.sleep(0.05)
    going_on.kill()
    going_on.communicate()
    while guests.badwire.marked_processes():
        assert time.monotonic() < give_up, guests.badwire.marked_processes()
        time.sleep(0.05)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_can_do_the_same(guests):
    scenario = guests.scenario({"main": "import os; print(os.getuid())"})
    guests.badwire.scenario(scenario)
    shutil.copy(guests.badwire.command, guests.badwire.folder / "badwire")
    for folder in (guests.badwire.folder, *guests.badwire.folder.parents):
        if not os.stat(folder).st_mode & 1:
            folder.chmod(0o755)
    guests.badwire.folder.chmod(0o777)
    guests.badwire.tmp.chmod(0o777)
    ran = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "./badwire", "run",
                          "scenario.json", "--out", "out"], cwd=guests.badwire.folder, env=guests.badwire.env,
                         capture_output=True, text=True, check=False)
    run = guests.badwire.results("out")["runs"][0]
    assert run["processes"]["main"]["stdout"] == "65534\n", ran.stdout + ran.stderr


def test_what_virtual_time_does_not_know_is_inconclusive_and_named(guests):
    run = guests.once(guests.scenario({"main": """
        import ctypes
        libc, context, event = ctypes.CDLL(None), ctypes.c_long(), ctypes.create_string_buffer(32)
        io_setup, io_getevents = 206, 208
        libc.syscall(io_setup, 1, ctypes.byref(context))
        libc.syscall(io_getevents, context, ctypes.c_long(1), ctypes.c_long(1), event, None)
    """}))
    assert run["verdict"] == "inconclusive"
    assert "main: a thread of it waits in a way that virtual time does not know" in run["message"]


def test_a_program_that_only_computes_is_inconclusive_and_named(guests):
    run = guests.once(guests.scenario({"main": "while True: pass"}, time_limit="5s"))
    assert run["verdict"] == "inconclusive"
    assert "main: a thread of it computed for seconds without a call" in run["message"]
