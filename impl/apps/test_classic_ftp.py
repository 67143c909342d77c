"""FTP over datagrams against small peers written to the course's classic wire, in Python."""

import json
import os

import pytest
from classic_sockets import udp_socket
from waiting import wait_until

# Q1b: files over datagrams

TEXTS = [b"", b"\n", b"one\n", b"one\ntwo", b"one\n\n\ntwo\r\n", b"a\n__END__\nb\n", b"\xff\xfe\n"]


def test_udp_ftp_server_receives_from_a_classic_sender_that_strips_newlines(serve, tmp_path):
    program, address = serve("udp-ftp-server", "--once")
    sock, _ = udp_socket()
    for datagram in b"../notes.txt", b"one", b"", b"two", b"__END__":
        sock.sendto(datagram, address)
    assert program.finish()[0] == "received notes.txt (9 bytes)\n"
    assert (tmp_path / "received" / "notes.txt").read_bytes() == b"one\n\ntwo\n"
    assert [path.name for path in (tmp_path / "received").iterdir()] == ["notes.txt"]


def test_udp_ftp_server_drops_what_never_ends(serve, tmp_path):
    program, address = serve("udp-ftp-server", "--once", "--timeout", "300ms")
    sock, _ = udp_socket()
    for datagram in b"notes.txt", b"one":
        sock.sendto(datagram, address)
    _, err = program.finish(1)
    assert "nothing came for 300ms" in err
    assert list((tmp_path / "received").iterdir()) == []


@pytest.mark.parametrize("option", [["--mode", "lines"], ["--wire", "classic"]], ids=" ".join)
def test_udp_ftp_client_sends_the_course_lines(start, tmp_path, option):
    (tmp_path / "notes.txt").write_bytes(b"one\n\ntwo\n")
    sock, port = udp_socket()
    start("udp-ftp-client", "notes.txt", "--port", port, *option).finish()
    received = [sock.recv(65536) for _ in range(5)]
    assert received == [b"notes.txt", b"one", b"", b"two", b"__END__"]


@pytest.mark.parametrize("mode", ["lines", "stop-and-wait", "go-back-n", "selective-repeat"])
@pytest.mark.parametrize("contents", TEXTS)
def test_files_between_badwires_own_ends(serve, start, tmp_path, mode, contents):
    (tmp_path / "notes.txt").write_bytes(contents)
    program, (_, port) = serve("udp-ftp-server", "--once")
    out, _ = start("udp-ftp-client", "notes.txt", "--port", port, "--mode", mode).finish()
    assert out.startswith(f"sent notes.txt ({len(contents)} bytes in ")
    assert program.finish()[0] == f"received notes.txt ({len(contents)} bytes)\n"
    assert (tmp_path / "received" / "notes.txt").read_bytes() == contents


def test_many_binary_files_at_once(serve, start, tmp_path):
    program, (_, port) = serve("udp-ftp-server", "--metrics", "metrics.json")
    files = {f"file{i}": os.urandom(20000 + i) for i in range(8)}
    for name, contents in files.items():
        (tmp_path / name).write_bytes(contents)
    modes = ["stop-and-wait", "go-back-n", "selective-repeat"] * 3
    for client in [start("udp-ftp-client", name, "--port", port, "--unit", 333, "--mode", mode)
                   for name, mode in zip(files, modes)]:
        client.finish()
    program.stop()
    for name, contents in files.items():
        assert (tmp_path / "received" / name).read_bytes() == contents
    assert json.loads((tmp_path / "metrics.json").read_text())["files"] == 8


@pytest.mark.parametrize("options", [[], ["--mode", "lines"], ["--wire", "classic"]], ids=" ".join)
def test_a_window_needs_a_mode_that_has_one(start, tmp_path, options):
    _, err = start("udp-ftp-client", "notes.txt", "--window", 8, *options).finish(2)
    assert "--window goes with --mode go-back-n and --mode selective-repeat" in err


def test_a_single_unterminated_line_is_warned_about(start, tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"one")
    _, port = udp_socket()
    _, err = start("udp-ftp-client", "notes.txt", "--port", port, "--mode", "lines").finish()
    assert "no newline at its end" in err


def test_udp_ftp_client_gives_up_on_a_silent_server(start, tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"one")
    _sock, port = udp_socket()
    _, err = start("udp-ftp-client", "notes.txt", "--port", port, "--timeout", "200ms",
                   "--metrics", "metrics.json").finish(1)
    assert "heard nothing from the receiver for 200ms" in err
    assert json.loads((tmp_path / "metrics.json").read_text())["units"] == 0


def test_a_stopped_udp_ftp_server_leaves_no_partial_file(serve, tmp_path):
    program, address = serve("udp-ftp-server")
    sock, _ = udp_socket()
    sock.sendto(b"notes.txt", address)
    sock.sendto(b"one", address)
    wait_until(lambda: any((tmp_path / "received").glob("*")), "the partial file")
    program.stop()
    assert list((tmp_path / "received").iterdir()) == []
