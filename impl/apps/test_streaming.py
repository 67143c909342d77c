"""Media streaming (Q4) against small peers written to the course's classic wire, against peers that
mean no good, and with a real player."""

import hashlib
import json
import os
import pathlib
import re
import signal
import struct
import wave

import pytest
from classic_sockets import udp_socket
from classic_streaming import END, NOT_FOUND, classic_server, fetch_classic, in_units
from waiting import wait_until

NAMES = ["song.wav", "two words.mp3", "Grüße 漢字.ogg"]
BAD_NAMES = [b"../secret", b"../../etc/passwd", b"/etc/passwd", b"", b".", b"..", b"folder",
             b"a\0b", b"song.wav\0", b"a\nb", b"\xff\xfe\xfd", b"x" * 256, b"x" * 60000]
CONTENTS = {"empty": b"", "one byte": b"x", "less than a unit": b"u" * 999,
            "some": bytes(range(256)) * 40, "the end inside": b"x" * 3000 + END + b"y" * 3000}


def song(path, seconds=3, rate=22050):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"".join(struct.pack("<h", (i * 37) % 20000 - 10000)
                                 for i in range(seconds * rate)))
    return seconds * rate


# The server

@pytest.mark.parametrize("wire", ["classic", "framed"])
@pytest.mark.parametrize("contents", CONTENTS.values(), ids=CONTENTS.keys())
def test_a_classic_client_gets_the_file(serve, tmp_path, contents, wire):
    (tmp_path / "song.bin").write_bytes(contents)
    program, address = serve("stream-server", "--wire", wire, "--pause", "1ms")
    units, _ = fetch_classic(address, b"song.bin")
    assert b"".join(units) == contents
    assert all(1000 <= len(unit) <= 2000 for unit in units[:-1])
    assert f"streamed song.bin ({len(contents)} bytes" in program.stop()[0]


def test_units_are_of_random_size_and_ten_milliseconds_apart(serve, tmp_path):
    (tmp_path / "song.bin").write_bytes(os.urandom(150_000))
    program, address = serve("stream-server")
    units, times = fetch_classic(address, b"song.bin")
    sizes = [len(unit) for unit in units[:-1]]
    assert len(set(sizes)) > 40 and min(sizes) < 1200 and max(sizes) > 1800
    assert times[-1] - times[0] >= 0.0099 * (len(units) - 1)
    program.stop()


@pytest.mark.parametrize("name", NAMES)
def test_names_are_names(serve, start, tmp_path, name):
    (tmp_path / name).write_bytes(b"contents")
    program, address = serve("stream-server")
    assert fetch_classic(address, name.encode())[0] == [b"contents"]
    start("stream-client", name, "--port", address[1]).finish()
    assert (tmp_path / "received" / name).read_bytes() == b"contents"
    program.stop()


def test_names_that_lead_elsewhere_lead_nowhere(serve, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "offered" / "folder").mkdir(parents=True)
    os.mkfifo(tmp_path / "offered" / "pipe")
    program, address = serve("stream-server", "--dir", "offered")
    for name in [*BAD_NAMES, b"pipe"]:
        assert fetch_classic(address, name)[0] == [NOT_FOUND], name
    _, err = program.stop()
    assert err.count("not served") == len(BAD_NAMES) + 1
    assert "\x1b" not in err


def test_a_request_doubled_by_the_network_is_one_and_another_name_begins_anew(serve, tmp_path):
    (tmp_path / "a").write_bytes(b"a" * 50_000)
    (tmp_path / "b").write_bytes(b"b" * 5_000)
    program, address = serve("stream-server", "--pause", "1ms")
    sock, _ = udp_socket()
    sock.sendto(b"a", address)
    units, _ = fetch_classic(address, b"a", sock)
    assert b"".join(units) == b"a" * 50_000
    sock.settimeout(0.3)
    with pytest.raises(TimeoutError):
        sock.recv(65536)
    sock.settimeout(5)
    sock.sendto(b"a", address)
    units, _ = fetch_classic(address, b"b", sock)
    assert b"".join(units).lstrip(b"a") == b"b" * 5_000
    program.stop()


def test_hostile_datagrams_neither_stop_nor_grow_the_server(serve, start, tmp_path):
    (tmp_path / "song.bin").write_bytes(os.urandom(20_000))
    program, address = serve("stream-server", "--pause", "1ms")
    sock, _ = udp_socket()
    before = program.peak_memory_mib()
    magic = b"\xbdWM\x01"
    for i in range(20_000):
        sock.sendto([magic, magic + bytes(16), magic + os.urandom(2000), bytes(20)][i % 4], address)
    for _ in range(200):  # each leaves a line in the log
        sock.sendto(os.urandom(40), address)
    start("stream-client", "song.bin", "--port", address[1]).finish()
    assert program.peak_memory_mib() - before < 16
    program.stop()


def test_the_number_of_streams_is_bounded(serve, start, tmp_path):
    (tmp_path / "song.bin").write_bytes(bytes(10_000_000))
    program, address = serve("stream-server", "--pause", "10s")
    socks = [udp_socket()[0] for _ in range(257)]
    for sock in socks:
        sock.sendto(b"song.bin", address)
    answers = [sock.recv(65536) for sock in socks]
    assert answers.count(NOT_FOUND) == 1, "the classic wire knows no other answer"
    client = start("stream-client", "song.bin", "--port", address[1])
    assert "there are 256 streams already; try again later" in client.finish(1)[1]
    program.stop()


def test_a_framed_client_that_is_gone_gets_no_more(serve, start, tmp_path):
    (tmp_path / "song.bin").write_bytes(bytes(10_000_000))
    program, address = serve("stream-server", "--timeout", "300ms")
    client = start("stream-client", "song.bin", "--port", address[1])
    client.process.stdout.readline()
    client.process.kill()
    assert re.fullmatch(r"\S+ stopped song.bin after \d+ bytes: the client is silent\n",
                        program.process.stdout.readline())
    program.stop()


def test_stopping_the_server_in_the_middle_is_no_failure(serve, tmp_path):
    (tmp_path / "song.bin").write_bytes(bytes(10_000_000))
    program, address = serve("stream-server")
    sock, _ = udp_socket()
    sock.sendto(b"song.bin", address)
    sock.recv(65536)
    assert program.stop()[1] == ""


# The client

@pytest.mark.parametrize("contents", CONTENTS.values(), ids=CONTENTS.keys())
def test_the_client_takes_a_classic_stream(start, tmp_path, contents):
    server = classic_server(in_units(contents))
    out, _ = start("stream-client", "song.bin", "--port", server.port, "--wire", "classic").finish()
    assert server.asked == b"song.bin"
    assert (tmp_path / "received" / "song.bin").read_bytes() == contents
    assert os.listdir(tmp_path / "received") == ["song.bin"]
    assert f"received song.bin ({len(contents)} bytes) as received/song.bin\n" in out


def test_the_client_says_when_a_player_may_start(start, tmp_path):
    server = classic_server([b"x" * 1000] * 80, end=False)
    client = start("stream-client", "song.bin", "--port", server.port, "--wire", "classic",
                   "--timeout", "1s", "--out", "folder/mine")
    assert client.process.stdout.readline() == "a player may start now: folder/mine.part\n"
    assert (tmp_path / "folder" / "mine.part").stat().st_size >= 50_000
    client.finish(1)


def test_on_the_classic_wire_a_unit_that_reads_end_ends_the_stream(start, tmp_path):
    server = classic_server([b"x" * 1000, END, b"y" * 1000])
    start("stream-client", "song.bin", "--port", server.port, "--wire", "classic").finish()
    assert (tmp_path / "received" / "song.bin").read_bytes() == b"x" * 1000


def test_a_missing_end_and_a_missing_server_are_reported(start, tmp_path):
    server = classic_server([b"x" * 1000] * 3, end=False)
    client = start("stream-client", "song.bin", "--port", server.port, "--wire", "classic",
                   "--timeout", "300ms", "--metrics", "m.json")
    _, err = client.finish(1)
    assert "the end may have been lost; 3000 bytes arrived and are in received/song.bin.part" in err
    assert (tmp_path / "received" / "song.bin.part").read_bytes() == b"x" * 3000
    assert not (tmp_path / "received" / "song.bin").exists()
    assert json.loads((tmp_path / "m.json").read_text())["received_bytes"] == 3000

    silent, port = udp_socket()
    for wire in "classic", "framed":
        _, err = start("stream-client", "other", "--port", port, "--wire", wire,
                       "--timeout", "300ms").finish(1)
        assert re.search("no answer came|did not answer", err)
    assert not (tmp_path / "received" / "other.part").exists()
    silent.close()


def test_what_the_server_does_not_have(start, serve, tmp_path):
    server = classic_server([NOT_FOUND], end=False)
    _, err = start("stream-client", "none", "--port", server.port, "--wire", "classic").finish(1)
    assert "the server answered ERR:FILE_NOT_FOUND" in err
    server = classic_server([NOT_FOUND], end=False)
    _, err = start("stream-client", "none", "--port", server.port).finish(1)
    assert "try --wire classic" in err
    program, (_, port) = serve("stream-server", "--wire", "classic")
    _, err = start("stream-client", "none", "--port", port).finish(1)
    assert "try --wire classic" in err
    program.stop()
    program, (_, port) = serve("stream-server")
    _, err = start("stream-client", "none", "--port", port).finish(1)
    assert "the server refused: cannot read ./none: there is no such file" in err
    program.stop()
    assert os.listdir(tmp_path / "received") == []


@pytest.mark.parametrize("name", ["", "..", "folder/", "x" * 256])
def test_a_name_that_is_none_is_an_error_in_the_arguments(start, name):
    start("stream-client", name).finish(2)


def test_strangers_do_not_get_into_the_stream(start, tmp_path):
    server = classic_server([b"x" * 1000] * 3, stranger=True)
    start("stream-client", "song.bin", "--port", server.port, "--wire", "classic",
          "--metrics", "m.json").finish()
    assert (tmp_path / "received" / "song.bin").read_bytes() == b"x" * 3000
    assert json.loads((tmp_path / "m.json").read_text())["strangers"] == 3


def test_a_whole_file_from_earlier_stays_when_a_stream_breaks_off(start, tmp_path):
    (tmp_path / "received").mkdir()
    (tmp_path / "received" / "song.bin").write_bytes(b"whole")
    server = classic_server([b"x" * 1000], end=False)
    start("stream-client", "song.bin", "--port", server.port, "--wire", "classic",
          "--timeout", "300ms").finish(1)
    assert (tmp_path / "received" / "song.bin").read_bytes() == b"whole"


def test_two_clients_never_write_the_same_file(serve, start, tmp_path):
    (tmp_path / "song.bin").write_bytes(bytes(1_000_000))
    program, (_, port) = serve("stream-server")
    first = start("stream-client", "song.bin", "--port", port)
    first.process.stdout.readline()
    _, err = start("stream-client", "song.bin", "--port", port).finish(1)
    assert "another program is writing it" in err
    first.stop(1)
    program.stop()


def test_the_stalls_of_a_wav_file_are_told_from_its_header(serve, start, tmp_path):
    song(tmp_path / "song.wav", seconds=3)
    program, (_, port) = serve("stream-server")
    out, _ = start("stream-client", "song.wav", "--port", port, "--metrics", "m.json").finish()
    metrics = json.loads((tmp_path / "m.json").read_text())
    assert metrics["player_bytes_per_s"] == 44100 and "startup_delay_ms" in metrics
    assert re.search(r"start-up delay \S+, \d+ stalls?, \S+ in all\n", out)
    out, _ = start("stream-client", "song.wav", "--port", port, "--rate", "10000000",
                   "--metrics", "m.json").finish()
    assert json.loads((tmp_path / "m.json").read_text())["stalls"] >= 1
    program.stop()


# The player

PROBE = """#!/usr/bin/python3
import json, os, sys, time
begin = time.monotonic()
data, arrivals = b"", []
while piece := os.read(0, 65536):
    data += piece
    arrivals.append(len(data))
json.dump({"bytes": len(data), "pieces": len(arrivals), "seconds": time.monotonic() - begin,
           "arguments": sys.argv[1:]}, open("probe.json", "w"))
import hashlib; open("probe.sha256", "w").write(hashlib.sha256(data).hexdigest())
sys.exit(7)
"""


@pytest.fixture
def probe(tmp_path):
    """A player that says how it was fed, and ends with exit status 7."""
    path = tmp_path / "probe"
    path.write_text(PROBE)
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("wire", ["classic", "framed"])
def test_a_player_is_fed_while_the_stream_arrives(serve, start, tmp_path, probe, wire):
    contents = os.urandom(200_000)
    (tmp_path / "song.bin").write_bytes(contents)
    program, (_, port) = serve("stream-server")
    out, _ = start("stream-client", "song.bin", "--port", port, "--wire", wire, "--metrics",
                   "m.json", "--player", f"{probe} 'two words' -").finish()
    report = json.loads((tmp_path / "probe.json").read_text())
    assert report["arguments"] == ["two words", "-"]
    assert report["bytes"] == 200_000 and report["pieces"] > 20 and report["seconds"] > 0.5
    assert (tmp_path / "probe.sha256").read_text() == hashlib.sha256(contents).hexdigest()
    assert json.loads((tmp_path / "m.json").read_text())["player_exit"] == 7
    assert "the player ended, exit status 7\n" in out
    program.stop()


def test_sox_plays_every_sample_of_a_song_that_still_arrives(serve, start, tmp_path):
    frames = song(tmp_path / "song.wav", seconds=4)
    program, (_, port) = serve("stream-server")
    client = start("stream-client", "song.wav", "--port", port, "--metrics", "m.json",
                   "--player", "sox -t wav - -n stat")
    assert client.process.stdout.readline() == "a player may start now: received/song.wav.part\n"
    assert client.process.stdout.readline() == "started sox\n"
    arrived = (tmp_path / "received" / "song.wav.part").stat().st_size
    assert arrived < (tmp_path / "song.wav").stat().st_size / 2, "the rest is still to come"
    _, err = client.finish()
    assert int(re.search(r"Samples read:\s+(\d+)", err)[1]) == frames
    metrics = json.loads((tmp_path / "m.json").read_text())
    assert (metrics["player_exit"], metrics["lost"]) == (0, 0)
    program.stop()


def test_a_player_may_read_the_file_itself(serve, start, tmp_path):
    (tmp_path / "song.bin").write_bytes(os.urandom(100_000))
    program, (_, port) = serve("stream-server", "--pause", "1ms")
    follow = "sh -c 'sleep 1; cat \"$0\" > copy'"  # by then the stream has ended
    start("stream-client", "song.bin", "--port", port, "--player", follow).finish()
    assert (tmp_path / "copy").read_bytes() == (tmp_path / "song.bin").read_bytes()
    assert os.listdir(tmp_path / "received") == ["song.bin"]
    program.stop()


def test_a_player_that_cannot_be_started_or_goes_away_does_not_harm_the_stream(
        serve, start, tmp_path):
    (tmp_path / "song.bin").write_bytes(os.urandom(100_000))
    program, (_, port) = serve("stream-server", "--pause", "1ms")
    for player, code in ("no-such-player -", 127), ("false -", 1), ("false", 1):
        client = start("stream-client", "song.bin", "--port", port, "--player", player,
                       "--metrics", "m.json")
        _, err = client.finish()
        assert ("cannot start no-such-player: No such file" in err) == (code == 127)
        metrics = json.loads((tmp_path / "m.json").read_text())
        assert metrics["player_exit"] == code and metrics["files"] == 1
    program.stop()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_player_ends_with_the_client(serve, start, tmp_path, number):
    (tmp_path / "song.bin").write_bytes(bytes(100_000))
    program, (_, port) = serve("stream-server", "--pause", "1ms")
    client = start("stream-client", "song.bin", "--port", port, "--player",
                   "sh -c 'echo $$ > pid; exec sleep 60'")
    pid = tmp_path / "pid"
    wait_until(lambda: pid.exists() and pid.read_text().strip(), "the player to start")
    player = pathlib.Path("/proc", pid.read_text().strip())
    wait_until((tmp_path / "received" / "song.bin").exists, "the end of the stream")
    client.process.send_signal(number)
    client.finish(1 if number != signal.SIGKILL else -signal.SIGKILL)
    wait_until(lambda: not player.exists(), "the player to end")
    if number != signal.SIGKILL:
        assert os.listdir(tmp_path / "received") == ["song.bin"], "what is whole stays"
    program.stop()


def test_a_quotation_mark_without_counterpart_is_an_error_in_the_arguments(start):
    start("stream-client", "song.bin", "--player", "sh -c 'oops").finish(2)


# The framed wire, from outside

def test_forged_datagrams_of_others_do_not_end_a_stream(serve, start, tmp_path):
    (tmp_path / "song.bin").write_bytes(bytes(100_000))
    program, address = serve("stream-server")
    client = start("stream-client", "song.bin", "--port", address[1], "--metrics", "m.json")
    sock, _ = udp_socket()
    for port in range(32768, 60999, 97):  # whatever may listen there
        sock.sendto(END, ("127.0.0.1", port))
    client.finish()
    assert json.loads((tmp_path / "m.json").read_text())["lost"] == 0
    program.stop()
