"""concurrent-server --model process: a process for each client, and what may happen to that process."""

import contextlib
import json
import os
import pathlib
import signal

import pytest
from classic_sockets import all_of, connected
from waiting import wait_until

PROCESSES = ["concurrent-server", "--model", "process"]


def asking(address, count):
    sock = connected(address)
    sock.sendall(b"%d\n" % count)
    return sock


def is_running(pid):
    """A zombie does not count: where nobody reaps orphans, they remain as zombies."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def close_all(socks):
    for sock in socks:
        sock.close()


def test_clients_are_served_at_the_same_time_each_by_a_process(serve, tmp_path):
    program, address = serve(*PROCESSES, "--work", "50ms", "--metrics", "metrics.json")
    clients = [asking(address, 20) for _ in range(8)]
    wait_until(lambda: len(program.children()) == 8, "8 processes")
    assert [all_of(sock) for sock in clients] == [b"210"] * 8
    close_all(clients)
    wait_until(lambda: program.children() == [], "the processes to end")  # zombies would be listed
    out, err = program.stop()
    assert out.count("sum of 1 to 20 is 210") == 8 and err == ""
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics["messages"] == 8 and len(metrics["served"]) == 8
    for one in metrics["served"]:
        assert 0.9e9 < one["end_ns"] - one["begin_ns"]
    first_end = min(one["end_ns"] for one in metrics["served"])
    assert all(one["begin_ns"] < first_end for one in metrics["served"])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_process_that_dies_is_missed_by_its_client_only(serve, number):
    program, address = serve(*PROCESSES, "--work", "100ms")
    doomed = asking(address, 1000)
    wait_until(lambda: len(program.children()) == 1, "a process")
    [child] = program.children()
    other = asking(address, 10)
    wait_until(lambda: len(program.children()) == 2, "a second process")
    os.kill(child, number)
    with contextlib.suppress(ConnectionResetError):
        assert all_of(doomed) == b""
    assert all_of(other) == b"55"
    with asking(address, 2) as later:
        assert all_of(later) == b"3"
    close_all([doomed, other])
    wait_until(lambda: program.children() == [], "the processes to end")
    _, err = program.stop()
    assert f"not served: process {child} was ended by signal {number.value}" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_server(serve, start, number):
    program, address = serve(*PROCESSES)
    clients = [asking(address, 1000) for _ in range(5)]
    wait_until(lambda: len(program.children()) == 5, "5 processes")
    children = program.children()
    program.process.send_signal(number)
    _, err = program.finish(-9 if number == signal.SIGKILL else 0)
    assert err == ""
    wait_until(lambda: not any(map(is_running, children)), "the processes to end")
    for sock in clients:
        with contextlib.suppress(ConnectionResetError):
            assert all_of(sock) == b""
    close_all(clients)
    again = start(*PROCESSES, "--port", address[1])  # nobody holds the port
    again.address()
    again.stop()


def test_a_process_has_nothing_of_the_other_clients(serve):
    program, address = serve(*PROCESSES)
    clients = [asking(address, 1000) for _ in range(3)]
    wait_until(lambda: len(program.children()) == 3, "3 processes")

    def sockets(pid):
        folder = f"/proc/{pid}/fd"
        with contextlib.suppress(FileNotFoundError):
            return [os.readlink(f"{folder}/{fd}") for fd in os.listdir(folder)
                    if int(fd) > 2 and "socket:" in os.readlink(f"{folder}/{fd}")]
    wait_until(lambda: all(len(sockets(child) or []) == 1 for child in program.children()),
               "each process to have closed the sockets of the others")
    close_all(clients)
    program.stop()
