"""100 MiB through every program that carries files, on the framed wire."""

import filecmp

import pytest

SIZE = 100 << 20
UNIT = ["--unit", 16_000]


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(SIZE)
        for at in range(0, SIZE, 1 << 20):  # no two mebibytes alike, and gaps between
            file.seek(at)
            file.write(at.to_bytes(8, "big") * 512)
    return path


@pytest.mark.parametrize("server, client", [
    ("tcp-ftp-server", ["tcp-ftp-client", "large.bin", *UNIT]),
    ("udp-ftp-server", ["udp-ftp-client", "large.bin", *UNIT]),
    ("udp-ftp-server", ["udp-ftp-client", "large.bin", *UNIT, "--mode", "go-back-n"]),
    ("udp-ftp-server", ["udp-ftp-client", "large.bin", *UNIT, "--mode", "selective-repeat"]),
    ("file-server", ["file-client", "large.bin"]),
])
def test_a_large_file_arrives_whole_and_is_never_in_memory(serve, start, large, server, client):
    own = ["--pause", "0ms", "--chunk", 16_000] if server == "file-server" else []
    program, (_, port) = serve(server, *own)
    start(*client, "--port", port).finish(timeout=120)
    assert filecmp.cmp(large, large.parent / "received" / "large.bin", shallow=False)
    assert program.peak_memory_mib() < 80
    program.stop()
