#include <cctype>
#include <cstdio>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "harness/command/commands.hpp"
#include "harness/command/counters_table.hpp"
#include "harness/command/terminal.hpp"
#include "sim/control/client.hpp"

namespace badwire::harness {
namespace {

// As typed.
struct ctl_arguments {
    std::string at = "http://127.0.0.1:8474", token_file, name, listen, to, up, down, both;
    bool raw = false;
};

struct refused_value : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A relay's answers to what one command asks.
class session {
public:
    explicit session(const ctl_arguments& given) : given_(given)
    {
        const auto parsed = control::parse_url(given.at);
        if (!parsed)
            throw refused_value(fmt::format("--at: expected http://ADDRESS:PORT such as "
                                            "http://127.0.0.1:8474, found \"{}\"",
                                            given.at));
        to_ = *parsed;
        if (given.token_file.empty()) return;
        std::ifstream in(given.token_file);
        if (!std::getline(in, token_) || token_.empty())
            throw refused_value(fmt::format("--token-file: expected a file whose first line is the "
                                            "token, found nothing in {}",
                                            given.token_file));
    }

    /// The answer's body; null where there is none. `doing` says what is attempted, for messages.
    nlohmann::json ask(const std::string& doing, std::string_view method, const std::string& path,
                       const nlohmann::json& body = {}) const
    {
        control::reply said;
        try {
            said =
                control::send_request(to_, method, path, body.is_null() ? "" : body.dump(), token_);
        } catch (const boost::system::system_error& error) {
            throw std::runtime_error(
                fmt::format("cannot {}: nobody answers at {}: {}; is there a relay that was "
                            "started with --control? --at says where",
                            doing, given_.at, error.code().message()));
        }
        const nlohmann::json answer = nlohmann::json::parse(said.body, nullptr, false);
        if (said.status >= 400) {
            const bool explained =
                answer.is_object() && answer.contains("error") && answer.at("error").is_string();
            throw std::runtime_error(fmt::format(
                "cannot {}: {}{}", doing,
                explained ? answer.at("error").get<std::string>()
                          : fmt::format("{} answers with status {}", given_.at, said.status),
                said.status == 401 ? "; give the file with the token as --token-file" : ""));
        }
        if (answer.is_discarded() && said.status != 204)
            throw std::runtime_error(fmt::format(
                "cannot {}: {} does not answer like a badwire relay", doing, given_.at));
        return said.status == 204 ? nlohmann::json() : answer;
    }

private:
    const ctl_arguments& given_;
    control::server_address to_;
    std::string token_;
};

// "/proxies/my%20link"
std::string path_of(const std::string& name)
{
    std::string path = "/proxies/";
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) || c == '-' || c == '_' || c == '.') path += c;
        else path += fmt::format("%{:02X}", byte);
    }
    return path;
}

void print_link(const nlohmann::json& link)
{
    say("{:<16} {:<24} {:<24} {:<8} {}\n", link.at("name").get<std::string>(),
        link.at("listen").get<std::string>(), link.at("upstream").get<std::string>(),
        !link.at("enabled").get<bool>() ? "closed"
        : link.at("cut").get<bool>()    ? "cut"
                                        : "whole",
        link.at("toxics").size());
}

void print_header()
{
    say("{:<16} {:<24} {:<24} {:<8} {}\n", "NAME", "LISTEN", "UPSTREAM", "STATE", "TOXICS");
}

void print_impairments(const nlohmann::json& link)
{
    for (const char* way : {"up", "down"}) say("{:<5} {}\n", way, link.at(way).dump());
}

void list(const ctl_arguments& given)
{
    const nlohmann::json all = session(given).ask("list the links", "GET", "/proxies");
    if (given.raw) return write_raw(stdout, all.dump() + "\n");
    print_header();
    for (const auto& [_, link] : all.items()) print_link(link);
}

void show(const ctl_arguments& given)
{
    const session relay(given);
    nlohmann::json link = relay.ask("show " + given.name, "GET", path_of(given.name));
    const nlohmann::json impairments =
        relay.ask("show " + given.name, "GET", path_of(given.name) + "/impairments");
    if (given.raw) {
        link["impairments"] = impairments;
        return write_raw(stdout, link.dump() + "\n");
    }
    print_header();
    print_link(link);
    print_impairments(impairments);
    for (const nlohmann::json& toxic : link.at("toxics"))
        say("toxic {}: {} {}, toxicity {}, {}\n", toxic.at("name").get<std::string>(),
            toxic.at("type").get<std::string>(), toxic.at("stream").get<std::string>(),
            toxic.at("toxicity").dump(), toxic.at("attributes").dump());
}

nlohmann::json parse_keys(const char* option, const std::string& text)
{
    nlohmann::json keys = nlohmann::json::parse(text, nullptr, false);
    if (!keys.is_object())
        throw refused_value(fmt::format(
            "{}: expected JSON such as '{{\"loss\": 0.05, \"delay\": \"5ms\"}}', found '{}'",
            option, text));
    return keys;
}

void set(const ctl_arguments& given)
{
    nlohmann::json keys = nlohmann::json::object();
    if (!given.both.empty()) {
        keys = parse_keys("--both", given.both);
        for (const char* way : {"up", "down"})
            if (keys.contains(way))
                throw refused_value(fmt::format("--both: \"{}\" is for --{}", way, way));
    }
    if (!given.up.empty()) keys["up"] = parse_keys("--up", given.up);
    if (!given.down.empty()) keys["down"] = parse_keys("--down", given.down);
    if (keys.empty()) throw refused_value("set: nothing to set; give --up, --down or --both");
    const nlohmann::json now = session(given).ask("set impairments of " + given.name, "PATCH",
                                                  path_of(given.name) + "/impairments", keys);
    if (given.raw) write_raw(stdout, now.dump() + "\n");
    else print_impairments(now);
}

// `done`: what the link is then.
void change(const ctl_arguments& given, const char* verb, const nlohmann::json& keys,
            const char* done)
{
    const nlohmann::json now = session(given).ask(fmt::format("{} {}", verb, given.name), "PATCH",
                                                  path_of(given.name), keys);
    if (given.raw) write_raw(stdout, now.dump() + "\n");
    else say("{} is {}\n", given.name, done);
}

void add(const ctl_arguments& given)
{
    const nlohmann::json made = session(given).ask(
        "add " + given.name, "POST", "/proxies",
        {{"name", given.name}, {"listen", given.listen}, {"upstream", given.to}});
    if (given.raw) write_raw(stdout, made.dump() + "\n");
    else say("{} listens on {}\n", given.name, made.at("listen").get<std::string>());
}

void remove(const ctl_arguments& given)
{
    session(given).ask("remove " + given.name, "DELETE", path_of(given.name));
    if (!given.raw) say("{} is gone\n", given.name);
}

void reset(const ctl_arguments& given)
{
    session(given).ask("reset", "POST", "/reset");
    if (!given.raw) say("everything is as at the start\n");
}

void counters(const ctl_arguments& given)
{
    const nlohmann::json said = session(given).ask("read the counters of " + given.name, "GET",
                                                   path_of(given.name) + "/counters");
    if (given.raw) return write_raw(stdout, said.dump() + "\n");
    say("{}", counters_table(said));
}

template <typename Command>
int run(const ctl_arguments& given, Command command)
{
    try {
        command(given);
        return std::fflush(stdout) == 0 ? 0 : 1;
    } catch (const refused_value& error) {
        complain("badwire ctl: {}\n", error.what());
        return 2;
    } catch (const std::exception& error) { // also what an answer lacks that should be there
        complain("badwire ctl: {}\n", error.what());
        return 1;
    }
}

} // namespace

void add_ctl_command(command_line& badwire)
{
    auto given = std::make_shared<ctl_arguments>();
    command_line& ctl = badwire.command(
        "ctl", "Look at and change a relay that runs with --control: cut it, heal it, set delays");
    ctl.take_options_anywhere();
    ctl.text("--at", given->at, "Address of the relay's control").takes("URL");
    ctl.text("--token-file", given->token_file, "File whose first line is the token").takes("FILE");
    ctl.flag("--json", given->raw, "Print the relay's answer unchanged");

    const auto say_how = [&](const char* name, const char* summary, bool of_one,
                             auto act) -> command_line& {
        command_line& made = ctl.command(name, summary);
        if (of_one) made.text("NAME", given->name, "The link's name").required();
        made.does([given, act] { return run(*given, act); });
        return made;
    };
    say_how("list", "All links", false, list);
    say_how("show", "One link, what it does, and its toxics", true, show);
    command_line& setting =
        say_how("set", "Change these keys of what it does, and keep the others", true, set);
    setting.text("--up", given->up, "Towards the server, as a scenario writes it").takes("JSON");
    setting.text("--down", given->down, "Towards the client").takes("JSON");
    setting.text("--both", given->both, "Both directions; --up and --down override it")
        .takes("JSON");
    struct {
        const char *name, *summary, *key;
        bool value;
        const char* done;
    } const changes[]{
        {"cut", "Cut the link: nothing passes in either direction", "cut", true, "cut"},
        {"heal", "End a cut", "cut", false, "whole"},
        {"close", "Stop listening and reset all connections: clients are refused", "enabled", false,
         "closed"},
        {"open", "Listen again", "enabled", true, "open"},
    };
    for (const auto& one : changes)
        say_how(one.name, one.summary, true, [one](const ctl_arguments& of) {
            change(of, one.name, {{one.key, one.value}}, one.done);
        });
    command_line& adding = say_how("add", "Add a link to the relay", true, add);
    adding.text("--listen", given->listen, "Address and port for clients; else one that is free")
        .takes("ADDRESS:PORT");
    adding.text("--to", given->to, "The server they are forwarded to")
        .takes("ADDRESS:PORT")
        .required();
    say_how("remove", "Remove a link from the relay", true, remove);
    say_how("reset", "Everything as at the start", false, reset);
    say_how("counters", "What happened to the datagrams, and how late the relay was", true,
            counters);
}

} // namespace badwire::harness
