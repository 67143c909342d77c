#include "impl/apps/shared/options.hpp"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "impl/base/units.hpp"

namespace badwire::apps {

struct option_parser::implementation {
    explicit implementation(const program& which)
        : name(which.name), app(std::string(which.summary), "badwire exec " + name)
    {
        app.add_option("--metrics", metrics_file,
                       "Write counters and times to this file, as one JSON object, at exit")
            ->type_name("FILE");
    }

    std::string name;
    std::string metrics_file;
    std::vector<std::function<void()>> checks;
    CLI::App app;
};

option_parser::option_parser(const program& which) : self_(std::make_unique<implementation>(which))
{
}

option_parser::~option_parser() = default;

void option_parser::listener(server_options& options)
{
    text("--bind", options.bind, "Address to listen on; 0.0.0.0 lets the world in");
    self_->app.add_option("--port", options.port, "Port to listen on; 0 lets the system choose")
        ->capture_default_str();
}

void option_parser::server(server_options& options, const std::string& awaits)
{
    listener(options);
    duration("--timeout", options.timeout, "How long to wait for " + awaits + "; 0: for ever");
}

void option_parser::client(client_options& options, const std::string& awaits)
{
    text("--host", options.host, "Host name or address of the server");
    self_->app.add_option("--port", options.port, "Port of the server")->capture_default_str();
    if (!awaits.empty())
        duration("--timeout", options.timeout, "How long to wait for " + awaits + "; 0: for ever");
}

void option_parser::group(group_options& options, const std::string& awaits)
{
    self_->app.add_option("--group", options.group, "Multicast address (IPv4) of the group")
        ->capture_default_str()
        ->check([](const std::string& given) {
            net::error_code bad;
            if (net::asio::ip::make_address_v4(given, bad).is_multicast()) return std::string();
            return fmt::format("{} is not a multicast address: 224.0.0.0 to 239.255.255.255",
                               given);
        });
    self_->app.add_option("--port", options.port, "Port of the group")->capture_default_str();
    self_->app
        .add_option("--interface", options.interface,
                    "Address of the interface to use; 127.0.0.1 stays on this machine, 0.0.0.0 "
                    "takes the system's route to the group")
        ->capture_default_str()
        ->check([](const std::string& given) {
            net::error_code bad;
            net::asio::ip::make_address_v4(given, bad);
            return bad ? given + " is not an IPv4 address" : std::string();
        });
    if (!awaits.empty())
        duration("--timeout", options.timeout, "How long to wait for " + awaits + "; 0: for ever");
}

void option_parser::text(const std::string& name, std::string& value, const std::string& help,
                         std::size_t bytes_max)
{
    self_->app.add_option(name, value, help)
        ->capture_default_str()
        ->check([bytes_max](const std::string& given) {
            if (given.size() <= bytes_max) return std::string();
            return fmt::format("it has {} bytes, more than the {} that are allowed", given.size(),
                               bytes_max);
        });
}

void option_parser::required_text(const std::string& name, std::string& value,
                                  const std::string& help)
{
    self_->app.add_option(name, value, help)->required();
}

void option_parser::number(const std::string& name, std::int64_t& value, std::int64_t least,
                           std::int64_t most, const std::string& help)
{
    self_->app.add_option(name, value, help)->capture_default_str()->check(CLI::Range(least, most));
}

void option_parser::optional_number(const std::string& name, std::optional<std::int64_t>& value,
                                    std::int64_t least, std::int64_t most, const std::string& help)
{
    self_->app
        .add_option_function<std::int64_t>(
            name, [&value](std::int64_t given) { value = given; }, help)
        ->check(CLI::Range(least, most));
}

void option_parser::duration(const std::string& name, net::duration& value, const std::string& help)
{
    self_->app
        .add_option_function<std::string>(
            name,
            [name, &value](const std::string& given) {
                const auto parsed = parse_duration(given);
                if (!parsed)
                    throw CLI::ValidationError(
                        name, fmt::format("\"{}\" is not {}", given, duration_format));
                value = *parsed;
            },
            help)
        ->type_name("DURATION")
        ->default_str(format_duration(value));
}

void option_parser::flag(const std::string& name, bool& value, const std::string& help)
{
    self_->app.add_flag(name, value, help);
}

void option_parser::choose(const std::string& name, std::vector<std::string> words,
                           const std::string& now, const std::string& help,
                           std::function<void(std::string_view)> take)
{
    self_->app
        .add_option_function<std::string>(
            name, [take = std::move(take)](const std::string& given) { take(given); }, help)
        ->default_str(now)
        ->check(CLI::IsMember(std::move(words)));
}

void option_parser::wire(wire_format& value, const std::string& help)
{
    choice("--wire", value, {{"classic", wire_format::classic}, {"framed", wire_format::framed}},
           help);
}

void option_parser::explain(const std::string& text) { self_->app.footer(text); }

void option_parser::afterwards(std::function<void()> check)
{
    self_->checks.push_back(std::move(check));
}

invocation option_parser::parse(std::span<const std::string> arguments)
{
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend()); // as CLI11 wants it
    try {
        self_->app.parse(reversed);
    } catch (const CLI::CallForHelp&) {
        std::string help = self_->app.help();
        while (!help.empty() && help.back() == '\n') help.pop_back();
        throw usage(help, 0);
    } catch (const CLI::ParseError& error) {
        reject(error.what());
    }
    for (const auto& check : self_->checks) check();
    return {self_->metrics_file, {}};
}

void option_parser::reject(const std::string& why) const
{
    throw usage(fmt::format("badwire {}: {}\nRun \"badwire exec {} --help\" for its options.",
                            self_->name, why, self_->name),
                2);
}

} // namespace badwire::apps
