"""The calculator (Q3) against small peers written to the course's classic wire, in Python."""

import socket
import subprocess

import pytest
from classic_sockets import SENDERS, all_of, connected, listening_tcp

CALCULATIONS = [("7 / -2", "-4"), ("-7 % 3", "2"), ("6 * 7", "42"), ("1 - 2", "-1"),
                ("99999999999999999999 + 1", "100000000000000000000")]


def ask(address, request):
    with connected(address) as sock:
        sock.sendall(request)
        sock.shutdown(socket.SHUT_WR)
        return all_of(sock)


@pytest.mark.parametrize("send", SENDERS)
def test_server_answers_every_kind_of_sender(serve, send):
    program, address = serve("calculator-server")
    for request, answer in CALCULATIONS[:2]:
        with connected(address) as sock:
            send(sock, request.encode())
            assert all_of(sock).decode() == answer
    out, _ = program.stop()
    assert out.endswith(": 7 / -2 = -4\n" + out.splitlines()[-1] + "\n")


@pytest.mark.parametrize("request_text, reason", [
    (b"1 / 0", b"ERR:division by zero"), (b"1 ^ 2", b"ERR:bad operator"), (b"1 +", b"ERR:bad format"),
    (b"\xff\xfe", b"ERR:bad format"), (b"9" * 4301 + b" + 1", b"ERR:a number is longer")])
def test_server_refuses_with_a_reason(serve, request_text, reason):
    program, address = serve("calculator-server")
    assert ask(address, request_text).startswith(reason)
    program.stop()


@pytest.mark.parametrize("request_text, answer", CALCULATIONS)
def test_client_sends_the_course_text(start, request_text, answer):
    server, port = listening_tcp()
    program = start("calculator-client", "--port", port, *request_text.split())
    peer, _ = server.accept()
    assert peer.recv(1024).decode() == request_text
    peer.sendall(answer.encode())
    peer.close()
    assert program.finish()[0] == f"Result: {answer}\n"


def test_client_asks(serve, start):
    program, (_, port) = serve("calculator-server")
    client = start("calculator-client", "--port", port, stdin=subprocess.PIPE)
    out, _ = client.process.communicate("7 / -2\n", timeout=10)
    assert client.process.returncode == 0 and out.endswith("Result: -4\n")
    program.stop()


def test_client_fails_with_the_servers_reason(serve, start):
    program, (_, port) = serve("calculator-server")
    _, err = start("calculator-client", "--port", port, "1", "/", "0").finish(1)
    assert err == "badwire calculator-client: the server refused: division by zero\n"
    _, err = start("calculator-client", "--port", port, "1", "/").finish(2)
    assert "give A, OP and B, or none of them" in err
    program.stop()
