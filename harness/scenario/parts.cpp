#include "harness/scenario/parts.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "harness/scenario/matrix.hpp"
#include "impl/apps/shared/program.hpp"
#include "impl/base/units.hpp"

namespace badwire::harness {
namespace {

constexpr std::uint64_t largest_payload_bytes = std::uint64_t{4} << 30;
constexpr std::uint64_t most_lines = 10'000'000;

bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; }

void check_relative_path(const std::string& path, const reading& at)
{
    const std::filesystem::path parsed(path);
    const bool leaves =
        parsed.is_absolute() || std::find(parsed.begin(), parsed.end(), "..") != parsed.end();
    if (path.empty() || leaves) at.wrong("expected a path inside the run's folder");
}

input_step read_input_step(const reading& at)
{
    input_step step;
    if (at.value().is_string()) {
        step.text = at.text("a line");
        return step;
    }
    at.check_object(R"(a line of text, or an object such as {"text": "hello", "after": "1s"})",
                    {"text", "ready", "after", "when", "end"});
    at.with("ready", [&](const reading& names) { step.ready = read_names(names); });
    at.with("after", [&](const reading& time) { step.after = time.time(); });
    at.with("when", [&](const reading& when) {
        if (when.value() != "") step.when = read_pattern(when);
    });
    at.with("text", [&](const reading& text) { step.text = text.text("a line to type"); });
    at.with("end", [&](const reading& end) { step.end = end.truth(); });
    if (!at.has("text") && !step.end)
        at.wrong("expected a key \"text\" (a line to type) or \"end\": true");
    return step;
}

void read_readiness(process_spec& into, const reading& at)
{
    constexpr std::string_view what = R"("started", "listening", "port" or {"output": REGEX})";
    into.says_readiness = true;
    if (at.value() == "started") {
        into.ready = readiness::started;
    } else if (at.value() == "listening") {
        into.ready = readiness::listening;
    } else if (at.value() == "port") {
        into.ready = readiness::port;
    } else {
        at.check_object(what, {"output"});
        into.ready = readiness::output;
        at.need("output", "a regular expression that a line of its output must contain",
                [&](const reading& output) { into.ready_output = read_pattern(output); });
    }
}

const apps::program* read_program(const reading& at)
{
    const std::string name = at.text("the name of a program of badwire's");
    const apps::program* const program = apps::find_program(name);
    if (program) return program;
    std::vector<std::string> valid;
    for (const auto& known : apps::catalogue()) valid.emplace_back(known.name);
    at.wrong(fmt::format("no program \"{}\"{}", name, suggestion(name, valid)));
}

// What runs: a program of badwire's with its arguments, or a command.
void read_words(process_spec& into, const reading& at)
{
    at.with("args", [&](const reading& args) {
        if (at.has("command")) args.wrong("a command's arguments stand in \"command\" itself");
        args.check_array("arguments such as [\"--once\"]");
        args.each([&](const reading& word) {
            if (!word.value().is_string() && !word.value().is_number())
                word.expected("a text or a number");
            into.words.push_back(word_of(word.value()));
        });
    });
    at.with("command", [&](const reading& command) {
        command.check_array("a program and its arguments such as [\"python3\", \"server.py\"]", 1);
        command.each([&](const reading& word) { into.words.push_back(word.text("a text")); });
    });
    const apps::program* program = nullptr;
    at.with("program", [&](const reading& name) {
        program = read_program(name);
        into.program = program->name;
    });
    const auto says = [&](std::string_view text) {
        return std::ranges::any_of(into.words, [&](const std::string& word) {
            return word.find(text) != std::string::npos;
        });
    };
    into.multicast = (program && program->multicast) || says("${group");
    if (program && program->role != apps::role::client) into.ready = readiness::listening;
    const bool once = std::ranges::find(into.words, "--once") != into.words.end();
    if (program && program->serves_for_ever && !once) into.ends = ending::when_stopped;
    if (at.has("program") == at.has("command"))
        at.wrong("expected either a \"program\" of badwire's or a \"command\"");
}

// Otherwise the address of whom it goes to can only stand in its code.
bool is_told_addresses(const process_spec& one)
{
    const auto tells = [](const std::string& text) {
        return text.find("host}") != std::string::npos || text.find("peers") != std::string::npos;
    };
    return std::ranges::any_of(one.words, tells) ||
           std::ranges::any_of(one.env, [&](const auto& named) { return tells(named.second); });
}

void read_environment(process_spec& into, const reading& at)
{
    at.check_object(R"(environment variables such as {"LANG": "C"})");
    at.each([&](const std::string& name, const reading& value) {
        into.env[name] = value.text("a text");
    });
}

// Whether a name such as net.ipv4.tcp_ecn: only what a network namespace has of its own.
bool is_network_setting(const std::string& name)
{
    const auto allowed = [](unsigned char one) {
        return std::isalnum(one) != 0 || one == '_' || one == '-' || one == '.';
    };
    return name.starts_with("net.") && !name.ends_with('.') &&
           name.find("..") == std::string::npos && std::ranges::count(name, '.') > 1 &&
           std::ranges::all_of(name, allowed);
}

void read_sysctls(process_spec& into, const reading& at)
{
    at.check_object(R"(settings of its host's network such as {"net.ipv4.tcp_ecn": 1})");
    at.each([&](const std::string& name, const reading& value) {
        if (!is_network_setting(name))
            value.wrong("no setting of a network: expected a name such as net.ipv4.tcp_ecn");
        if (!value.value().is_string() && !value.value().is_number_integer())
            value.expected("a text or a whole number");
        into.sysctls[name] = word_of(value.value());
    });
}

// {"skew": "-200ms", "drift": 0.0001}
void read_clock(process_spec& into, const reading& at)
{
    at.check_object(R"(a clock that is wrong, such as {"skew": "200ms", "drift": 0.0001})",
                    {"skew", "drift"});
    at.with("skew", [&](const reading& skew) {
        std::string text = skew.text("a duration such as \"200ms\" or \"-200ms\"");
        const bool behind = text.starts_with('-');
        const auto amount = parse_duration(behind ? text.substr(1) : text);
        if (!amount) skew.expected("a duration such as \"200ms\" or \"-200ms\"");
        into.clock_skew = behind ? -*amount : *amount;
    });
    at.with("drift", [&](const reading& drift) {
        into.clock_drift = drift.number("seconds more per second, from -0.5 to 0.5", -0.5, 0.5);
    });
}

} // namespace

void check_key(const reading& at, const std::string& key, bool dashes)
{
    const bool valid =
        !key.empty() && is_letter(key.front()) && std::ranges::all_of(key, [&](char c) {
            return is_letter(c) || (c >= '0' && c <= '9') || (dashes && c == '-');
        });
    if (!valid)
        at.wrong(fmt::format("expected a name of letters, digits{} and _, beginning with a letter",
                             dashes ? ", -" : ""));
}

void check_copies(const reading& at, std::size_t copies, std::size_t bytes_each)
{
    constexpr std::size_t bytes_max = std::size_t{64} << 20;
    if (bytes_each > bytes_max / copies)
        at.wrong(fmt::format("{} times {} bytes of scenario are too much; at most {} MiB in all",
                             copies, bytes_each, bytes_max >> 20));
}

std::vector<std::string> read_names(const reading& at)
{
    constexpr std::string_view what = "the name of a process, or a list of names";
    if (!at.value().is_array()) return {at.text(what)};
    std::vector<std::string> names;
    at.each([&](const reading& one) { names.push_back(one.text(what)); });
    return names;
}

file_spec read_file(const std::string& name, const reading& at, const scenario& of)
{
    check_relative_path(name, at);
    constexpr std::string_view what =
        R"(one of {"random": SIZE}, {"lines": COUNT}, {"text": TEXT}, {"from": FILE})";
    at.check_object(what, {"random", "lines", "text", "from"});
    if (at.size() != 1) at.expected(what);
    file_spec file;
    at.with("random", [&](const reading& size) {
        file.what = file_spec::kind::random;
        file.amount = size.size_in_bytes(0, largest_payload_bytes);
    });
    at.with("lines", [&](const reading& lines) {
        file.what = file_spec::kind::lines;
        file.amount = lines.whole("a number of lines from 0 to 10000000", 0, most_lines);
    });
    at.with("text", [&](const reading& text) { file.text = text.text("a text"); });
    at.with("from", [&](const reading& from) {
        const std::string original = from.text("the name of a file beside the scenario");
        const auto found = of.file_beside(original);
        if (!found)
            from.wrong(fmt::format("there is no file \"{}\" in the scenario's folder {}", original,
                                   of.folder.string()));
        file.what = file_spec::kind::copy;
        file.from = *found;
    });
    return file;
}

void read_process(process_spec& into, const reading& at, const scenario& of)
{
    at.check_object("a process: a badwire \"program\" or any \"command\"",
                    {"program",  "command",  "args",      "env",   "to",       "over",
                     "count",    "after",    "after_end", "delay", "port",     "ready",
                     "stays",    "input",    "terminal",  "clock", "arrivals", "work",
                     "patience", "loopback", "sysctls"});
    at.attempt([&] { read_words(into, at); });
    at.with("env", [&](const reading& env) { read_environment(into, env); });
    at.with("to", [&](const reading& to) { into.to = to.text("the name of a process"); });
    into.loopback_means_target =
        into.program.empty() && !into.to.empty() && !is_told_addresses(into);
    at.with("loopback", [&](const reading& means) {
        constexpr std::array<std::string_view, 2> kinds{"to", "own"};
        into.loopback_means_target = means.choice(kinds) == "to";
        if (into.loopback_means_target && !at.has("to"))
            means.wrong("needs a key \"to\": the process that 127.0.0.1 stands for");
    });
    at.with("sysctls", [&](const reading& settings) { read_sysctls(into, settings); });
    at.with("over", [&](const reading& over) {
        std::vector<std::string> links =
            over.value().is_array()
                ? read_names(over)
                : std::vector{over.text("the name of a link, or a list of them")};
        if (links.empty()) over.expected(R"(the links on the way such as ["home", "wan"])");
        into.over = links.front();
        into.over_then.assign(links.begin() + 1, links.end());
    });
    at.with("after", [&](const reading& names) { into.after = read_names(names); });
    at.with("after_end", [&](const reading& names) { into.after_end = read_names(names); });
    at.with("delay", [&](const reading& delay) { into.delay = delay.time(); });
    at.with("port", [&](const reading& port) {
        into.port = static_cast<std::uint16_t>(port.whole("a port from 1 to 65535", 1, UINT16_MAX));
    });
    at.with("ready", [&](const reading& ready) { read_readiness(into, ready); });
    at.with("stays", [&](const reading& stays) {
        into.says_ending = true;
        into.ends = stays.truth() ? ending::when_stopped : ending::by_itself;
    });
    at.with("terminal", [&](const reading& terminal) {
        into.terminal = terminal.truth();
        if (into.terminal && at.has("program"))
            terminal.wrong("does not go with \"program\": badwire's own programs need no terminal");
    });
    at.with("clock", [&](const reading& clock) { read_clock(into, clock); });
    read_process_load(into, at, of);
    at.with("input", [&](const reading& input) {
        input.check_array(R"(what is typed, such as ["hello", {"end": true}])");
        input.each([&](const reading& step) { into.input.push_back(read_input_step(step)); });
    });
}

} // namespace badwire::harness
