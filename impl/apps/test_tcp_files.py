"""Files over connections (Q1a, Q2) against small peers written to the course's classic wire."""

import os
import socket
import struct
import threading
import time

import hostile_peers
import pytest
from classic_sockets import all_of, byte_by_byte, connected, listening_tcp, whole
from waiting import wait_until

NAMES = ["notes.txt", "two words.txt", "Grüße 漢字.txt"]
BAD_NAMES = [b"..", b"folder/", b"/", b"a\0b", b"a\nb", b"x" * 300]
CONTENTS = {"empty": b"", "one unit": b"u" * 100, "two units": b"v" * 200, "short": b"abc",
            "binary": bytes(range(256)) * 3, "end inside": b"x" * 95 + b"__END__" + b"y" * 200}
END_ON_A_BORDER = b"x" * 100 + b"__END__"


def named(name):
    name = name if isinstance(name, bytes) else name.encode()
    return struct.pack(">I", len(name)) + name


def exactly(sock, size):
    data = b""
    while len(data) < size:
        piece = sock.recv(size - len(data))
        assert piece, f"closed after {data!r}"
        data += piece
    return data


def units(contents, size=100):
    return [contents[at:at + size] for at in range(0, len(contents), size)]


def send_classic(address, name, contents, send=whole, size=100):
    with connected(address) as sock:
        send(sock, named(name))
        for unit in units(contents, size):
            send(sock, unit)
            assert exactly(sock, 3) == b"ACK"
        send(sock, b"__END__")
        assert all_of(sock) == b"", "nothing but units is answered"


# Q1a: the server

@pytest.mark.parametrize("send", [whole, byte_by_byte])
@pytest.mark.parametrize("contents", CONTENTS.values(), ids=CONTENTS.keys())
def test_tcp_ftp_server_receives_from_a_classic_sender(serve, tmp_path, contents, send):
    program, address = serve("tcp-ftp-server", "--once")
    send_classic(address, "folder/notes.txt", contents, send)
    assert program.finish()[0] == f"received notes.txt ({len(contents)} bytes)\n"
    assert (tmp_path / "received" / "notes.txt").read_bytes() == contents
    assert [path.name for path in (tmp_path / "received").iterdir()] == ["notes.txt"]


def test_tcp_ftp_server_takes_units_of_any_size(serve, tmp_path):
    program, address = serve("tcp-ftp-server", "--once")
    send_classic(address, "notes.txt", b"abcdefg" * 50, size=7)
    program.finish()
    assert (tmp_path / "received" / "notes.txt").read_bytes() == b"abcdefg" * 50


def test_on_the_classic_wire_a_unit_that_reads_end_ends_the_file(serve, tmp_path):
    program, address = serve("tcp-ftp-server", "--once")
    with connected(address) as sock:
        sock.sendall(named("notes.txt"))
        sock.sendall(b"x" * 100)
        assert exactly(sock, 3) == b"ACK"
        sock.sendall(b"__END__")
        assert all_of(sock) == b""
    program.finish()
    assert (tmp_path / "received" / "notes.txt").read_bytes() == b"x" * 100


def test_on_the_classic_wire_a_unit_sent_again_arrives_twice(serve, tmp_path):
    program, address = serve("tcp-ftp-server", "--once")
    with connected(address) as sock:
        sock.sendall(named("notes.txt"))
        for _ in range(2):
            sock.sendall(b"x" * 100)
            assert exactly(sock, 3) == b"ACK"
        sock.sendall(b"__END__")
    program.finish()
    assert (tmp_path / "received" / "notes.txt").read_bytes() == b"x" * 200


@pytest.mark.parametrize("wire", ["classic", "framed"])
@pytest.mark.parametrize("name", NAMES)
def test_names_arrive_as_they_are(serve, start, tmp_path, name, wire):
    (tmp_path / name).write_bytes(b"contents")
    program, (_, port) = serve("tcp-ftp-server", "--once")
    out, _ = start("tcp-ftp-client", name, "--port", port, "--wire", wire).finish()
    assert out.startswith(f"sent {name} (8 bytes in ")
    program.finish()
    assert (tmp_path / "received" / name).read_bytes() == b"contents"


def test_names_that_lead_elsewhere_lead_nowhere(serve, tmp_path):
    program, address = serve("tcp-ftp-server")
    for name in BAD_NAMES:
        with connected(address) as sock:
            sock.sendall(named(name))
            assert all_of(sock) == b""
    send_classic(address, "../../etc/passwd", b"root")
    send_classic(address, "/etc/shadow", b"root")
    out, err = program.stop()
    assert out.count("received ") == 2 and err.count("not received") == len(BAD_NAMES)
    assert sorted(path.name for path in (tmp_path / "received").iterdir()) == ["passwd", "shadow"]


# Q1a: the client

class classic_ftp_server(threading.Thread):
    """Takes one file, unit by unit; answers each `late` times."""

    def __init__(self, silent=0):
        super().__init__(daemon=True)
        self.server, self.port = listening_tcp()
        self.silent = silent
        self.units = []
        self.file_name = None
        self.start()

    def run(self):
        sock, _ = self.server.accept()
        sock.settimeout(10)
        self.file_name = exactly(sock, struct.unpack(">I", exactly(sock, 4))[0])
        while (unit := sock.recv(100)) != b"__END__" and unit:
            self.units.append(unit)
            if self.silent:
                self.silent -= 1
            else:
                sock.sendall(b"ACK")
        self.ended = unit == b"__END__"
        sock.close()


@pytest.mark.parametrize("contents", CONTENTS.values(), ids=CONTENTS.keys())
def test_tcp_ftp_client_sends_the_course_units(start, tmp_path, contents):
    (tmp_path / "notes.txt").write_bytes(contents)
    server = classic_ftp_server()
    start("tcp-ftp-client", "notes.txt", "--port", server.port, "--wire", "classic").finish()
    server.join(10)
    assert (server.file_name, server.units, server.ended) == (b"notes.txt", units(contents), True)


def test_tcp_ftp_client_sends_a_unit_again_and_gives_up_after_five_times(start, tmp_path):
    (tmp_path / "notes.txt").write_bytes(b"abc")
    server = classic_ftp_server(silent=2)
    options = ["notes.txt", "--wire", "classic", "--timeout", "200ms"]
    start("tcp-ftp-client", *options, "--port", server.port).finish()
    server.join(10)
    assert server.units == [b"abc"] * 3

    server = classic_ftp_server(silent=100)
    _, err = start("tcp-ftp-client", *options, "--port", server.port).finish(1)
    assert "sent 6 times and never acknowledged" in err
    server.join(10)
    assert server.units == [b"abc"] * 6


def test_tcp_ftp_client_says_what_the_classic_wire_will_do(start, tmp_path):
    (tmp_path / "notes.txt").write_bytes(END_ON_A_BORDER)
    server = classic_ftp_server()
    _, err = start("tcp-ftp-client", "notes.txt", "--port", server.port, "--wire", "classic",
                   "--timeout", "200ms").process.communicate(timeout=20)
    assert "the copy will end there" in err


@pytest.mark.parametrize("contents", [*CONTENTS.values(), END_ON_A_BORDER, os.urandom(70000)],
                         ids=[*CONTENTS.keys(), "end on a border", "random"])
def test_files_between_badwires_own_ends(serve, start, tmp_path, contents):
    (tmp_path / "notes.txt").write_bytes(contents)
    program, (_, port) = serve("tcp-ftp-server", "--once")
    start("tcp-ftp-client", "notes.txt", "--port", port).finish()
    assert program.finish()[0] == f"received notes.txt ({len(contents)} bytes)\n"
    assert (tmp_path / "received" / "notes.txt").read_bytes() == contents


# Q2

def ask_classic(address, name, send=whole):
    with connected(address) as sock:
        send(sock, named(name))
        return all_of(sock)


@pytest.fixture
def offered(tmp_path):
    (tmp_path / "offered").mkdir()
    for name, contents in CONTENTS.items():
        (tmp_path / "offered" / name).write_bytes(contents)
    (tmp_path / "offered" / "Grüße 漢字.txt").write_bytes(b"hello")
    (tmp_path / "secret").write_bytes(b"secret")
    return ["--dir", "offered", "--pause", "1ms"]


@pytest.mark.parametrize("send", [whole, byte_by_byte])
def test_file_server_answers_classic_clients(serve, offered, send):
    _, address = serve("file-server", *offered)
    for name, contents in CONTENTS.items():
        assert ask_classic(address, name, send) == b"OK" + contents
    assert ask_classic(address, "Grüße 漢字.txt", send) == b"OKhello"
    assert ask_classic(address, "no such", send) == b"ERR:FILE_NOT_FOUND"


def test_file_server_pauses_after_the_status_and_every_piece(serve, tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 1500)
    _, address = serve("file-server")
    with connected(address) as sock:
        begin = time.monotonic()
        sock.sendall(named("file"))
        pieces = []
        while piece := sock.recv(65536):
            pieces.append(piece)
        elapsed = time.monotonic() - begin
    assert [len(piece) for piece in pieces] == [2, 1000, 500]
    assert 0.6 <= elapsed < 2


def test_file_server_offers_nothing_but_its_folder(serve, offered, tmp_path):
    program, address = serve("file-server", *offered)
    for name in [b"../secret", b"../../etc/passwd", b"/etc/passwd", b".", b"..", b"./short", b"a\0b"]:
        assert ask_classic(address, name) == b"ERR:FILE_NOT_FOUND", name
    program.stop()


def test_file_server_serves_many_at_once(serve, start, tmp_path):
    contents = os.urandom(5000)
    (tmp_path / "file").write_bytes(contents)
    _, (_, port) = serve("file-server", "--pause", "100ms")
    begin = time.monotonic()
    clients = [start("file-client", "file", "--out", f"copy{i}", "--port", port,
                     "--wire", ["classic", "framed"][i % 2]) for i in range(8)]
    for client in clients:
        client.finish()
    assert time.monotonic() - begin < 3, "one after the other it would take 5 s"
    for i in range(8):
        assert (tmp_path / f"copy{i}").read_bytes() == contents


@pytest.mark.parametrize("wire", ["classic", "framed"])
@pytest.mark.parametrize("name", [*CONTENTS, "Grüße 漢字.txt"])
def test_file_client_between_badwires_own_ends(serve, start, offered, tmp_path, name, wire):
    _, (_, port) = serve("file-server", *offered)
    start("file-client", name, "--port", port, "--wire", wire).finish()
    assert ((tmp_path / "received" / name).read_bytes()
            == (tmp_path / "offered" / name).read_bytes())
    assert len(list((tmp_path / "received").iterdir())) == 1


def classic_file_server(*pieces, reset=False):
    server, port = listening_tcp()

    def run():
        sock, _ = server.accept()
        exactly(sock, struct.unpack(">I", exactly(sock, 4))[0])
        for piece in pieces:
            sock.sendall(piece)
            time.sleep(0.05)
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()

    threading.Thread(target=run, daemon=True).start()
    return port


@pytest.mark.parametrize("pieces", [(b"OKcontents",), (b"O", b"Kcont", b"ents"), (b"OK", b"contents")])
def test_file_client_takes_what_comes_with_the_status(start, tmp_path, pieces):
    start("file-client", "file", "--wire", "classic", "--port", classic_file_server(*pieces)).finish()
    assert (tmp_path / "received" / "file").read_bytes() == b"contents"


@pytest.mark.parametrize("pieces", [(b"ERR:FILE_NOT_FOUND",), (b"E", b"RR:FILE_NOT_FOUND"), (), (b"O",)])
def test_file_client_leaves_no_file_when_there_is_none(start, tmp_path, pieces):
    _, err = start("file-client", "file", "--wire", "classic",
                   "--port", classic_file_server(*pieces)).finish(1)
    assert "cannot fetch file: " in err
    assert not (tmp_path / "received" / "file").exists()


def test_file_client_leaves_no_file_when_the_connection_is_reset(start, tmp_path):
    start("file-client", "file", "--wire", "classic",
          "--port", classic_file_server(b"OKcont", reset=True)).finish(1)
    assert list((tmp_path / "received").iterdir()) == []


def test_a_broken_download_goes_on_where_it_broke_off(serve, start, tmp_path):
    contents = os.urandom(20000)
    (tmp_path / "file").write_bytes(contents)
    program, (_, port) = serve("file-server", "--pause", "100ms")
    client = start("file-client", "file", "--port", port)
    part = tmp_path / "received" / "file.part"
    wait_until(lambda: part.exists() and part.stat().st_size > 0, "the first bytes of the file")
    client.stop(1)
    assert not (tmp_path / "received" / "file").exists()
    assert 0 < part.stat().st_size < 20000

    out, _ = start("file-client", "file", "--port", port).finish()
    assert "going on at byte " in out
    assert (tmp_path / "received" / "file").read_bytes() == contents
    assert [path.name for path in (tmp_path / "received").iterdir()] == ["file"]
    program.stop()


def test_a_download_of_what_has_changed_begins_anew(serve, start, tmp_path):
    (tmp_path / "file").write_bytes(b"new contents")
    (tmp_path / "received").mkdir()
    (tmp_path / "received" / "file.part").write_bytes(b"old")
    _, (_, port) = serve("file-server", "--pause", "1ms")
    out, _ = start("file-client", "file", "--port", port).finish()
    assert "going on" not in out
    assert (tmp_path / "received" / "file").read_bytes() == b"new contents"


def test_a_file_that_is_not_there_leaves_no_trace(serve, start, tmp_path):
    _, (_, port) = serve("file-server")
    _, err = start("file-client", "file", "--port", port).finish(1)
    assert "the server refused: " in err
    assert list((tmp_path / "received").iterdir()) == []


# Both servers: what hostile_peers.py does not have

def test_a_frame_that_comes_byte_by_byte_does_not_put_off_the_deadline(serve):
    program, address = serve("tcp-ftp-server", "--timeout", "500ms")
    with connected(address) as slow:
        begin = time.monotonic()
        with pytest.raises(OSError):
            for byte in hostile_peers.MAGIC + b"\0" * 1000:
                slow.sendall(bytes([byte]))
                time.sleep(0.1)
        assert time.monotonic() - begin < 3
    program.stop()


@pytest.mark.parametrize("begun", [named("notes.txt") + b"x" * 100, named("notes.txt")])
def test_a_stopped_tcp_ftp_server_leaves_no_partial_file(serve, tmp_path, begun):
    program, address = serve("tcp-ftp-server")
    with connected(address) as sock:
        sock.sendall(begun)
        wait_until(lambda: any((tmp_path / "received").glob("*")), "the partial file")
        program.stop()
    assert list((tmp_path / "received").iterdir()) == []


def test_a_sender_that_closes_half_way_leaves_no_file(serve, tmp_path):
    program, address = serve("tcp-ftp-server", "--once")
    with connected(address) as sock:
        sock.sendall(named("notes.txt") + b"x" * 100)
        assert exactly(sock, 3) == b"ACK"
    _, err = program.finish(1)
    assert "before __END__" in err
    assert list((tmp_path / "received").iterdir()) == []
