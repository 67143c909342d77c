"""badwire's multicast programs against small members written to the course's classic wire.

Takes the badwire binary from the environment variable BADWIRE. Standard library only. Each test
has a group of its own; all stay on the loopback interface.
"""

import socket
import subprocess

import pytest
from waiting import all_is_read, wait_until

LOOPBACK = socket.inet_aton("127.0.0.1")


class Member:
    """Joins, as the course does: one socket to hear and to send."""

    def __init__(self, group, port):
        self.group = (group, port)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind(self.group)
        self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP,
                             socket.inet_aton(group) + LOOPBACK)
        self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)
        self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        self.sock.settimeout(10)

    def say(self, data):
        self.sock.sendto(data, self.group)

    def hear(self):
        return self.sock.recvfrom(65535)[0]

    def close(self):
        self.sock.close()


@pytest.fixture
def member(group):
    made = []

    def make():
        made.append(Member(*group))
        return made[-1]
    yield make
    for one in made:
        one.close()


@pytest.fixture
def join(start, group):
    def run(name, *arguments, listens=True, **options):
        program = start(name, "--group", group[0], "--port", group[1], *arguments, **options)
        if listens:
            assert program.address() == group
        return program
    return run


def from_elsewhere(group, data):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)
        sock.sendto(data, group)


# 5.1

def test_several_receivers_hear_one_sender(join, member):
    receivers = [join("multicast-receiver") for _ in range(3)]
    member().say("Grüße!".encode())
    for receiver in receivers:
        assert "Message received: Grüße!\n" in receiver.finish()[0]


def test_a_sender_reaches_a_member(join, member):
    listener = member()
    join("multicast-sender", listens=False).finish()
    assert listener.hear() == b"Hello Multicast Group!"


def test_receiver_refuses_what_is_too_long_and_shows_what_is_no_text(join, group):
    receiver = join("multicast-receiver")
    from_elsewhere(group, b"x" * 101)
    assert "longer than the 100 bytes" in receiver.finish(1)[1]
    receiver = join("multicast-receiver")
    from_elsewhere(group, b"\xff\x1b[2J")
    assert "\\xff\\x1b[2J" in receiver.finish()[0]


def test_other_groups_are_not_heard(join, group):
    receiver = join("multicast-receiver", "--timeout", "300ms")
    from_elsewhere(("239.255.1.1", group[1]), b"not for you")
    assert "no datagram came" in receiver.finish(1)[1]


def test_what_to_do_is_said_where_an_interface_does_not_exist(join):
    for name in ("multicast-receiver", "multicast-sender", "multicast-chat"):
        _, err = join(name, "--interface", "203.0.113.7", listens=False).finish(1)
        assert "--interface 127.0.0.1" in err


# 5.2

def test_group_members_of_both_kinds_hear_each_other(join, member):
    ours = [join("multicast-group", "--members", 3, "--message", f"ours {i}",
                 stdin=subprocess.PIPE) for i in range(2)]
    theirs = member()
    theirs.say(b"theirs")
    for program in ours:
        program.process.stdin.write("\n")
        program.process.stdin.flush()
    assert {theirs.hear() for _ in range(3)} == {b"theirs", b"ours 0", b"ours 1"}
    for program in ours:
        out, _ = program.finish()
        for message in ("theirs", "ours 0", "ours 1"):
            assert f": {message}\n" in out


def test_a_group_member_outlives_bad_datagrams_and_stops_cleanly(join, group):
    program = join("multicast-group")
    for data in (b"", b"\xff\xfe", b"x" * 60000):
        from_elsewhere(group, data)
    wait_until(lambda: all_is_read(group[1]), "the member to read what was sent")
    out, err = program.stop()
    assert "\\xff\\xfe" in out and "ignored" in err


# Q7

def test_chat_both_ways(join, member, group):
    ours = join("multicast-chat", stdin=subprocess.PIPE)
    theirs = member()
    ours.process.stdin.write("hello from ours\n")
    ours.process.stdin.flush()
    assert theirs.hear() == b"hello from ours"
    for data in (b"hello from theirs", b"", b"\x1b]0;x\x07", b"x" * 60000):
        theirs.say(data)
    theirs.close()  # what it has not read does not matter
    wait_until(lambda: all_is_read(group[1]), "the chat to read what was sent")
    out, err = ours.finish()  # its input ends here
    assert f"127.0.0.1:{group[1]}: hello from theirs\n" in out
    assert "\\x1b]0;x\\x07" in out and "hello from ours" not in out
    assert "ignored" in err


def test_chat_stops_cleanly(join):
    assert join("multicast-chat", stdin=subprocess.PIPE).stop()[1] == ""


# Q8

def test_classic_election_with_members_of_both_kinds(join, member):
    theirs = [member() for _ in range(2)]
    ours = [join("multicast-election", "--wire", "classic", "--timeout", "15s",
                 stdin=subprocess.PIPE) for _ in range(3)]
    for program in ours:
        program.process.stdin.write("a\n")
        program.process.stdin.flush()
    for one in theirs:  # both send from the port that all members share
        one.say(b"B")
    for one in theirs:
        assert sorted(one.hear() for _ in range(5)) == [b"A", b"A", b"A", b"B", b"B"]
    for program in ours:
        out, err = program.finish()
        assert out.endswith("Tally: A 3, B 2\nWinner: A\n") and err == ""


def test_classic_election_ignores_second_votes_and_nonsense(join, group):
    program = join("multicast-election", "--wire", "classic", "--electorates", 2, "--timeout",
                   "15s", stdin=subprocess.PIPE)
    for data in (b"C", b"", b"\xff", b"A" * 50000):
        from_elsewhere(group, data)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as voter:
        voter.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)
        voter.sendto(b"A", group)
        voter.sendto(b"B", group)
        program.process.stdin.write("B\n")
        program.process.stdin.flush()
        out, err = program.finish()
    assert "Tally: A 1, B 1\nIt is a tie.\n" in out
    assert "voted twice: A counts, B is ignored" in err and "is not a vote" in err


def test_framed_election_survives_forgeries(join, group):
    voters = [join("multicast-election", "--vote", vote, "--electorates", 3, "--timeout", "15s")
              for vote in "AA"]
    for data in (b"A", b"", b"\xbdWE\x01", b"\xbdWE\x01" + bytes(100), b"\xff" * 60000):
        from_elsewhere(group, data)
    voters.append(join("multicast-election", "--vote", "B", "--electorates", 3, "--timeout", "15s"))
    for program in voters:
        assert "Tally: A 2, B 1\nWinner: A\n" in program.finish()[0]


def test_election_gives_up_in_time_and_refuses_a_third_candidate(join):
    _, err = join("multicast-election", "--vote", "A", "--timeout", "300ms").finish(1)
    assert "1 of 5 votes came" in err
    _, err = join("multicast-election", "--vote", "C", listens=False).finish(2)
    assert "two candidates" in err
