// Flags, timeouts, and several things at once.
#include "harness/parity/case.hpp"

namespace parity {
namespace {

void refused_later()
{
    const int client = udp();
    const int other = udp();
    const auto there = loopback(port_of(other));
    close(other);
    say("connect", connect(client, plain(there), sizeof there));
    say("send", sent(client, "x"));
    rest(20);
    say("poll", polled(client));
    say("recv", received(client));
    say("send", sent(client, "x"));
    rest(20);
    say("send after", sent(client, "x"));
    say("not connected", sendto(udp(), "x", 1, 0, plain(there), sizeof there));
}

void flags_of_recv()
{
    const auto [client, server] = connected();
    say("dontwait", received(client, 10, MSG_DONTWAIT));
    sent(server, "abcdef");
    rest(10);
    say("peek", received(client, 3, MSG_PEEK));
    say("recv", received(client, 3));
    std::thread later([server = server] {
        rest(50);
        sent(server, "ghi");
        rest(50);
        sent(server, "jkl");
    });
    say("waitall", received(client, 9, MSG_WAITALL));
    later.join();
    sent(server, "xy");
    close(server);
    say("waitall cut", received(client, 9, MSG_WAITALL));
    say("waitall at the end", received(client, 9, MSG_WAITALL));
    const int one = udp();
    const int two = udp();
    const auto there = loopback(port_of(two));
    sendto(one, "datagram", 8, 0, plain(there), sizeof there);
    sendto(one, "", 0, 0, plain(there), sizeof there);
    rest(10);
    say("peek", received(two, 4, MSG_PEEK));
    char buffer[4];
    say("trunc", recv(two, buffer, sizeof buffer, MSG_TRUNC));
    say("empty", received(two));
    say("dontwait", received(two, 10, MSG_DONTWAIT));
}

void timeouts()
{
    const auto [client, server] = connected();
    set_timeout(client, SO_RCVTIMEO, 50);
    say("recv", received(client));
    set_timeout(client, SO_SNDTIMEO, 50);
    ssize_t length = 1;
    const std::string much(100000, 'x');
    while (length > 0) length = sent(client, much);
    say("send", length);
    const int listener = listening();
    set_timeout(listener, SO_RCVTIMEO, 50);
    say("accept", accept(listener, nullptr, nullptr));
    const int one = udp();
    set_timeout(one, SO_RCVTIMEO, 50);
    say("recv", received(one));
    say("poll", polled(one, 20));
    pollfd look{one, POLLIN, 0};
    say("poll", poll(&look, 1, 20));
    static_cast<void>(server);
}

void two_hundred_in_select()
{
    std::vector<int> all;
    for (int i = 0; i < 200; ++i) all.push_back(udp());
    const int sender = udp();
    for (const int i : {3, 77, 199}) {
        const auto there = loopback(port_of(all[static_cast<std::size_t>(i)]));
        sendto(sender, "x", 1, 0, plain(there), sizeof there);
    }
    rest(20);
    fd_set wanted;
    FD_ZERO(&wanted);
    for (const int one : all) FD_SET(one, &wanted);
    timeval none{0, 10000};
    say("select", select(all.back() + 1, &wanted, nullptr, nullptr, &none));
    for (std::size_t i = 0; i < all.size(); ++i)
        if (FD_ISSET(all[i], &wanted)) say("ready", std::to_string(i));
    FD_ZERO(&wanted);
    FD_SET(all[0], &wanted);
    say("select", select(all.back() + 1, &wanted, nullptr, nullptr, &none));
}

void epoll_of_both_kinds()
{
    for (const std::uint32_t edge :
         {std::uint32_t{0}, std::uint32_t{EPOLLET}, std::uint32_t{EPOLLONESHOT}}) {
        const auto [client, server] = connected();
        const int set = epoll_create1(EPOLL_CLOEXEC);
        epoll_event wanted{EPOLLIN | edge, {}};
        wanted.data.u64 = 7;
        say("add", epoll_ctl(set, EPOLL_CTL_ADD, client, &wanted));
        say("add again", epoll_ctl(set, EPOLL_CTL_ADD, client, &wanted));
        epoll_event found[4];
        const auto wait_for_some = [&, set = set] { say("wait", epoll_wait(set, found, 4, 20)); };
        wait_for_some();
        sent(server, "abc");
        wait_for_some();
        say("data",
            std::to_string(found[0].data.u64) + " " + events(static_cast<short>(found[0].events)));
        wait_for_some();
        say("recv", received(client, 1));
        wait_for_some();
        sent(server, "d");
        rest(10);
        wait_for_some();
        say("recv", received(client));
        wait_for_some();
        say("again", epoll_ctl(set, EPOLL_CTL_MOD, client, &wanted));
        sent(server, "e");
        rest(10);
        wait_for_some();
        say("delete", epoll_ctl(set, EPOLL_CTL_DEL, client, nullptr));
        say("delete again", epoll_ctl(set, EPOLL_CTL_DEL, client, nullptr));
        wait_for_some();
        epoll_ctl(set, EPOLL_CTL_ADD, client, &wanted);
        close(client); // leaves the set by itself
        wait_for_some();
    }
}

void messages_at_once()
{
    const int receiver = udp(), sender = udp();
    const auto there = loopback(port_of(receiver));
    if (connect(sender, plain(there), sizeof there) != 0) say("connect", -1);
    char texts[3][4] = {"one", "two", "six"}, places[5][3];
    iovec out[3], in[5];
    mmsghdr sent_ones[3]{}, got[5]{};
    for (std::size_t i = 0; i < 3; ++i) {
        out[i] = {texts[i], 3};
        sent_ones[i].msg_hdr.msg_iov = &out[i];
        sent_ones[i].msg_hdr.msg_iovlen = 1;
    }
    out[2].iov_len = 4;
    for (std::size_t i = 0; i < 5; ++i) {
        in[i] = {places[i], 3};
        got[i].msg_hdr.msg_iov = &in[i];
        got[i].msg_hdr.msg_iovlen = 1;
    }
    const auto receive = [&](const char* what, unsigned count, int flags, timespec* time) {
        const int found = recvmmsg(receiver, got, count, flags, time);
        say(what, found);
        for (int i = 0; i < found; ++i)
            say(got[i].msg_hdr.msg_flags == MSG_TRUNC ? "cut" : "whole",
                std::string(places[i], got[i].msg_len));
    };
    receive("nothing", 5, MSG_DONTWAIT, nullptr);
    say("send", sendmmsg(sender, sent_ones, 3, 0));
    rest(10);
    receive("for one", 5, MSG_WAITFORONE, nullptr);
    std::thread later([&] {
        rest(30);
        if (sendmmsg(sender, sent_ones, 2, 0) != 2) say("send", -1);
        rest(30);
        sent(sender, "ten");
        rest(60);
        sent(sender, "end");
    });
    receive("for three", 3, 0, nullptr);
    timespec soon{0, 20'000'000};
    receive("a time is up, but only a message shows it", 5, 0, &soon);
    later.join();
    set_timeout(receiver, SO_RCVTIMEO, 30);
    receive("nothing in time", 5, 0, nullptr);
}

} // namespace

case_table waiting_cases()
{
    return {{"epoll_of_both_kinds", epoll_of_both_kinds},
            {"flags_of_recv", flags_of_recv},
            {"messages_at_once", messages_at_once},
            {"refused_later", refused_later},
            {"timeouts", timeouts},
            {"two_hundred_in_select", two_hundred_in_select}};
}

} // namespace parity
