"""Submissions with planted bugs, as test_grade.py grades them: a file is sent by stop-and-wait over datagrams,
in Python, C and Perl. A datagram is a number of four bytes and up to 100 bytes of the file; number 0 carries
the file's name, and an empty one ends it. The answer is the number.

The places of a bug are marked in the sources: `@BUG name@ wrong @ELSE@ right @END@`."""

import re

BUGS = ("no_retransmission", "ignores_ack_number", "off_by_one", "crashes_on_duplicate", "hangs")

PYTHON_SERVER = '''
import os, socket, struct, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("127.0.0.1", int(sys.argv[1])))
os.makedirs("received", exist_ok=True)
expected, file = 0, None
while True:
    datagram, client = sock.recvfrom(2048)
    number, data = struct.unpack("!I", datagram[:4])[0], datagram[4:]
    if number > expected:
        continue
    if number == expected:
        expected += 1
        if number == 0:
            file = open("received/" + os.path.basename(data.decode()), "wb")
        elif data:
            file.write(data)
        else:
            file.close()
    else:
        @BUG crashes_on_duplicate@ raise AssertionError("a unit twice") @ELSE@ pass @END@
    sock.sendto(datagram[:4], client)
'''
PYTHON_CLIENT = '''
import socket, struct, sys
host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
content = open(name, "rb").read()
units = [content[at:at + 100] for at in range(0, len(content), 100)]
@BUG off_by_one@ units.pop() @ELSE@ @END@
for number, data in enumerate([name.encode(), *units, b""]):
    while True:
        sock.sendto(struct.pack("!I", number) + data, (host, port))
        @BUG no_retransmission@ sock.settimeout(None) @ELSE@ sock.settimeout(@TIMER@ / 1000) @END@
        try:
            while struct.unpack("!I", sock.recv(4))[0] != number:
                @BUG ignores_ack_number@ break @ELSE@ pass @END@
            break
        except socket.timeout:
            pass
@BUG hangs@ sock.settimeout(None); sock.recv(4) @ELSE@ @END@
print("sent")
'''
C_HEAD = '''
#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
static unsigned char packet[2048];
static struct sockaddr_in at(const char *host, const char *port)
{
    struct sockaddr_in made = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    inet_pton(AF_INET, host, &made.sin_addr);
    return made;
}
static unsigned number_of(void) { unsigned n; memcpy(&n, packet, 4); return ntohl(n); }
'''
C_SERVER = C_HEAD + '''
int main(int argc, char **argv)
{
    int sock = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in me = at("127.0.0.1", argv[argc - 1]);
    if (bind(sock, (struct sockaddr *)&me, sizeof me)) return 1;
    mkdir("received", 0755);
    unsigned expected = 0;
    FILE *file = NULL;
    for (;;) {
        struct sockaddr_in client;
        socklen_t size = sizeof client;
        ssize_t length = recvfrom(sock, packet, sizeof packet - 1, 0, (struct sockaddr *)&client, &size);
        unsigned number = number_of();
        packet[length] = 0;
        if (number > expected) continue;
        if (number < expected) { @BUG crashes_on_duplicate@ abort(); @ELSE@ @END@ }
        else if (expected++ == 0) {
            char name[300];
            snprintf(name, sizeof name, "received/%s", (char *)packet + 4);
            file = fopen(name, "wb");
        }
        else if (length > 4) fwrite(packet + 4, 1, length - 4, file);
        else fclose(file);
        sendto(sock, packet, 4, 0, (struct sockaddr *)&client, size);
    }
}
'''
C_CLIENT = C_HEAD + '''
static int sock;
static struct sockaddr_in server;
static void send_unit(unsigned number, const void *data, size_t length)
{
    for (;;) {
        unsigned n = htonl(number);
        memcpy(packet, &n, 4);
        memcpy(packet + 4, data, length);
        sendto(sock, packet, length + 4, 0, (struct sockaddr *)&server, sizeof server);
        struct pollfd answer = {sock, POLLIN, 0};
        while (poll(&answer, 1, @BUG no_retransmission@ -1 @ELSE@ @TIMER@ @END@) > 0) {
            recv(sock, packet, 4, 0);
            @BUG ignores_ack_number@ return; @ELSE@ if (number_of() == number) return; @END@
        }
    }
}
int main(int argc, char **argv)
{
    sock = socket(AF_INET, SOCK_DGRAM, 0);
    server = at(argv[1], argv[2]);
    FILE *file = fopen(argv[argc - 1], "rb");
    unsigned number = 0;
    char unit[100];
    size_t length;
    send_unit(number++, argv[3], strlen(argv[3]));
    while ((length = fread(unit, 1, sizeof unit, file)) @BUG off_by_one@ == sizeof unit @ELSE@ > 0 @END@)
        send_unit(number++, unit, length);
    send_unit(number, unit, 0);
    @BUG hangs@ recv(sock, packet, 4, 0); @ELSE@ @END@
    puts("sent");
    return 0;
}
'''
PERL_SERVER = '''
use IO::Socket::INET;
my $sock = IO::Socket::INET->new(LocalAddr => "127.0.0.1", LocalPort => $ARGV[0], Proto => "udp") or die;
mkdir "received";
my ($expected, $file) = (0);
while (defined(my $client = $sock->recv(my $datagram, 2048))) {
    my ($number, $data) = unpack("Na*", $datagram);
    next if $number > $expected;
    if ($number == $expected) {
        $expected++;
        if ($number == 0) { open($file, ">:raw", "received/$data") or die }
        elsif (length $data) { print $file $data }
        else { close $file }
    } else { @BUG crashes_on_duplicate@ die "a unit twice" @ELSE@ @END@ }
    $sock->send(pack("N", $number), 0, $client);
}
'''
PERL_CLIENT = '''
use IO::Socket::INET;
use IO::Select;
my ($host, $port, $name) = @ARGV;
my $sock = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => "udp") or die;
my $answers = IO::Select->new($sock);
sub send_unit {
    my ($number, $data) = @_;
    while (1) {
        $sock->send(pack("Na*", $number, $data));
        while ($answers->can_read(@BUG no_retransmission@ @ELSE@ @TIMER@ / 1000 @END@)) {
            $sock->recv(my $answer, 4);
            return @BUG ignores_ack_number@ @ELSE@ if unpack("N", $answer) == $number @END@;
        }
    }
}
my $number = 0;
send_unit($number++, $name);
open(my $file, "<:raw", $name) or die;
while ((my $length = read($file, my $unit, 100)) @BUG off_by_one@ == 100 @ELSE@ > 0 @END@) { send_unit($number++, $unit) }
send_unit($number, "");
@BUG hangs@ $sock->recv(my $more, 4); @ELSE@ @END@
print "sent\\n";
'''
LANGUAGES = {"python": {"server.py": PYTHON_SERVER, "client.py": PYTHON_CLIENT},
             "c": {"server.c": C_SERVER, "client.c": C_CLIENT,
                   "Makefile": "all: server client\n"},
             "perl": {"server.pl": PERL_SERVER, "client.pl": PERL_CLIENT}}
TIMERS_MS = (100, 250)

PLACE = re.compile(r"@BUG (\w+)@(.*?)@ELSE@(.*?)@END@", re.DOTALL)


def write_submission(folder, language, bug, timer_ms):
    """One submission; a bug of None is none."""
    folder.mkdir(parents=True)
    for name, source in LANGUAGES[language].items():
        source = source.replace("@TIMER@", str(timer_ms))
        text = PLACE.sub(lambda place: place[2].strip() if place[1] == bug else place[3].strip(), source)
        (folder / name).write_text(text)


def write_all(folder):
    """Thirty with bugs, by their names (language, bug, timer), and one in each language without."""
    planted = {}
    for language in LANGUAGES:
        for bug in (*BUGS, None):
            for timer_ms in TIMERS_MS if bug else TIMERS_MS[:1]:
                name = f"{bug or 'correct'}-{language}-{timer_ms}"
                write_submission(folder / name, language, bug, timer_ms)
                planted[name] = bug
    return planted


ROLES = {
    "build": [{"if_file": "Makefile", "command": ["make", "-s"]}],
    "roles": {
        "udp-ftp-server": [
            {"if_file": "server.py", "command": ["/usr/bin/python3", "server.py", "${port}"]},
            {"if_file": "server.pl", "command": ["perl", "server.pl", "${port}"]},
            {"if_file": "server", "command": ["./server", "${port}"]}],
        "udp-ftp-client": [
            {"if_file": "client.py", "command": ["/usr/bin/python3", "client.py", "${to.host}", "${to.port}", "${args.1}"]},
            {"if_file": "client.pl", "command": ["perl", "client.pl", "${to.host}", "${to.port}", "${args.1}"]},
            {"if_file": "client", "command": ["./client", "${to.host}", "${to.port}", "${args.1}"]}]},
}
BOTH = ["udp-ftp-server", "udp-ftp-client"]


def transfer(wan, *expect):
    return {"network": "virtual", "time_limit": "20s", "links": {"wan": {"delay": "5ms", **wan}},
            "files": {"song.bin": {"random": 250}},
            "processes": {"server": {"program": "udp-ftp-server", "args": ["--once"], "port": 45010},
                          "client": {"program": "udp-ftp-client", "args": ["song.bin"], "to": "server", "over": "wan"}},
            "expect": list(expect) or [{"exit": {"client": 0}},
                                       {"same_file": ["song.bin", "server/received/song.bin"]}]}


# Number 0 is the first datagram of a direction, the first unit the second.
RUBRIC = {
    "title": "Stop-and-wait", "secret": "walrus", "submission": ROLES,
    "rules": [
        {"name": "ends", "points": 1, "fills": BOTH, "scenario": transfer({}, {"exit": {"client": 0}})},
        {"name": "arrives", "points": 1, "fills": BOTH, "scenario": transfer({})},
        {"name": "unit_lost", "points": 2, "fills": BOTH, "scenario": transfer({"up": {"exact": [{"nth": 3}]}})},
        {"name": "ack_lost", "points": 2, "fills": BOTH, "scenario": transfer({"down": {"exact": [{"nth": 3}]}})},
        {"name": "old_ack", "points": 2, "fills": BOTH, "feedback": "Which acknowledgment is it?",
         "scenario": transfer({"down": {"exact": [{"nth": 2, "action": "duplicate"}]}, "up": {"exact": [{"nth": 3}]}})},
        {"name": "loss", "points": 5, "seeds": 3, "credit": "share", "fills": BOTH, "scenario": transfer({"loss": 0.3})},
        {"name": "certified", "points": 10, "certify": {"at_most": 1, "first": 6}, "fills": BOTH,
         "scenario": transfer({})}]}

# Which rules each bug costs; "loss" depends on what chance strikes.
COSTS = {None: (),
         "no_retransmission": ("unit_lost", "ack_lost", "old_ack", "loss", "certified"),
         "ignores_ack_number": ("old_ack",),
         "off_by_one": ("arrives", "unit_lost", "ack_lost", "old_ack", "loss", "certified"),
         "crashes_on_duplicate": ("ack_lost", "certified"),
         "hangs": ("ends", "arrives", "unit_lost", "ack_lost", "old_ack", "loss", "certified")}
