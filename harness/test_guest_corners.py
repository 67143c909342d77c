"""Corners of what Linux does, in which guests were once different."""

import tempfile

import pytest

from guest_course.systems import WAN, guest, interrupted, typed
from test_guest_course import scenario_of


def test_sleeping_takes_no_time_of_the_processor(guests):
    assert guests.lines({"main": """
        import time
        time.sleep(2)
        print(round(time.process_time()), round(time.thread_time()))
    """}) == ["0 0"]


@pytest.mark.parametrize("wait", ["select.select([sys.stdin], [], [], 5)", "poller.poll(5000)"])
def test_typing_at_a_terminal_wakes_who_waits_for_it(guests, wait):
    run = guests.once(guests.scenario({"main": (f"""
        import select, sys, time
        poller = select.poll()
        poller.register(0, select.POLLIN)
        begin = time.monotonic()
        {wait}
        print(round(time.monotonic() - begin, 1), input())
    """, {"terminal": True, "input": [{"after": "1s", "text": "hello"}]})}))
    assert "1.0 hello\n" in run["processes"]["main"]["stdout"], run["message"]


def test_a_chat_that_waits_for_the_terminal_and_the_socket_at_once(guests):
    run = guests.once(scenario_of({"processes": {
        "bob": interrupted(guest("udp_chat", "47002", "47001", port=47002,
                                 **typed({"when": "hello", "text": "hi"})), 3),
        "ann": guest("udp_chat", "47001", "47002", to="bob", terminal=True, **typed(
            {"after": "1s", "text": "hello"}, {"when": "hi", "after": "1s", "end": True}))}}))
    assert run["verdict"] == "pass", run["message"]
    assert run["processes"]["bob"]["stdout"] == "Peer: hello\nYou: Chat ended\n"


def test_ctrl_c_comes_when_it_is_pressed_also_to_a_program_that_computes(guests):
    spins = guests.scenario({"main": """
        import time
        begin = time.monotonic()
        try:
            while True:
                pass
        except KeyboardInterrupt:
            print(round(time.monotonic() - begin))
    """})
    spins["processes"]["main"] = interrupted(spins["processes"]["main"], 4)
    assert guests.once(spins)["processes"]["main"]["stdout"] == "4\n"


def test_a_socket_at_all_addresses_hears_all_groups_that_anybody_of_the_host_has_joined(guests):
    member = """
        import socket, sys
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", 5007))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("GROUP") + bytes(4))
        s.settimeout(2)
        try:
            while True:
                print(s.recv(100).decode())
        except TimeoutError:
            pass
    """
    run = guests({"one": member.replace("GROUP", "224.1.1.1"), "two": member.replace("GROUP", "224.1.1.2"),
                  "main": ("""
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.sendto(b"to one", ("224.1.1.1", 5007))
        s.sendto(b"to two", ("224.1.1.2", 5007))
    """, {"delay": "500ms"})})
    for name in "one", "two":
        assert run["processes"][name]["stdout"] == "to one\nto two\n", name


def test_without_loop_nobody_of_the_host_hears_a_multicast(guests):
    run = guests({"member": """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("", 5007))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.1.1.1") + bytes(4))
        s.settimeout(2)
        try:
            print(s.recv(100))
        except TimeoutError:
            print("nothing")
    """, "main": ("""
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        s.sendto(b"hello", ("224.1.1.1", 5007))
    """, {"delay": "500ms"})})
    assert run["processes"]["member"]["stdout"] == "nothing\n"


def test_a_connection_that_was_reset_has_no_peer(guests):
    run = guests({"server": ("""
        import socket, time
        connection, address = socket.create_server(("127.0.0.1", 5000)).accept()
        time.sleep(0.5)
        connection.sendall(b"x")
        time.sleep(0.5)
        for call in lambda: connection.sendall(b"y"), connection.getpeername:
            try:
                call()
            except OSError as e:
                print(e)
    """, {"port": 5000}), "main": ("""
        import socket
        socket.create_connection(("127.0.0.1", 5000)).close()
    """, {"to": "server"})})
    assert run["processes"]["server"]["stdout"].splitlines() == [
        "[Errno 32] Broken pipe", "[Errno 107] Transport endpoint is not connected"]


def test_errors_are_kept_apart_from_the_terminal_as_on_other_networks(guests):
    scenario = guests.scenario({"main": ("""
        import sys
        print("an error", file=sys.stderr)
    """, {"terminal": True})})
    real, virtual = (guests.once({**scenario, "network": network})["processes"]["main"]
                     for network in ("direct", "virtual"))
    assert [virtual["stdout"], virtual["stderr"]] == [real["stdout"], real["stderr"]] == ["", "an error\n"]


def test_no_client_has_been_served_for_less_than_no_time(guests):
    run = guests({"server": ("""
        import socket, time
        server = socket.create_server(("127.0.0.1", 4000))
        connection, address = server.accept()
        time.sleep(5)
    """, {"port": 4000}), "main": ("""
        import socket
        s = socket.create_connection(("127.0.0.1", 4000))
        s.settimeout(1)
        try:
            s.recv(10)
        except TimeoutError:
            print("no answer")
    """, {"to": "server", "over": "wan"})}, links=WAN)
    assert run["processes"]["main"]["stdout"] == "no answer\n"
    assert all(one["service_ms"] >= 0 for one in run["waiting"]), run["waiting"]


def test_what_several_listen_at_is_shared_among_them(guests):
    assert guests.lines({"main": """
        import socket, threading
        served = [0, 0]
        listeners = []
        for _ in range(2):
            listener = socket.socket()
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            listener.bind(("127.0.0.1", 5090))
            listener.listen()
            listeners.append(listener)
        def serve(which):
            while True:
                listeners[which].accept()[0].close()
                served[which] += 1
        for which in 0, 1:
            threading.Thread(target=serve, args=(which,), daemon=True).start()
        for _ in range(40):
            socket.create_connection(("127.0.0.1", 5090)).recv(1)
        print(sum(served), min(served) > 5)
    """}) == ["40 True"]


def test_a_thread_starts_a_program_while_another_waits(guests):
    assert guests.lines({"main": """
        import queue, subprocess, threading
        results = queue.Queue()
        def work(number):
            results.put(subprocess.run(["echo", str(number)], capture_output=True, text=True).stdout)
        for number in range(3):
            threading.Thread(target=work, args=(number,)).start()
        print(sorted(results.get(timeout=5).strip() for _ in range(3)))
    """}) == ["['0', '1', '2']"]


def test_much_goes_through_a_pipe_at_once(guests):
    assert guests.lines({"main": """
        import subprocess
        data = bytes(range(256)) * 4000
        print(len(subprocess.run(["cat"], input=data, capture_output=True).stdout))
        print(subprocess.run("head -c 300000 /dev/zero | md5sum | cut -c1-6", shell=True, capture_output=True,
                             text=True).stdout.strip())
    """}) == ["1024000", "4a21de"]


def test_programs_meet_at_sockets_and_pipes_and_locks_with_names(guests):
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # a socket's name must be short
        run = meet(guests, f"{folder}/meeting")
    assert run["processes"]["server"]["stdout"] == "through a pipe\n", run["message"]
    assert run["processes"]["client"]["stdout"] == "b'HELLO'\nlocked\n"
    assert run["elapsed_ms"] == pytest.approx(5000, abs=10)


def meet(guests, place):
    return guests({"server": f"""
        import fcntl, os, socket, time
        listener = socket.socket(socket.AF_UNIX)
        listener.bind("{place}.socket")
        listener.listen()
        connection, _ = listener.accept()
        connection.sendall(connection.recv(10).upper())
        os.mkfifo("{place}.pipe")
        print(open("{place}.pipe").read())
        lock = open("{place}.lock", "w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        time.sleep(3)
        for ending in "socket", "pipe":
            os.remove("{place}." + ending)
    """, "client": f"""
        import fcntl, socket, time
        time.sleep(1)
        with socket.socket(socket.AF_UNIX) as s:
            s.connect("{place}.socket")
            s.sendall(b"hello")
            print(s.recv(10))
        time.sleep(1)
        open("{place}.pipe", "w").write("through a pipe")
        time.sleep(1)
        fcntl.flock(open("{place}.lock", "w"), fcntl.LOCK_EX)
        print("locked")
    """})


def test_the_date_is_the_scenarios(guests):
    program = {"main": "import time; print(time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime()))"}
    for date, shown in ((None, "2023-11-14 22:13:20"), ("2026-11-30", "2026-11-30 00:00:00"),
                        ("2030-02-28T12:30:00Z", "2030-02-28 12:30:00")):
        run = guests.once(guests.scenario(program, **({"date": date} if date else {})))
        assert run["processes"]["main"]["stdout"] == shown + "\n"
    for wrong in "2026-02-30", "yesterday", "2026-1-1", "2026-11-30T25:00:00Z":
        refused = guests.badwire("check", guests.badwire.scenario(guests.scenario(program, date=wrong)))
        assert refused.returncode == 2
        assert "/date" in refused.stderr


def test_the_host_has_one_interface(guests):
    assert guests.lines({"main": """
        import fcntl, socket, struct
        print(socket.if_nameindex(), socket.if_nametoindex("lo"), socket.if_indextoname(1))
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        siocgifaddr = 0x8915
        print(socket.inet_ntoa(fcntl.ioctl(s, siocgifaddr, struct.pack("256s", b"lo"))[20:24]))
        try:
            fcntl.ioctl(s, siocgifaddr, struct.pack("256s", b"eth0"))
        except OSError as e:
            print(e)
    """}) == ["[(1, 'lo')] 1 lo", "127.0.0.1", "[Errno 19] No such device"]


def test_a_broadcast_reaches_all_who_are_bound_to_the_port(guests):
    listener = ("""
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", 5005))
        print(s.recv(100).decode())
    """, {})
    run = guests({"one": listener, "two": listener, "main": ("""
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            s.sendto(b"early", ("255.255.255.255", 5005))
        except PermissionError as e:
            print(e)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        s.sendto(b"to all", ("255.255.255.255", 5005))
    """, {"delay": "1s"})})
    assert [run["processes"][name]["stdout"] for name in ("one", "two", "main")] == [
        "to all\n", "to all\n", "[Errno 13] Permission denied\n"]


def test_what_is_typed_may_wait_for_a_prompt(guests):
    run = guests({"main": ('print("Hello", input("Name: "))', {
        "terminal": True, "input": [{"when": "Name: ", "after": "1s", "text": "Ann"}]})})
    assert run["processes"]["main"]["stdout"] == "Hello Ann\n", run["message"]


def test_the_longest_time_is_as_good_as_for_ever(guests):
    assert guests.lines({"main": """
        import ctypes, os, signal, socket, struct, time
        signal.signal(signal.SIGALRM, lambda *_: None)
        longest = (ctypes.c_long * 2)(2 ** 63 - 1, 999_999_999)
        signal.alarm(5)
        libc = ctypes.CDLL(None, use_errno=True)
        begin = time.monotonic()
        print(libc.nanosleep(longest, None), os.strerror(ctypes.get_errno()), round(time.monotonic() - begin))
        s = socket.socket(type=socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 5000))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("qq", 2 ** 62, 0))
        s.sendto(b"x", ("127.0.0.1", 5000))
        print(s.recv(9))
    """}) == ["-1 Interrupted system call 5", "b'x'"]
