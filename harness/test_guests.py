"""Other people's programs in virtual time, unmodified: Python as the course and its students write it, with
ports that stand in the code. Every scenario runs twice and must be the same to the last byte and nanosecond."""

import pytest

UDP_ECHO = """
    import socket
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 5000))
    while True:
        data, address = server.recvfrom(2048)
        server.sendto(data.upper(), address)
"""

TCP_ECHO = """
    import socket
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("", 5000))
    server.listen()
    while True:
        client, address = server.accept()
        while data := client.recv(4096):
            client.sendall(data.upper())
        client.close()
"""


def client_of(code, **more):
    return {"server": (UDP_ECHO, {"port": 5000}), "main": (code, {"to": "server", **more})}


def tcp_client_of(code, server=TCP_ECHO, **more):
    return {"server": (server, {"port": 5000}), "main": (code, {"to": "server", **more})}


# ---- datagrams and links

def test_a_udp_client_with_a_port_in_its_code_goes_over_the_link(guests):
    run = guests(client_of("""
        import socket, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        before = time.monotonic()
        for i in range(10):
            s.sendto(b"hello %d" % i, ("127.0.0.1", 5000))
            data, address = s.recvfrom(2048)
            assert (data, address) == (b"HELLO %d" % i, ("127.0.0.1", 5000))
        print(round(time.monotonic() - before, 3))
    """, over="wan"), links={"wan": {"delay": "50ms"}}, expect=[{"exit": {"main": 0}}])
    assert run["verdict"] == "pass", run["message"]
    assert run["processes"]["main"]["stdout"] == "1.0\n"
    for direction in "up", "down":
        assert run["links"]["wan"][direction]["delivered"] == 10


def test_a_timeout_passes_in_no_time_and_is_exact(guests):
    assert guests.lines({"main": """
        import socket, time
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(1000)
        before = time.monotonic()
        try:
            s.recvfrom(10)
        except TimeoutError:
            print(round(time.monotonic() - before, 3))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, (5).to_bytes(8, "little") + bytes(8))
        s.settimeout(None)
        try:
            s.recvfrom(10)
        except BlockingIOError:
            print(round(time.monotonic() - before, 3))
    """}, time_limit="2000s") == ["1000.0", "1005.0"]


def test_nobody_at_a_port_is_told_to_a_connected_socket(guests):
    assert guests.lines({"main": """
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.connect(("127.0.0.1", 5001))
        s.send(b"x")
        try:
            s.recv(10)
        except ConnectionRefusedError as e:
            print(e)
        for to in ("8.8.8.8", 53), ("192.168.1.1", 1):
            try:
                s.sendto(b"x", to)
            except OSError as e:
                print(e)
    """}) == ["[Errno 111] Connection refused", "[Errno 101] Network is unreachable",
              "[Errno 101] Network is unreachable"]


def test_names_of_processes_and_localhost_resolve_and_others_do_not(guests):
    assert guests.lines({"other": "", "main": """
        import socket
        print(socket.gethostbyname("localhost"), socket.gethostbyname("other"))
        print([found[4][0] for found in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)])
        try:
            socket.getaddrinfo("example.com", 80)
        except socket.gaierror as e:
            print("gaierror")
    """}) == ["127.0.0.1 127.0.0.1", "['127.0.0.1', '::1']", "gaierror"]


def test_multicast_with_a_group_in_the_code_reaches_all_members(guests):
    member = """
        import socket, struct
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("", 10000))
        s.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                     struct.pack("4sl", socket.inet_aton("224.3.29.71"), socket.INADDR_ANY))
        data, address = s.recvfrom(1024)
        print(data.decode())
        s.sendto(b"ack", address)
    """
    run = guests({"one": member, "two": member, "main": ("""
        import socket
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.settimeout(0.2)
        s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, b"\\x01")
        s.sendto(b"to all", ("224.3.29.71", 10000))
        try:
            while True:
                print(s.recvfrom(16)[0].decode())
        except TimeoutError:
            print("no more")
    """, {"delay": "1s"})})
    assert run["processes"]["main"]["stdout"] == "ack\nack\nno more\n"
    assert run["processes"]["one"]["stdout"] == run["processes"]["two"]["stdout"] == "to all\n"


# ---- streams

def test_a_tcp_client_and_a_server_that_serves_one_after_the_other(guests):
    run = guests(tcp_client_of("""
        import socket
        s = socket.create_connection(("localhost", 5000))
        data = b"abc" * 100000
        s.sendall(data[:1000])
        assert len(s.recv(1000, socket.MSG_WAITALL)) == 1000
        s.sendall(b"peek")
        print(s.recv(4, socket.MSG_PEEK), s.recv(4))
        s.shutdown(socket.SHUT_WR)
        print(s.recv(10), s.getpeername())
    """, over="wan"), links={"wan": {"delay": "10ms"}})
    assert run["processes"]["main"]["stdout"] == "b'PEEK' b'PEEK'\nb'' ('127.0.0.1', 5000)\n"


def test_a_large_transfer_waits_for_its_reader(guests):
    assert guests.lines(tcp_client_of("""
        import socket, threading
        s = socket.create_connection(("127.0.0.1", 5000))
        threading.Thread(target=lambda: s.sendall(b"x" * 3000000)).start()
        got = 0
        while got < 3000000:
            got += len(s.recv(65536))
        print(got)
    """)) == ["3000000"]


def test_nobody_listens_and_a_reset(guests):
    assert guests.lines(tcp_client_of("""
        import socket, time, errno
        try:
            socket.create_connection(("127.0.0.1", 5001))
        except ConnectionRefusedError as e:
            print(e)
        s = socket.create_connection(("127.0.0.1", 5000))
        time.sleep(1)
        for _ in range(3):
            try:
                print(s.send(b"more"))
                time.sleep(0.1)
            except OSError as e:
                print(errno.errorcode[e.errno])
    """, server="""
        import socket
        server = socket.create_server(("127.0.0.1", 5000))
        client, _ = server.accept()
        client.close()
    """)) == ["[Errno 111] Connection refused", "4", "EPIPE", "EPIPE"]


WAITING_CLIENT = """
    import socket, time
    s = socket.create_connection(("127.0.0.1", 5000))
    began = time.monotonic()
    assert s.recv(10) == b"done"
    print(round(time.monotonic() - began, 2))
"""


@pytest.mark.parametrize("server, last", [("""
    import socket, time
    server = socket.create_server(("127.0.0.1", 5000), backlog=50)
    while True:
        client, _ = server.accept()
        time.sleep(0.5)
        client.sendall(b"done")
        client.close()
""", 20.0), ("""
    import socketserver, time
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            time.sleep(0.5)
            self.request.sendall(b"done")
    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        request_queue_size = 50
    Server(("127.0.0.1", 5000), Handler).serve_forever()
""", 0.5), ("""
    import os, signal, socket, time
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    server = socket.create_server(("127.0.0.1", 5000), backlog=50)
    while True:
        client, _ = server.accept()
        if os.fork() == 0:
            server.close()
            time.sleep(0.5)
            client.sendall(b"done")
            os._exit(0)
        client.close()
""", 0.5)])
def test_forty_clients_wait_at_an_iterative_server_and_not_at_concurrent_ones(guests, server, last):
    run = guests({"server": (server, {"port": 5000}),
                 "main": (WAITING_CLIENT, {"to": "server", "count": 40})})
    assert run["verdict"] == "pass", run["message"]
    waits = sorted(float(one["stdout"]) for name, one in run["processes"].items() if name != "server")
    assert waits[-1] == pytest.approx(last, abs=0.02)
    assert waits[0] == pytest.approx(0.5, abs=0.02)
    waited = sorted(one["waiting_ms"] for one in run["waiting"])
    assert len(waited) == 40 and waited[0] == pytest.approx(0, abs=1)
    assert waited[-1] == pytest.approx(1000 * last - 500, abs=20)


def test_a_server_that_is_killed_closes_its_connections(guests):
    run = guests(tcp_client_of("""
        import socket, time
        s = socket.create_connection(("127.0.0.1", 5000))
        s.sendall(b"hello")
        print(s.recv(10), s.recv(10), round(time.monotonic() % 3600, 1))
    """), faults=[{"kill": "server", "at": "3s"}])
    assert run["processes"]["main"]["stdout"] == "b'HELLO' b'' 3.0\n", run["message"]
