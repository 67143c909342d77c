"""badwire's programs against small peers written to the course's classic wire, in Python.

Takes the badwire binary from the environment variable BADWIRE. Standard library only.
"""

import json
import pickle
import subprocess
import sys
import types

import pytest
from classic_sockets import (SENDERS, all_of, byte_by_byte, connected, half_closed,
                             listening_tcp, udp_socket, whole)
from waiting import all_is_read, is_connected, wait_until


class Employee:
    def __init__(self, emp_id, name, salary):
        self.emp_id = emp_id
        self.name = name
        self.salary = salary


# The class lives in a module of the name that the wire says, as in the course's own programs.
Employee.__module__ = "employee"
Employee.__qualname__ = "Employee"
sys.modules["employee"] = types.ModuleType("employee")
sys.modules["employee"].Employee = Employee


# 3.1 and 3.2: datagrams

def test_datagram_receiver_prints_message_and_address(serve):
    program, address = serve("datagram-receiver")
    sock, port = udp_socket()
    sock.sendto("Grüße!".encode(), address)
    assert program.finish()[0] == f"Message received: Grüße!\nFrom: 127.0.0.1:{port}\n"


def test_datagram_receiver_refuses_what_is_too_long(serve):
    program, address = serve("datagram-receiver")
    udp_socket()[0].sendto(b"x" * 41, address)
    out, err = program.finish(1)
    assert out == "" and "longer than the 40 bytes" in err


def test_datagram_sender_sends_the_course_text(start):
    sock, port = udp_socket()
    program = start("datagram-sender", "--port", port)
    assert sock.recv(100) == b"Hello Receiver!"
    program.finish()


def test_datagram_duplex_both_ways(serve, start):
    program, address = serve("datagram-receiver-sender")
    sock, _ = udp_socket()
    sock.sendto(b"Hello Receiver-Sender!", address)
    assert sock.recv(100) == b"Hello back to sender!"
    program.finish()

    program = start("datagram-sender-receiver", "--port", sock.getsockname()[1])
    message, sender = sock.recvfrom(100)
    assert message == b"Hello Receiver-Sender!"
    sock.sendto(b"\x1b[2J", sender)
    assert program.finish()[0] == "Reply received: \\x1b[2J\n"


def test_datagram_sender_receiver_gives_up(start):
    _sock, port = udp_socket()
    _, err = start("datagram-sender-receiver", "--port", port, "--timeout", "100ms").finish(1)
    assert "no datagram came" in err


# 4.1 to 4.3: streams

def test_connection_both_ways(serve, start):
    program, address = serve("connection-server")
    with connected(address) as sock:
        assert all_of(sock) == b"Welcome! You have successfully connected to the server.\n"
    program.finish()

    server, port = listening_tcp()
    program = start("connection-client", "--port", port)
    peer, _ = server.accept()
    byte_by_byte(peer, b"Welcome!")
    peer.close()
    assert program.finish()[0] == "Server says: Welcome!\n"


@pytest.mark.parametrize("send", SENDERS)
def test_duplex_server(serve, send):
    program, address = serve("duplex-server")
    with connected(address) as sock:
        assert sock.recv(1024) == b"Hello Client, connection established!\n"
        send(sock, b"Thank you")
        out, _ = program.finish()
    assert out.endswith("Client replied: Thank you\n")


def test_duplex_client_when_the_greeting_has_no_newline(start):
    server, port = listening_tcp()
    program = start("duplex-client", "--port", port)
    peer, _ = server.accept()
    peer.sendall(b"Hello Client")
    assert peer.recv(1024) == b"Thank you Server. I received your message!\n"
    peer.close()
    assert program.finish()[0] == "Server says: Hello Client\n"


def test_loop_server_serves_all_and_outlives_a_bad_client(serve, logs):
    program, address = serve("loop-server", "--timeout", "300ms", logs=logs)
    first, second, silent = connected(address), connected(address), connected(address)
    last = connected(address)
    for sock in first, second:
        assert sock.recv(1024) == b"Hello! You are connected to the iterative server.\n"
        sock.sendall(b"Thanks Server!")
        sock.close()
    assert last.recv(1024).startswith(b"Hello!")  # after the silent one's time is up
    last.sendall(b"Thanks Server!")
    last.close()
    silent.close()
    wait_until(lambda: program.log().count("says: Thanks Server!") == 3, "the third answer")
    _, err = program.stop()
    assert "sent nothing" in err


def test_loop_client(start):
    server, port = listening_tcp()
    program = start("loop-client", "--port", port)
    peer, _ = server.accept()
    peer.sendall(b"Hello!\n")
    assert all_of(peer) == b"Thanks Server!"
    program.finish()


# 4.4: objects

@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("send", [whole, byte_by_byte, half_closed])
def test_object_server_reads_pythons_pickle(serve, protocol, send):
    program, address = serve("object-server")
    with connected(address) as sock:
        send(sock, pickle.dumps(Employee(-(2**40), "Zoë \x1b", 1234.5), protocol))
        out, _ = program.finish()
    assert out.endswith("as pickle\nID: -1099511627776\nName: Zoë \\x1b\nSalary: 1234.5\n")


@pytest.mark.parametrize("salary, value", [("45000", 45000), ("0.25", 0.25), ("-7", -7)])
def test_object_client_writes_what_pickle_loads(start, salary, value):
    server, port = listening_tcp()
    program = start("object-client", "--port", port, "--codec", "pickle", "--name", "Zoë",
                    "--id", 2**62, "--salary", salary)
    peer, _ = server.accept()
    data = all_of(peer)
    program.finish()
    who = pickle.loads(data)
    assert type(who) is Employee
    assert (who.emp_id, who.name, who.salary) == (2**62, "Zoë", value)
    assert type(who.salary) is type(value)


@pytest.mark.parametrize("codec", ["json", "cbor", "msgpack", "pickle"])
def test_objects_between_badwires_own_ends(serve, start, codec):
    program, (_, port) = serve("object-server")
    start("object-client", "--port", port, "--codec", codec).finish()
    assert program.finish()[0].endswith(f"as {codec}\nID: 101\nName: Alice\nSalary: 45000\n")


def test_object_client_sends_plain_json(start):
    server, port = listening_tcp()
    start("object-client", "--port", port)
    assert json.loads(all_of(server.accept()[0])) == {
        "emp_id": 101, "name": "Alice", "salary": 45000}


# 4.5: integers

@pytest.mark.parametrize("send", SENDERS)
def test_int_server(serve, send):
    program, address = serve("int-server")
    with connected(address) as sock:
        send(sock, b"12 -30")
        out, _ = program.finish()
    assert out == "First integer: 12\nSecond integer: -30\nSum: -18\n"


@pytest.mark.parametrize("text", [b"12", b"1 2 3", b"a b", b"1 99999999999999999999", b"1\x1b 2"])
def test_int_server_refuses_nonsense(serve, text):
    program, address = serve("int-server")
    with connected(address) as sock:
        sock.sendall(text)
        _, err = program.finish(1)
    assert "not two integers" in err and "\x1b" not in err


def test_int_client(start):
    server, port = listening_tcp()
    for arguments, text in ([], b"12 30"), ([-5, 7], b"-5 7"):
        program = start("int-client", "--port", port, *arguments)
        assert all_of(server.accept()[0]) == text
        program.finish()


# 4.6: sums

MODELS = [["iterative-server"], ["concurrent-server"],
          ["concurrent-server", "--model", "pool", "--workers", "2"],
          ["concurrent-server", "--model", "process"],
          ["concurrent-server", "--model", "async"]]


@pytest.mark.parametrize("model", MODELS, ids=" ".join)
def test_sum_servers_answer_every_kind_of_sender(serve, model):
    program, address = serve(*model, "--work", "0")
    for send in SENDERS:
        with connected(address) as sock:
            send(sock, b"100")
            assert all_of(sock) == b"5050"
    for bad in b"-1", b"ten", b"1000000001", b"1" * 40:
        with connected(address) as sock:
            sock.sendall(bad)
            try:
                assert all_of(sock) == b""
            except ConnectionResetError:
                pass
    _, err = program.stop()
    assert err.count("not served") == 4


@pytest.mark.parametrize("model", MODELS, ids=" ".join)
def test_a_short_client_waits_for_a_long_one_only_where_it_must(serve, start, tmp_path, model):
    program, (_, port) = serve(*model, "--work", "50ms", "--metrics", "metrics.json")
    long = start("sum-client", "--port", port, "--count", 20)
    wait_until(lambda: is_connected(port), "the long client to connect")
    assert start("sum-client", "--port", port, "--count", 2).finish()[0] == "Sum: 3\n"
    assert long.finish()[0] == "Sum: 210\n"
    program.stop()
    served = json.loads((tmp_path / "metrics.json").read_text())["served"]
    first, last = (one["end_ns"] - one["begin_ns"] for one in sorted(served, key=lambda one: one["end_ns"]))
    assert (first > last) == (model[0] == "iterative-server")


@pytest.mark.parametrize("model", MODELS, ids=" ".join)
def test_a_sum_server_is_stopped_in_the_middle_of_its_work(serve, model, tmp_path):
    program, address = serve(*model, "--metrics", "metrics.json")
    with connected(address) as sock:
        sock.sendall(b"1000\n")
        wait_until(lambda: all_is_read(address[1]), "the server to read the number")
        _, err = program.stop()
    assert err == ""
    assert "elapsed_ms" in json.loads((tmp_path / "metrics.json").read_text())


def test_sum_client_asks(start):
    server, port = listening_tcp()
    program = start("sum-client", "--port", port, stdin=subprocess.PIPE)
    program.process.stdin.write("4\n")
    program.process.stdin.flush()
    peer, _ = server.accept()
    assert peer.recv(100) == b"4"
    byte_by_byte(peer, b"10")
    peer.close()
    assert program.finish()[0].endswith("Sum: 10\n")


def test_both_ends_measure_the_same_client(serve, start, tmp_path):
    program, (_, port) = serve("concurrent-server", "--work", "1ms", "--metrics", "server.json")
    start("sum-client", "--port", port, "--count", 3, "--metrics", "client.json").finish()
    program.stop()
    served = json.loads((tmp_path / "server.json").read_text())["served"]
    made = json.loads((tmp_path / "client.json").read_text())["made"]
    assert len(served) == len(made) == 1
    assert served[0]["client"] == made[0]["client"]
    assert made[0]["begin_ns"] <= served[0]["begin_ns"] <= served[0]["end_ns"]


def test_an_interrupted_client_says_so(serve, start):
    program, (_, port) = serve("iterative-server")
    client = start("sum-client", "--port", port, "--count", 1000)
    wait_until(lambda: is_connected(port), "the client to connect")
    assert client.stop(1)[1] == "badwire sum-client: interrupted\n"
    program.stop()


# All: usage, exit codes

@pytest.mark.parametrize("arguments", [
    ["int-client", "one", "two"], ["sum-client", "--count", "x"], ["sum-client", "--nonsense"],
    ["iterative-server", "--work", "soon"], ["concurrent-server", "--model", "fork"],
    ["udp-ftp-client"], ["datagram-sender", "--message", "x" * 41],
    ["int-server", "--port", "99999"],
    ["object-client", "--salary", "much"], ["udp-ftp-client", "x", "--unit", "0"]], ids=" ".join)
def test_bad_arguments_exit_2_with_a_message(start, arguments):
    out, err = start(*arguments).finish(2)
    assert out == "" and err.startswith(f"badwire {arguments[0]}: ")


def test_failures_are_one_line(start, tmp_path):
    server, port = listening_tcp()
    _, err = start("connection-server", "--port", port).finish(1)
    assert err.startswith("badwire connection-server: cannot listen on") and err.count("\n") == 1
    server.close()
    _, err = start("int-client", "--port", port, "--metrics", "metrics.json").finish(1)
    assert "cannot connect to" in err and err.count("\n") == 1
    assert (tmp_path / "metrics.json").exists()
    _, err = start("udp-ftp-client", "missing").finish(1)
    assert "missing" in err


def test_help_explains_every_option(start):
    out, _ = start("udp-ftp-client", "--help").finish()
    for option in "--host", "--port", "--timeout", "--unit", "--retries", "--mode", "--wire", \
            "--metrics":
        assert option in out
