"""Corners of what Linux does, in which guests were once different."""

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
