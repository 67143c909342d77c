// The process that makes hosts: `badwire make-hosts`, with the socket to its master as standard input.
// It has one thread, and goes from namespace to namespace.
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "impl/net/network.hpp"
#include "sim/hosts/host_messages.hpp"
#include "sim/hosts/namespaces.hpp"
#include "sim/hosts/rtnetlink.hpp"
#include "sim/hosts/system_refusal.hpp"

namespace badwire::hosts {

namespace ip = boost::asio::ip;
namespace fs = std::filesystem;

namespace {

using nlohmann::json;

constexpr const char* outside_device = "eth0";
constexpr unsigned segment_bytes_max_v6 = segment_bytes_max - 20; // its header is so much longer

owned_descriptor open_or_refuse(const char* file, int flags, const std::string& what)
{
    owned_descriptor opened(::open(file, flags | O_CLOEXEC));
    if (!opened) refuse(what);
    return opened;
}

void write_text(const std::string& file, const std::string& text)
{
    const auto opened = open_or_refuse(file.c_str(), O_WRONLY, "write " + file);
    if (::write(opened.get(), text.data(), text.size()) < 0) refuse("write " + file);
}

// Where a kernel was built without a part, or is older, its settings are missing, and not needed.
void set_network(const std::string& setting, const std::string& value)
{
    const std::string file = "/proc/sys/net/" + setting;
    if (fs::exists(file)) write_text(file, value);
}

// Returns the user namespace, where one was needed.
owned_descriptor leave_namespaces()
{
    constexpr int all = CLONE_NEWNET | CLONE_NEWNS;
    if (::unshare(all) == 0) return {};
    const uid_t user = ::geteuid();
    const gid_t group = ::getegid();
    if (::unshare(all | CLONE_NEWUSER) < 0)
        refuse("make hosts, for namespaces are refused (allow user namespaces: "
               "in Docker --security-opt seccomp=unconfined --cap-add SYS_ADMIN, on Ubuntu an "
               "AppArmor profile with \"userns\"; or use the network relay or virtual)");
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", fmt::format("{} {} 1", user, user));
    write_text("/proc/self/gid_map", fmt::format("{} {} 1", group, group));
    return open_or_refuse("/proc/self/ns/user", O_RDONLY, "keep a user namespace");
}

owned_descriptor this_network()
{
    return open_or_refuse("/proc/self/ns/net", O_RDONLY, "keep a network namespace");
}

void enter_network(const owned_descriptor& which)
{
    if (::setns(which.get(), CLONE_NEWNET) < 0) refuse("enter a network namespace");
}

// What the hardware of a real device would do later, and what a virtual one never does.
void turn_offloads_off(const std::string& of)
{
    const owned_descriptor by(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    for (const std::uint32_t what : {ETHTOOL_STSO, ETHTOOL_SGSO, ETHTOOL_SGRO, ETHTOOL_SSG,
                                     ETHTOOL_STXCSUM, ETHTOOL_SRXCSUM}) {
        ethtool_value off{what, 0};
        ifreq request{};
        of.copy(request.ifr_name, sizeof request.ifr_name - 1);
        request.ifr_data = reinterpret_cast<char*>(&off);
        if (::ioctl(by.get(), SIOCETHTOOL, &request) < 0 && what != ETHTOOL_SSG &&
            what != ETHTOOL_SRXCSUM)
            refuse("turn the offloads of a device off");
    }
}

// All frames that come out of the device, and none that goes into it.
owned_descriptor open_wire(unsigned of)
{
    owned_descriptor made(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!made) refuse("open a packet socket");
    constexpr int on = 1;
    constexpr int buffer_bytes = 16 << 20;
    ::setsockopt(made.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
    // A device that has just been started may not have its queue yet, which would drop frames.
    ::setsockopt(made.get(), SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
    if (::setsockopt(made.get(), SOL_SOCKET, SO_RCVBUFFORCE, &buffer_bytes, sizeof buffer_bytes) <
        0)
        ::setsockopt(made.get(), SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_ALL);
    at.sll_ifindex = static_cast<int>(of);
    if (::bind(made.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) < 0)
        refuse("bind a packet socket");
    return made;
}

// The same on every machine, whatever its default is.
void choose_congestion_control()
{
    const owned_descriptor setting(
        ::open("/proc/sys/net/ipv4/tcp_congestion_control", O_WRONLY | O_CLOEXEC));
    for (const std::string_view one : {"cubic", "reno"})
        if (::write(setting.get(), one.data(), one.size()) > 0) return;
}

void set_up_system()
{
    for (const char* where : {"all", outside_device}) {
        set_network(fmt::format("ipv4/conf/{}/route_localnet", where), "1");
        set_network(fmt::format("ipv4/conf/{}/rp_filter", where), "0");
        set_network(fmt::format("ipv6/conf/{}/accept_dad", where), "0");
        set_network(fmt::format("ipv6/conf/{}/accept_ra", where), "0");
        set_network(fmt::format("ipv6/conf/{}/router_solicitations", where), "0");
    }
    set_network("ipv4/icmp_ratelimit", "0"); // as on loopback: every refusal is told
    set_network("ipv4/icmp_ratemask", "0");
    set_network("ipv6/icmp/ratelimit", "0");
    set_network("ipv4/ip_unprivileged_port_start", "0");
    set_network("ipv4/ping_group_range", fmt::format("{0} {0}", ::getegid()));
    choose_congestion_control();
    set_network("ipv4/tcp_syn_linear_timeouts", "0"); // 1, 3, 7 s as RFC 6298 has it
    set_network("ipv4/tcp_no_metrics_save", "1"); // a connection learns nothing from the one before
}

using sysctls = std::map<std::string, std::string>;

void set_sysctls(const std::string& host, const sysctls& asked)
{
    for (const auto& [name, value] : asked) {
        const std::string what =
            fmt::format("set {} of the host {} to {}", name, host, json(value).dump());
        if (!name.starts_with("net.")) refuse(what, EPERM); // everything else is the machine's
        std::string file = "/proc/sys/" + name;
        std::ranges::replace(file, '.', '/');
        const owned_descriptor setting(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
        const auto size = static_cast<ssize_t>(value.size());
        if (!setting || ::write(setting.get(), value.data(), value.size()) != size) refuse(what);
    }
}

void set_up_loopback(rtnetlink& of, unsigned outside, unsigned inside, std::size_t place,
                     const std::optional<std::size_t>& means)
{
    const auto here = ip::address_v4::loopback();
    of.remove_address(inside, here, 8);
    if (means) {
        of.add_route(outside, {.to = ip::address_v4({127, 0, 0, 0}),
                               .prefix_bits = 8,
                               .by = ipv4_of(*means),
                               .from = ipv4_of(place),
                               .segment_bytes_max = segment_bytes_max});
        return;
    }
    of.add_address(outside, here, 32, true);
    of.add_address(inside, ip::address_v4({127, 255, 255, 254}), 8, true);
}

void set_up_addresses(rtnetlink& of, std::size_t place, const std::optional<std::size_t>& means)
{
    const unsigned inside = of.index_of("lo");
    const unsigned outside = of.index_of(outside_device);
    of.start(inside);
    of.start(outside);
    of.add_address(outside, ipv4_of(place), 32);
    of.add_route(outside, {.to = ip::address_v4({10, 0, 0, 0}),
                           .prefix_bits = 16,
                           .from = ipv4_of(place),
                           .segment_bytes_max = segment_bytes_max});
    of.add_route(outside, {.to = ip::address_v4({224, 0, 0, 0}), .prefix_bits = 4});
    of.add_route(outside,
                 {.to = ip::address_v4::broadcast(), .prefix_bits = 32, .is_broadcast = true});
    set_up_loopback(of, outside, inside, place, means);
    if (!fs::exists("/proc/sys/net/ipv6")) return;
    of.add_address(outside, ipv6_of(place), 128);
    auto network = ipv6_of(place).to_bytes();
    network[14] = network[15] = 0;
    of.add_route(outside, {.to = ip::address_v6(network),
                           .prefix_bits = 64,
                           .segment_bytes_max = segment_bytes_max_v6});
}

// Goes from the place where all wires end to a new namespace, and back.
made_host make_host(const owned_descriptor& middle, rtnetlink& of_middle, std::size_t place,
                    const host_plan& plan)
{
    if (::unshare(CLONE_NEWNET) < 0) refuse("make a network namespace");
    made_host made{this_network(), {}};
    rtnetlink of_host;
    const std::string far = fmt::format("h{}", place + 1);
    auto far_mac = mac_of(place);
    far_mac[3] = std::byte{1};
    of_middle.make_pair({far, far_mac}, {outside_device, mac_of(place)}, made.network.get(),
                        device_mtu);
    // The far end comes first: a device that starts before its peer has to wait for a queue.
    enter_network(middle);
    set_network(fmt::format("ipv6/conf/{}/disable_ipv6", far), "1"); // it has nothing to say
    const unsigned end = of_middle.index_of(far);
    turn_offloads_off(far);
    made.wire = open_wire(end);
    of_middle.start(end);
    enter_network(made.network);
    turn_offloads_off(outside_device);
    set_up_system();
    set_sysctls(plan.name, plan.sysctls);
    set_up_addresses(of_host, place, plan.loopback_means);
    enter_network(middle);
    return made;
}

// A file of names in the place of /etc/hosts, for those who enter this namespace of mounts.
owned_descriptor name_hosts(const fs::path& folder, const std::vector<std::string>& names)
{
    std::string text = "127.0.0.1 localhost\n::1 ip6-localhost\n";
    for (std::size_t i = 0; i < names.size(); ++i)
        text += fmt::format("{} {}\n{} ip6-{}\n", ipv4_of(i).to_string(), names[i],
                            ipv6_of(i).to_string(), names[i]);
    const fs::path file = folder / "hosts";
    std::ofstream(file) << text;
    if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
        refuse("keep mounts to itself");
    if (::mount(file.c_str(), "/etc/hosts", nullptr, MS_BIND, nullptr) < 0)
        refuse("put names into /etc/hosts");
    return open_or_refuse("/proc/self/ns/mnt", O_RDONLY, "keep a mount namespace");
}

host_message answer(const std::string& text = {}) { return {"+" + text, {}}; }

host_message make_names(const fs::path& folder, const std::vector<std::string>& names)
{
    host_message told = answer();
    try {
        if (!folder.empty()) told.descriptors.push_back(name_hosts(folder, names));
    } catch (const net::failure& error) {
        told.text += error.what();
    }
    return told;
}

owned_descriptor listen_here(bool tcp, std::uint16_t port)
{
    owned_descriptor made(
        ::socket(AF_INET, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    constexpr int on = 1;
    ::setsockopt(made.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    if (::bind(made.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) < 0 ||
        (tcp && ::listen(made.get(), SOMAXCONN) < 0))
        refuse(fmt::format("listen on port {} of a host", port));
    return made;
}

// Stands in the middle, whatever it did before.
class workshop {
public:
    explicit workshop(fs::path folder) : folder_(std::move(folder)) {}

    host_message make(const json& asked)
    {
        if (asked.contains("names")) return make_names(folder_, names_);
        host_message told = answer();
        if (asked.contains("port")) {
            enter_network(networks_.at(asked["place"].get<std::size_t>()));
            told.descriptors.push_back(
                listen_here(asked.at("tcp"), asked.at("port").get<std::uint16_t>()));
            enter_network(middle_);
            return told;
        }
        host_plan plan{.name = asked.at("name"), .sysctls = asked.at("sysctls").get<sysctls>()};
        if (asked.contains("loopback_means"))
            plan.loopback_means = asked["loopback_means"].get<std::size_t>();
        made_host made = make_host(middle_, of_middle_, names_.size(), plan);
        names_.push_back(std::move(plan.name));
        networks_.emplace_back(::fcntl(made.network.get(), F_DUPFD_CLOEXEC, 0));
        told.descriptors.push_back(std::move(made.network));
        told.descriptors.push_back(std::move(made.wire));
        return told;
    }

private:
    fs::path folder_;
    owned_descriptor middle_ = this_network();
    rtnetlink of_middle_;
    std::vector<std::string> names_;
    std::vector<owned_descriptor> networks_;
};

void serve()
{
    const auto begin = receive_message(STDIN_FILENO);
    if (!begin) return;
    const fs::path folder = json::parse(begin->text).at("folder").get<std::string>();
    host_message first = answer();
    if (auto users = leave_namespaces()) first.descriptors.push_back(std::move(users));
    workshop here(folder);
    send_message(STDIN_FILENO, first);
    while (const auto asked = receive_message(STDIN_FILENO))
        send_message(STDIN_FILENO, here.make(json::parse(asked->text)));
}

} // namespace

int make_hosts_main()
{
    std::signal(SIGINT, SIG_IGN); // of a terminal: the master ends, and so does this
    try {
        serve();
        return 0;
    } catch (const std::exception& error) {
        try {
            send_message(STDIN_FILENO, {std::string("!") + error.what(), {}});
        } catch (const net::failure&) {
            return 1; // nobody is there to be told
        }
        return 1;
    }
}

} // namespace badwire::hosts
