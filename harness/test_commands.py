"""Somebody's own programs in scenarios: found beside the scenario, heard line by line, named when they fail."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import textwrap
import time

import pytest
from waiting import all_is_read, wait_until

SERVER = """
    import socket, sys
    with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
        peer, _ = listener.accept()
        with peer:
            peer.sendall(peer.recv(100).upper())
"""
CLIENT = """
    import socket, sys
    import words
    with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as server:
        server.sendall(words.GREETING)
        print(server.recv(100).decode(), end="")
"""


@pytest.fixture
def write(badwire):
    def of(name, text, mode=0o644):
        path = badwire.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip())
        path.chmod(mode)
        return path
    return of


@pytest.fixture
def compiled(badwire, write):
    def of(name, text):
        source = write(name + ".c", text)
        subprocess.run(["cc", "-o", badwire.folder / name, source], check=True)
    return of


def pair(**more):
    return {"processes": {"server": {"command": ["python3", "server.py", "${port}"]},
                          "client": {"command": ["python3", "client.py", "${to.host}", "${to.port}"],
                                     "to": "server", **more}},
            "expect": [{"output": "client", "contains": "HELLO"}]}


@pytest.mark.parametrize("network", ["direct", "relay"])
def test_programs_beside_the_scenario_run_and_find_their_modules(badwire, write, network):
    write("lab/server.py", SERVER)
    write("lab/client.py", CLIENT)
    write("lab/words.py", "GREETING = b'hello'")
    scenario = pair(over="wan")
    scenario["links"] = {"wan": {"delay": "2ms"}}
    badwire.scenario(scenario, "lab/own.json")
    result = badwire("run", "lab/own.json", "--network", network)  # relative, from another folder
    assert result.returncode == 0, result.stdout + result.stderr


def test_files_are_copied_from_the_scenarios_folder_and_it_has_a_name(badwire, write):
    write("table.txt", "one\n")
    write("tool.sh", "#!/bin/sh\necho changed >> table.txt; cat table.txt; ls \"$1\"", 0o755)
    result = badwire("run", badwire.scenario({
        "files": {"table.txt": {"from": "table.txt"}},
        "processes": {"tool": {"command": ["./tool.sh", "${scenario}/tool.sh"]}},
        "expect": [{"output": "tool", "contains": "one\nchanged\n"},
                   {"output": "tool", "contains": str(badwire.folder / "tool.sh")}]}))
    assert result.returncode == 0, result.stdout
    assert (badwire.folder / "table.txt").read_text() == "one\n"


def test_a_file_that_an_expectation_names_is_the_processs_own(badwire, write):
    kept = write("out.txt", "of the person who wrote the scenario\n")
    result = badwire("run", badwire.scenario({
        "processes": {"tool": {"command": ["cp", "/dev/null", "out.txt"]}},
        "expect": [{"file": "tool/out.txt"}]}))
    assert result.returncode == 0, result.stdout
    assert kept.read_text() == "of the person who wrote the scenario\n"


@pytest.mark.parametrize("processes, files, expected", [
    ({"a": {"command": ["./tool.sh"]}}, {}, "is not executable; run chmod +x"),
    ({"a": {"command": ["no-such-tool"]}}, {}, "beside the scenario or found in PATH"),
    ({"a": {"command": ["true"]}}, {"x": {"from": "../x"}}, 'there is no file "../x" in the scenario\'s folder'),
    ({"a": {"command": ["true"]}}, {"x": {"from": "fifo"}}, 'there is no file "fifo"'),
    ({"a": {"command": ["true"]}}, {"x": {"from": "link"}}, 'there is no file "link"'),
    ({"a": {"program": "datagram-receiver", "terminal": True}}, {}, 'does not go with "program"'),
])
def test_what_cannot_be_found_or_run_is_told_before_the_run(badwire, write, processes, files, expected):
    write("tool.sh", "#!/bin/sh\n")
    os.mkfifo(badwire.folder / "fifo")
    (badwire.folder / "link").symlink_to("/etc/passwd")
    result = badwire("run", badwire.scenario({"processes": processes, "files": files}))
    assert result.returncode == 2 and expected in result.stderr, result


def test_a_c_program_that_never_flushes_is_heard(badwire, compiled):
    compiled("talker", """
        #include <stdio.h>
        int main(void)
        {
            char line[100];
            printf("ready\\n");
            while (fgets(line, sizeof line, stdin)) printf("heard %s", line);
            return 0;
        }
    """)
    scenario = {"processes": {"talker": {"command": ["./talker"], "ready": {"output": "ready"},
                                         "input": [{"when": "ready", "text": "one"},
                                                   {"when": "heard one", "text": "two"},
                                                   {"when": "heard two", "end": True}]}},
                "time_limit": "20s", "expect": [{"output": "talker", "contains": "heard two"}]}
    result = badwire("run", badwire.scenario(scenario))
    assert result.returncode == 0, result.stdout


def test_a_terminal_is_one(badwire, write):
    write("asks.py", """
        import sys
        print("terminals:", sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty())
        print("got", [line for line in sys.stdin])
    """)
    result = badwire("run", badwire.scenario({
        "processes": {"asks": {"command": ["python3", "asks.py"], "terminal": True,
                               "input": [{"when": "terminals", "text": "hello"}, {"end": True}]}},
        "time_limit": "20s",
        "expect": [{"output": "asks", "contains": "terminals: True True False\n"},
                   {"output": "asks", "contains": "got ['hello\\n']\n"}]}))
    assert result.returncode == 0, result.stdout


def test_the_telling_line_of_a_traceback_is_shown(badwire, write):
    write("fails.py", "raise RuntimeError('no luck today')\n")
    write("waits.py", "pass\n")
    result = badwire("run", badwire.scenario({
        "processes": {"fails": {"command": ["python3", "fails.py", "${port}"]},
                      "waits": {"command": ["python3", "waits.py"], "after": "fails"}},
        "expect": [{"exit": {"fails": 0}}]}))
    assert result.returncode == 1
    assert "fails ended with exit code 1 before it was ready: RuntimeError: no luck today" in result.stdout
    assert "fails said: RuntimeError: no luck today" in result.stdout
    assert "Traceback" not in result.stdout


@pytest.mark.parametrize("ready, reason", [
    ({}, "it has not bound port "),
    ({"ready": "listening"}, 'it has not printed "listening on ADDRESS:PORT", nor anything else: does it flush'),
    ({"ready": {"output": "ready"}}, 'it has not printed the line that "ready" describes'),
])
def test_who_never_gets_ready_is_named(badwire, ready, reason):
    result = badwire("run", badwire.scenario({
        "processes": {"server": {"command": ["sleep", "20", "${port}"], **ready},
                      "client": {"command": ["true"], "to": "server"}},
        "time_limit": "1s"}))
    assert result.returncode in (1, 3), "3: a busy machine may have been the reason"
    assert f"client (not started); server never became ready: {reason}" in result.stdout


def test_no_descriptor_of_the_harness_is_open_in_a_process(badwire, write):
    write("lists.py", "import os\nprint('open:', sorted(int(one) for one in os.listdir('/proc/self/fd')))\n")
    result = badwire("run", badwire.scenario({
        "links": {"wan": {"delay": "1ms"}},
        "processes": {"server": {"command": ["python3", "-c", "import time; time.sleep(20)", "${port}"],
                                 "ready": "started", "stays": True},
                      "lists": {"command": ["python3", "lists.py", "${to.port}"], "to": "server", "over": "wan"}},
        "expect": [{"output": "lists", "contains": "open: [0, 1, 2, 3]\n"}]}), "--network", "relay")
    assert result.returncode == 0, result.stdout


def test_metrics_are_written_to_what_is_no_file_and_never_replace_it(badwire):
    os.mkfifo(badwire.folder / "fifo")
    (badwire.folder / "link").symlink_to("target.json")
    (badwire.folder / "full").symlink_to("/dev/full")
    send = ("exec", "datagram-sender", "--port", "9", "--metrics")
    program = badwire.start(*send, "fifo")
    assert "elapsed_ms" in json.loads((badwire.folder / "fifo").read_text())
    assert program.wait(timeout=20) == 0 and (badwire.folder / "fifo").is_fifo()
    assert badwire(*send, "link").returncode == 0
    assert (badwire.folder / "link").is_symlink() and "elapsed_ms" in (badwire.folder / "target.json").read_text()
    full = badwire(*send, "full")
    assert full.returncode == 1 and "No space left on device" in full.stderr
    assert (badwire.folder / "full").is_symlink() and os.path.exists("/dev/full")


def test_a_second_interrupt_ends_a_run_at_once(badwire):
    run = badwire.start("run", badwire.scenario({"processes": {"deaf": {
        "command": ["sh", "-c", "trap '' TERM; sleep 20; sleep 20"]}}}))
    wait_until(lambda: len(badwire.marked_processes()) >= 3, "the run's processes")
    run.send_signal(signal.SIGINT)
    time.sleep(0.2)  # two signals at the same instant would be one
    run.send_signal(signal.SIGINT)
    output, _ = run.communicate(timeout=20)
    assert run.returncode == 130 and "passed" not in output  # it did not wait for the process to end
    wait_until(lambda: not badwire.marked_processes(), "the guard to end what is left")


def test_a_relay_that_would_send_to_itself_is_refused(badwire):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for listen in ("127.0.0.1", "0.0.0.0"):
        refused = badwire("relay", "--listen", f"{listen}:{port}", "--to", f"localhost:{port}")
        assert refused.returncode == 2
        assert "the relay would send to itself" in refused.stderr


def test_a_server_sees_its_clients_port_where_the_relay_keeps_it(badwire):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, \
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        for end in (server, client):
            end.bind(("127.0.0.1", 0))
            end.settimeout(20)
        relay = badwire.start("relay", "--listen", "127.0.0.1:0", "--keep-ports",
                              "--to", f"127.0.0.1:{server.getsockname()[1]}")
        port = int(relay.stdout.readline().rsplit(":", 1)[1])
        client.sendto(b"hello", ("127.0.0.1", port))
        heard, seen = server.recvfrom(100)
        assert (heard, seen[1]) == (b"hello", client.getsockname()[1])
        server.sendto(b"hi", seen)
        assert client.recvfrom(100) == (b"hi", ("127.0.0.1", port))
        relay.send_signal(signal.SIGTERM)
        relay.communicate(timeout=20)


def test_a_relay_that_resets_a_connection_at_its_very_start_still_ends(badwire):
    relay = badwire.start("relay", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9",
                          "--up", '{"tcp": {"reset_after": "0ms"}}')
    port = int(relay.stdout.readline().rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as client:
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
    relay.send_signal(signal.SIGTERM)
    output, _ = relay.communicate(timeout=20)
    assert relay.returncode == 0 and "DATAGRAMS" in output


def test_init_writes_examples_that_run_and_overwrites_nothing(badwire):
    for example, first in (("ask", "mine/ask.json"), ("tally", "other/tally.json")):
        folder = first.partition("/")[0]
        made = badwire("init", folder, "--example", example)
        assert made.returncode == 0 and made.stdout.startswith(first), made.stderr
        assert badwire("check", folder).returncode == 0
        ran = badwire("run", folder)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    files = {path: path.read_bytes() for path in (badwire.folder / "mine").iterdir() if path.is_file()}
    (badwire.folder / "mine" / "ask.json").unlink()
    again = badwire("init", "mine")
    assert again.returncode == 2 and "is there already" in again.stderr
    del files[badwire.folder / "mine" / "ask.json"]
    assert files == {path: path.read_bytes() for path in (badwire.folder / "mine").iterdir() if path.is_file()}
    nowhere = badwire("init", "/dev/null/folder")
    assert nowhere.returncode == 2 and "cannot write /dev/null/folder" in nowhere.stderr


def test_a_relay_tells_people_a_table_and_programs_json(badwire):
    for words in ((), ("--json",)):
        relay = badwire.start("relay", "--listen", "localhost:0", "--to", "localhost:9", "--loss", "1", *words)
        port = int(relay.stdout.readline().removeprefix("listening on 127.0.0.1:"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"x", ("127.0.0.1", port))
        wait_until(lambda: all_is_read(port), "the relay to read the datagram")
        relay.send_signal(signal.SIGINT)
        said, _ = relay.communicate(timeout=20)
        if words:
            assert json.loads(said)["link"]["up"]["dropped_by"]["loss"] == 1
        else:
            assert max(map(len, said.splitlines())) < 80
            assert [line.split() for line in said.splitlines() if "loss" in line] == [["by", "loss", "1", "0"]]


def test_a_relay_on_a_terminal_counts_every_second(badwire):
    terminal, end = os.openpty()
    with subprocess.Popen([badwire.command, "relay", "--listen", "127.0.0.1:0", "--to", "127.0.0.1:9"],
                          stdout=end, stderr=end) as relay:
        os.close(end)
        seen = b""
        while seen.count(b"up 0 offered, 0 dropped   down 0 offered, 0 dropped") < 2:
            seen += os.read(terminal, 4096)
        relay.send_signal(signal.SIGTERM)
    os.close(terminal)
    assert relay.returncode == 0
