#include "harness/scenario/references.hpp"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "impl/apps/shared/program.hpp"
#include "impl/base/command_line.hpp"

namespace badwire::harness {
namespace {

// Every name that may stand in ${…}; "*" is the name of a link or of a process.
constexpr std::array<std::pair<std::string_view, referent>, 19> names{
    {{"dir", referent::own_folder},
     {"run", referent::run_folder},
     {"scenario", referent::scenario_folder},
     {"seed", referent::seed},
     {"index", referent::index},
     {"metrics", referent::metrics_file},
     {"work", referent::work},
     {"group", referent::group},
     {"group.port", referent::group_port},
     {"port", referent::own_port},
     {"to.host", referent::target_host},
     {"to.port", referent::target_port},
     {"link.*.host", referent::link_host},
     {"link.*.port", referent::link_port},
     {"*.*.host", referent::peer_host},
     {"*.*.port", referent::peer_port},
     {"*.peers", referent::peers},
     {"*.host", referent::process_host},
     {"*.port", referent::process_port}}};

// What "*" of `shape` stands for in `name`; nothing if they do not match.
std::optional<std::string_view> fit(std::string_view name, std::string_view shape)
{
    const bool two_names = shape.starts_with("*.*"); // with a dot between them
    if (two_names) shape.remove_prefix(2);
    const auto star = shape.find('*');
    if (star == std::string_view::npos) return name == shape ? std::optional(name) : std::nullopt;
    const auto head = shape.substr(0, star);
    const auto tail = shape.substr(star + 1);
    if (name.size() <= head.size() + tail.size() || !name.starts_with(head) ||
        !name.ends_with(tail))
        return {};
    const auto found = name.substr(head.size(), name.size() - head.size() - tail.size());
    if (two_names != (std::ranges::count(found, '.') == 1)) return {};
    return found;
}

std::string every_name()
{
    std::string all;
    for (const auto& [shape, what] : names) {
        std::string name(shape);
        if (name.starts_with("*.*")) name.replace(0, 3, "LINK.PROCESS");
        if (name == "*.peers") name.replace(0, 1, "LINK");
        if (const auto star = name.find('*'); star != std::string::npos)
            name.replace(star, 1, star == 0 ? "PROCESS" : "LINK");
        all += fmt::format("{}${{{}}}", all.empty() ? "" : ", ", name);
    }
    return all;
}

// ---- one process

// The processes that must be ready before another starts.
using start_order = std::map<std::string, std::set<std::string>>;

class process_check {
public:
    process_check(scenario& in, process_spec& process, start_order& waits_for)
        : in_(in), process_(process), waits_for_(waits_for[process.name])
    {
    }

    void to() const
    {
        if (process_.to.empty()) return;
        const std::string pointer = process_.pointer + "/to";
        const process_spec& target = only(process_.to, pointer);
        if (target.family == process_.family)
            throw mistake(pointer, "a process cannot go to itself");
        waits_for_.insert(process_.to);
    }

    void over() const
    {
        if (process_.over.empty()) return;
        const std::string pointer = process_.pointer + "/over";
        check_way_link(process_.over, pointer);
        for (const std::string& link : process_.over_then) check_way_link(link, pointer);
        if (process_.multicast && !process_.over_then.empty())
            throw mistake(pointer, "multicast goes over one link; name only one");
        if (process_.to.empty() && !process_.multicast)
            throw mistake(pointer, "\"over\" also needs a key \"to\", or, for a "
                                   "member of the run's group, ${group} among the arguments");
    }

    void awaited(const std::vector<std::string>& processes, const char* key) const
    {
        for (const auto& name : processes) {
            check_process_name(name, in_, process_.pointer + "/" + key);
            for (const process_spec* one : in_.family(name)) waits_for_.insert(one->name);
        }
    }

    void input_step(std::size_t index) const
    {
        for (const auto& name : process_.input[index].ready)
            check_process_name(name, in_,
                               fmt::format("{}/input/{}/ready", process_.pointer, index));
    }

    // Checks every ${…} of a text, and notes what is needed to resolve it.
    void text(const std::string& text, const std::string& pointer) const
    {
        substitute(text, pointer, [&](std::string_view name) {
            one_reference(name, pointer);
            return std::string();
        });
    }

    // Over a link no --group and no --port: the link leads to the run's own group.
    void group() const
    {
        const apps::program* program = apps::find_program(process_.program);
        if (!program || !program->multicast || process_.over.empty()) return;
        for (std::size_t i = 0; i < process_.words.size(); ++i)
            for (const std::string option : {"--group", "--port"})
                if (process_.words[i] == option || process_.words[i].starts_with(option + "="))
                    throw mistake(fmt::format("{}/args/{}", process_.pointer, i),
                                  option + " cannot be given over a link, which leads to the run's "
                                           "own group; leave it out");
    }

    // A program's own parser checks its arguments, with stand-ins for what is not known yet.
    void arguments() const
    {
        const apps::program* program = apps::find_program(process_.program);
        if (!program) return;
        const std::string pointer = process_.pointer + "/args";
        std::vector<std::string> words;
        for (const auto& word : process_.words)
            words.push_back(substitute(word, pointer, [](std::string_view name) {
                return std::string(name == "group" ? "239.0.0.1" : "1");
            }));
        try {
            program->parse(*program, words);
        } catch (const usage& error) {
            std::string reason = error.what();
            reason = reason.substr(0, reason.find('\n'));
            if (error.exit_code != 0) throw mistake(pointer, reason);
        }
    }

private:
    // A link from one process to another, as "over" names it.
    void check_way_link(const std::string& link, const std::string& pointer) const
    {
        check_link_name(link, in_, pointer);
        if (in_.between.contains(link))
            throw mistake(pointer, fmt::format("link {0} lies between equals: the processes of its "
                                               "\"between\" use ${{{0}.NAME.port}} and need no "
                                               "\"over\"",
                                               link));
    }

    // "net.b", or of all others "net": this process and the other share that link.
    void check_peer(const reference& found, std::string_view name, const std::string& pointer) const
    {
        const std::string link = found.object.substr(0, found.object.find('.'));
        check_link_name(link, in_, pointer);
        const auto shares = [&](const std::string& who) {
            return std::ranges::any_of(in_.peers_on(link),
                                       [&](const process_spec* peer) { return peer->name == who; });
        };
        const auto refuse = [&](const std::string& who) {
            throw mistake(pointer, fmt::format("${{{}}} needs {} in \"between\" of link {}", name,
                                               who, link));
        };
        if (!shares(process_.name)) refuse(process_.name);
        if (found.what == referent::peers) return;
        const process_spec& other = only(found.object.substr(link.size() + 1), pointer);
        if (!shares(other.name)) refuse(other.name);
        if (&other == &process_)
            throw mistake(pointer, fmt::format("${{{}}} is this process itself, which listens on "
                                               "${{port}}",
                                               name));
    }

    // The one process of this name.
    process_spec& only(const std::string& name, const std::string& pointer) const
    {
        check_process_name(name, in_, pointer);
        for (auto& process : in_.processes)
            if (process.name == name) return process;
        throw mistake(pointer, fmt::format("there are several {0}: name one, such as {0}-1", name));
    }

    void one_reference(std::string_view name, const std::string& pointer) const
    {
        const auto found = parse_reference(name, in_);
        if (!found)
            throw mistake(
                pointer, fmt::format("unknown reference ${{{}}}; there is {}", name, every_name()));
        switch (found->what) {
        case referent::own_port:
            process_.wants_port = true;
            process_.unknown_port = false;
            break;
        case referent::work:
            if (!process_.load || !process_.load->work)
                throw mistake(pointer, R"(${work} needs a key "work" such as {"exponential": 5})");
            break;
        case referent::target_host:
        case referent::target_port:
            if (process_.to.empty())
                throw mistake(pointer, fmt::format("${{{}}} needs a key \"to\"", name));
            break;
        case referent::link_host:
        case referent::link_port:
            if (found->object != process_.over || process_.to.empty())
                throw mistake(pointer, fmt::format("${{{}}} needs \"to\" and \"over\": \"{}\"",
                                                   name, found->object));
            break;
        case referent::peer_host:
        case referent::peer_port:
        case referent::peers: check_peer(*found, name, pointer); break;
        case referent::process_host: only(found->object, pointer); break;
        case referent::process_port: {
            process_spec& target = only(found->object, pointer);
            if (target.program.empty()) target.wants_port = true;
            else if (&target != &process_) waits_for_.insert(target.name);
            break;
        }
        default: break; // is always known
        }
    }

    scenario& in_;
    process_spec& process_;
    std::set<std::string>& waits_for_;
};

void check_process(scenario& in, process_spec& process, start_order& waits_for, mistake_list& found,
                   bool flawed)
{
    const process_check check(in, process, waits_for);
    const auto before = found.count();
    found.attempt([&] { check.to(); });
    found.attempt([&] { check.over(); });
    for (std::size_t i = 0; i < process.input.size(); ++i)
        found.attempt([&] { check.input_step(i); });
    found.attempt([&] { check.awaited(process.after, "after"); });
    found.attempt([&] { check.awaited(process.after_end, "after_end"); });
    const std::string words = process.pointer + (process.program.empty() ? "/command/" : "/args/");
    for (std::size_t i = 0; i < process.words.size(); ++i)
        found.attempt([&] { check.text(process.words[i], words + std::to_string(i)); });
    for (const auto& [key, value] : process.env)
        found.attempt([&, &key = key, &value = value] {
            check.text(value, process.pointer + "/env" + pointer_step(key));
        });
    found.attempt([&] { check.group(); });
    if (!flawed && found.count() == before) found.attempt([&] { check.arguments(); });
}

// ---- all of them together

// A command that others go to needs a port that they know, unless it prints its own.
void settle_target(const std::set<std::string>& targets, process_spec& process, bool flawed)
{
    if (!process.program.empty()) return;
    const bool is_target = targets.contains(process.name);
    if (is_target && !process.says_ending) process.ends = ending::by_itself_or_stopped;
    const bool binds_it = process.wants_port && !process.unknown_port;
    if (!process.says_readiness && (process.port != 0 || binds_it)) process.ready = readiness::port;
    if (is_target && process.port == 0 && !process.wants_port && !flawed &&
        process.ready != readiness::listening)
        throw mistake(process.pointer,
                      fmt::format("where does {} listen? Give it ${{port}} as an argument, "
                                  "a fixed \"port\", or \"ready\": \"listening\"",
                                  process.name));
}

// Equals that share a link know each other's ports before any of them starts.
void settle_peers(scenario& in, const std::string& link, const std::vector<std::string>& members)
{
    const std::string pointer = "/links" + pointer_step(link) + "/between";
    for (std::size_t i = 0; i < members.size(); ++i)
        check_process_name(members[i], in, fmt::format("{}/{}", pointer, i));
    if (in.peers_on(link).size() < 2)
        throw mistake(pointer, "expected at least two processes, or one with a \"count\"");
    for (process_spec& process : in.processes) {
        if (std::ranges::none_of(members, [&](const auto& one) { return process.is_called(one); }))
            continue;
        const apps::program* const program = apps::find_program(process.program);
        if (program != nullptr && (program->multicast || program->role == apps::role::client))
            throw mistake(pointer, fmt::format("{} runs {}, which listens on no port that others "
                                               "could send to",
                                               process.name, process.program));
        process.wants_port = process.unknown_port = process.port == 0;
    }
}

void check_start_order(const scenario& in, const start_order& waits_for)
{
    // Depth first; a process that is met again on the same path closes a cycle.
    std::vector<std::string> way;
    std::set<std::string> done;
    const std::function<void(const std::string&)> visit = [&](const std::string& name) {
        if (done.contains(name)) return;
        if (const auto seen = std::find(way.begin(), way.end(), name); seen != way.end()) {
            std::string cycle;
            for (auto it = seen; it != way.end(); ++it) cycle += *it + " waits for ";
            throw mistake(
                in.find(name)->pointer,
                fmt::format("a cycle in the start order: {}{}; equals that send to "
                            "each other share a link by its \"between\" instead of \"to\"",
                            cycle, name));
        }
        way.push_back(name);
        if (const auto found = waits_for.find(name); found != waits_for.end())
            for (const auto& next : found->second) visit(next);
        way.pop_back();
        done.insert(name);
    };
    for (const auto& process : in.processes) visit(process.name);
}

} // namespace

std::optional<reference> parse_reference(std::string_view name, const scenario& in)
{
    for (const auto& [shape, what] : names) {
        if (what == referent::group_port && in.find("group")) continue; // a process of that name
        if (const auto object = fit(name, shape)) return reference{what, std::string(*object)};
    }
    return {};
}

std::string substitute(std::string_view text, const std::string& pointer,
                       const std::function<std::string(std::string_view)>& look_up)
{
    std::string result;
    for (std::size_t start = 0; (start = text.find("${")) != std::string_view::npos;) {
        const auto end = text.find('}', start);
        if (end == std::string_view::npos)
            throw mistake(pointer, "a reference without its closing }");
        result.append(text.substr(0, start)) += look_up(text.substr(start + 2, end - start - 2));
        text.remove_prefix(end + 1);
    }
    return result.append(text);
}

void check_process_name(const std::string& name, const scenario& in, const std::string& pointer)
{
    if (in.is_process(name)) return;
    std::vector<std::string> valid;
    for (const auto& process : in.processes) valid.push_back(process.name);
    throw mistake(pointer, fmt::format("no process \"{}\"{}", name, suggestion(name, valid)));
}

std::string read_process_name(const reading& at, const scenario& in)
{
    std::string name = at.text("the name of a process");
    check_process_name(name, in, at.pointer());
    return name;
}

void check_link_name(const std::string& name, const scenario& in, const std::string& pointer)
{
    if (in.links.contains(name)) return;
    std::vector<std::string> valid;
    for (const auto& [link, options] : in.links) valid.push_back(link);
    throw mistake(pointer, fmt::format("no link \"{}\"{}", name, suggestion(name, valid)));
}

void check_references(scenario& in, mistake_list& found, const std::set<std::string>& flawed)
{
    for (const auto& [link, members] : in.between)
        found.attempt([&, &link = link, &members = members] { settle_peers(in, link, members); });
    start_order waits_for;
    for (auto& process : in.processes)
        check_process(in, process, waits_for, found, flawed.contains(process.pointer));
    std::set<std::string> targets;
    for (const auto& process : in.processes) targets.insert(process.to);
    for (auto& process : in.processes)
        found.attempt([&] { settle_target(targets, process, flawed.contains(process.pointer)); });
    found.attempt([&] { check_start_order(in, waits_for); });
}

} // namespace badwire::harness
