"""Guests among one another: links between them, races of their threads, programs of a distribution."""

import re
import shutil

import pytest


RACE = """
    import socket, threading, time
    bank = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bank.bind(("127.0.0.1", 5000))
    balance = 100
    def withdraw(after):
        global balance
        time.sleep(after)
        if balance >= 100:
            bank.sendto(b"taken", ("127.0.0.1", 5000))
            balance -= 100
    threads = [threading.Thread(target=withdraw, args=(n,)) for n in (0.001, 0.002)]
    for one in threads: one.start()
    for one in threads: one.join()
    print("left", balance)
"""


def test_a_search_finds_the_race_of_two_threads(guests):
    scenario = guests.scenario({"main": RACE}, expect=[{"output": "main", "contains": "left 0\n"}])
    path = guests.badwire.scenario(scenario)
    guests.badwire("search", path, "--seeds", "1", "--interleavings", "200", "--jobs", "2", "--out", "found")
    (kind,) = guests.badwire.results("found")["search"]["kinds"]
    assert 0 < kind["count"] < 100 and kind["interleaving"] > 0
    for _ in range(2):
        again = guests.badwire("run", path, "--interleaving", kind["interleaving"], "--out", "again")
        assert again.returncode == 1
        assert guests.badwire.results("again")["runs"][0]["processes"]["main"]["stdout"] == "left -100\n"


@pytest.mark.parametrize("server, client, said", [
    (["redis-server", "--port", "6379", "--save", ""], "redis-cli -p 6379 set key value; redis-cli -p 6379 get key",
     "OK\nvalue\n"),
    (["python3", "-m", "http.server", "8000"], "curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:8000/",
     "200\n"),
    (["socat", "TCP-LISTEN:7000,fork,reuseaddr", "EXEC:cat"], "echo hello | socat -t 9 - TCP:127.0.0.1:7000",
     "hello\n"),
])
def test_programs_of_a_distribution_run_as_they_are(guests, server, client, said):
    for needed in (server[0], client.split()[0]):
        if not shutil.which(needed):
            pytest.skip(f"{needed} is not installed")
    port = next(int(digits) for word in server for digits in re.findall(r"\d{4}", word))
    run = guests({}, links={"wan": {"delay": "20ms"}}, processes={
        "server": {"command": server, "port": port, "stays": True},
        "client": {"command": ["sh", "-c", client], "to": "server", "over": "wan"}})
    assert run["processes"]["client"]["stdout"] == said, (run["message"], run["processes"])


def test_a_group_in_the_code_is_heard_over_the_link_between_its_members(guests):
    member = """
        import socket, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", 6000))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.1.1.1") + bytes(4))
        time.sleep(1)
        for number in range(20):
            s.sendto(b"NAME", ("224.1.1.1", 6000))
        s.settimeout(2)
        heard = []
        try:
            while True:
                heard.append(s.recv(100).decode())
        except TimeoutError:
            print(*(heard.count(name) for name in ("a", "b", "c")))
    """
    run = guests({name: member.replace("NAME", name) for name in ("a", "b", "c")},
                 links={"net": {"between": ["a", "b", "c"], "loss": 0.3, "delay": "20ms"}})
    heard = {name: [int(n) for n in run["processes"][name]["stdout"].split()] for name in ("a", "b", "c")}
    for place, name in enumerate(heard):
        assert heard[name][place] == 20  # itself, with nothing between
    counts = run["links"]["net"]["up"]
    assert counts["offered"] == 120
    assert sum(map(sum, heard.values())) == 60 + counts["delivered"]
    assert 10 < counts["dropped"] < 60


def test_a_run_that_depends_on_how_fast_the_machine_computes_says_so(guests):
    spins = guests.once(guests.scenario({"main": """
        import threading, time
        over = False
        def sleep():
            global over
            time.sleep(1)
            over = True
        threading.Thread(target=sleep).start()
        while not over: pass
    """}))
    assert spins["verdict"] == "pass"
    assert spins["repeatable"] is False and spins["differs"].startswith("main: a thread of it computed so long")
    assert "repeatable" not in guests.once(guests.scenario({"main": "print(1)"}))


def test_what_is_sent_to_a_server_that_is_gone_goes_over_the_link_all_the_same(guests):
    client = """
        import socket, time
        time.sleep(1)
        for kind in socket.SOCK_DGRAM, socket.SOCK_STREAM:
            s = socket.socket(type=kind)
            s.settimeout(1)
            begin = time.monotonic()
            try:
                s.connect(("127.0.0.1", 5000))
                s.send(b"x")
                s.recv(9)
            except OSError as e:
                print(type(e).__name__, round(time.monotonic() - begin, 2))
    """
    def run_with(**link):
        return guests({"server": ("""
            import socket, time
            s = socket.socket(type=socket.SOCK_DGRAM)
            s.bind(("127.0.0.1", 5000))
            time.sleep(0.1)
        """, {"port": 5000}), "main": (client, {"to": "server", "over": "wan"})}, links={"wan": link})
    lost = run_with(loss=1)
    assert lost["processes"]["main"]["stdout"].splitlines()[0] == "TimeoutError 1.0"
    assert lost["links"]["wan"]["up"]["dropped"] == 1
    late = run_with(delay="100ms")
    assert late["processes"]["main"]["stdout"].splitlines() == ["ConnectionRefusedError 0.1",
                                                                "ConnectionRefusedError 0.2"]
    assert late["links"]["wan"]["up"]["undeliverable"] == 1


def test_a_guest_that_is_woken_while_it_stands_still_goes_on_once(guests):
    run = guests({"server": ("""
        import socket
        s = socket.socket(type=socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", 5000))
        while True:
            print(s.recv(10))
    """, {"port": 5000, "stays": True}), "main": ("""
        import socket, time
        time.sleep(1)
        s = socket.socket(type=socket.SOCK_DGRAM)
        for number in range(3):
            s.sendto(b"%d" % number, ("127.0.0.1", 5000))
        time.sleep(1)
    """, {"to": "server"})}, faults=[{"pause": "server", "at": "500ms"}])
    assert run["verdict"] == "pass" and run["processes"]["server"]["stdout"] == ""


def test_equals_with_ports_in_their_code_are_typed_to(guests):
    peer = """
        import socket
        s = socket.socket(type=socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", MINE))
        s.sendto(input().encode(), ("127.0.0.1", THEIRS))
        print(s.recv(99))
    """
    run = guests({"ann": (peer.replace("MINE", "5001").replace("THEIRS", "5002"), {"input": ["I am Ann"]}),
                  "bob": (peer.replace("MINE", "5002").replace("THEIRS", "5001"),
                          {"input": [{"after": "1s", "text": "I am Bob"}]})},
                 links={"net": {"between": ["ann", "bob"], "delay": "20ms"}})
    assert [run["processes"][name]["stdout"] for name in ("ann", "bob")] == ["b'I am Bob'\n", "b'I am Ann'\n"]
    assert run["links"]["net"]["up"]["delivered"] == 2
