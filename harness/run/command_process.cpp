#include "harness/run/command_process.hpp"

#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

#include "impl/base/json_text.hpp"
#include "impl/base/text_file.hpp"

extern char** environ;

namespace badwire::harness {
namespace {

// What a process prints is seen when it prints it, although its output is no terminal: Python's by
// a variable, that of programs with C's standard library by the library of stdbuf (coreutils).
void print_line_by_line(std::map<std::string, std::string>& env)
{
    env.try_emplace("PYTHONUNBUFFERED", "1");
    constexpr const char* library = "/usr/libexec/coreutils/libstdbuf.so";
    if (access(library, R_OK) != 0) return;
    const auto add = [&](const std::string& name, const std::string& value) {
        const char* const inherited = std::getenv(name.c_str());
        std::string& now = env.try_emplace(name, inherited ? inherited : "").first->second;
        now += (now.empty() ? "" : ":") + value;
    };
    env.try_emplace("_STDBUF_O", "L");
    add("LD_PRELOAD", library);
    add("ASAN_OPTIONS", "verify_asan_link_order=0"); // which the preloaded library would break
}

} // namespace

std::map<std::string, std::string> environment_of(const launch& what, const std::string& mark)
{
    auto env = what.env;
    env["BADWIRE_RUN"] = mark;
    env["BADWIRE_SEED"] = std::to_string(what.seed);
    env["BADWIRE_METRICS"] = what.metrics_file.string();
    if (what.spec->program.empty() && !what.spec->terminal) print_line_by_line(env);
    return env;
}

std::vector<std::string> whole_environment(const std::map<std::string, std::string>& given)
{
    std::vector<std::string> all;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text(*entry);
        if (!given.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
    }
    for (const auto& [key, value] : given) all.push_back(key + "=" + value);
    return all;
}

json read_metrics(const std::filesystem::path& file)
{
    std::error_code failed;
    if (!std::filesystem::exists(std::filesystem::symlink_status(file, failed)))
        return json::object();
    json parsed;
    try {
        constexpr std::size_t bytes_max = 16 << 20;
        parsed = parse_json(read_regular_file(file, bytes_max));
    } catch (const unreadable& error) {
        throw mistake("", error.what());
    }
    if (!parsed.is_object()) throw mistake("", "expected an object such as {\"replies\": 3}");
    return parsed;
}

int exit_code(int status)
{
    constexpr int signal_base = 128;
    return WIFSIGNALED(status) ? signal_base + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace badwire::harness
