"""What badwire does with other people's programs in virtual time: certificates, searches, explanations, the
same fates as the relay's, the same as its own programs."""

import json

import pytest

from test_guests import client_of


@pytest.mark.parametrize("server, client, files, more", [
    ("udp-ftp-server", "udp-ftp-client", ["a.bin"], {"files": {"a.bin": {"random": "20KiB"}}}),
    ("datagram-server", "datagram-client", ["hello"], {}),
])
def test_badwires_own_programs_are_the_same_as_guests_and_as_coroutines(guests, server, client, files, more):
    link = {"links": {"wan": {"delay": "20ms", "loss": 0.1}}, "network": "virtual", "time_limit": "300s", **more}
    no_leaks = {"env": {"ASAN_OPTIONS": "detect_leaks=0"}}  # which is looked for with ptrace
    exec_of = [guests.badwire.command, "exec"]
    as_guests = guests.once({**link, "processes": {
        "server": {"command": [*exec_of, server, "--port", "5000"], "port": 5000, "stays": True, **no_leaks},
        "client": {"command": [*exec_of, client, *files, "--host", "127.0.0.1", "--port", "5000"], "to": "server",
                   "over": "wan", **no_leaks}}})
    as_coroutines = guests.once({**link, "processes": {
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


def stop_and_wait(guests, tries, link):
    programs = {**STOP_AND_WAIT, "main": (STOP_AND_WAIT["main"][0].replace("TRIES", str(tries)),
                                          STOP_AND_WAIT["main"][1])}
    return guests.scenario(programs, {"wan": link}, expect=[{"exit": {"main": 0}},
                                                           {"output": "server", "contains": "got 4:text"}])


def test_a_protocol_in_python_is_certified_and_a_weak_one_refuted(guests):
    certify = ["certify", "--at-most", "2", "--first", "8", "--jobs", "2"]
    strong = guests.badwire(*certify, guests.badwire.scenario(stop_and_wait(guests, 3, {"delay": "5ms"})))
    assert strong.returncode == 0 and "certified: " in strong.stdout, strong.stdout + strong.stderr
    weak = guests.badwire(*certify, guests.badwire.scenario(stop_and_wait(guests, 2, {"delay": "5ms"})))
    assert weak.returncode == 1, weak.stdout + weak.stderr


def test_seeds_are_searched_and_packets_explained(guests):
    scenario = guests.badwire.scenario(stop_and_wait(guests, 2, {"delay": "5ms", "loss": 0.3}))
    found = guests.badwire("search", scenario, "--seeds", "20", "--jobs", "2")
    assert found.returncode == 1 and "failed in" in found.stdout, found.stdout + found.stderr
    assert "dropped by loss" in found.stdout
    explained = guests.badwire("explain", guests.badwire.scenario(stop_and_wait(guests, 2, {"delay": "5ms"})))
    assert '"0:text"' in explained.stdout and "costs 200" in explained.stdout, explained.stdout


def test_fates_are_those_of_the_relay(guests):
    """Packet by packet: the relay's client is told the link's port, the guest has the server's in its code."""
    link = {"delay": "5ms", "loss": 0.3, "duplicate": 0.2}
    fates = {}
    for network, port in ("virtual", 5000), ("relay", "${to.port}"):
        scenario = stop_and_wait(guests, 20, link)
        for name in "main", "server":
            code = guests.badwire.folder / f"{name}.py"
            code.write_text(code.read_text().replace("5000", "int(sys.argv[1])").replace("import socket",
                                                                                        "import socket, sys"))
        scenario["processes"]["server"].pop("port")
        scenario["processes"]["server"]["command"].append(str(port) if network == "virtual" else "${port}")
        scenario["processes"]["main"]["command"].append(str(port))
        if network == "virtual":
            scenario["processes"]["server"]["port"] = port
        run = guests.once({**scenario, "network": network, "seed": 3}, network)
        packets = guests.badwire.folder / network / "runs" / f"0001-scenario-{network}" / "packets.jsonl"
        lines = [json.loads(line) for line in packets.read_text().splitlines()]
        fates[network] = {tuple(one[key] for key in ("direction", "flow", "content", "occurrence")): one["fate"]
                          for one in lines}
        assert run["verdict"] == "pass", run["message"]
    common = fates["virtual"].keys() & fates["relay"].keys()
    assert len(common) >= 10 and {fates["virtual"][one] for one in common} >= {"delivered", "dropped"}
    assert [fates["virtual"][one] for one in common] == [fates["relay"][one] for one in common]


def test_what_is_not_the_same_each_time_is_found(guests):
    plain = guests.scenario({"main": "print('same')"})
    assert "nothing differs" in guests.badwire("run", guests.badwire.scenario(plain), "--verify").stdout
    counts = guests.badwire.folder / "count"
    counts.write_text("0")
    other = guests.scenario({"main": f"""
        from pathlib import Path
        count = Path({str(counts)!r})
        count.write_text(str(int(count.read_text()) + 1))
        print(count.read_text())
    """})
    differs = guests.badwire("run", guests.badwire.scenario(other), "--verify", "--out", "out")
    assert differs.returncode == 1
    assert 'not repeatable: ' in differs.stdout and '/processes/main/stdout: "1\\n", then "2\\n"' in differs.stdout
    run = guests.badwire.results("out")["runs"][0]
    assert run["repeatable"] is False and run["differs"].startswith("/processes/main/stdout")
    refused = guests.badwire("run", guests.badwire.scenario(plain), "--verify", "--network", "direct")
    assert refused.returncode == 2 and "--network virtual" in refused.stderr


def test_a_deadlock_is_found_at_once_and_explained(guests):
    run = guests(client_of("""
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


def test_a_server_of_badwires_and_a_foreign_client_meet_over_a_link(guests):
    """Once at the port that the client is told, once at the one that stands in its code."""
    code = """
        import socket, sys
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
        print(s.recv(100).decode().strip())
        s.sendall(b"Thanks Server!")
    """
    for port in "${to.port}", "3456":
        scenario = guests.scenario({"main": (code, {"to": "server", "over": "wan"})},
                                  links={"wan": {"delay": "5ms"}})
        scenario["processes"]["server"] = {"program": "loop-server", "port": 3456}
        scenario["processes"]["main"]["command"].append(port)
        run = guests.once(scenario)
        assert run["processes"]["main"]["stdout"].startswith("Hello!"), run
        assert run["links"]["wan"]["up"]["connections"] == 1, run["links"]
