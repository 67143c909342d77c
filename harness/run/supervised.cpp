#include "harness/run/supervised.hpp"

#include <boost/regex.hpp>
#include <fmt/format.h>

namespace badwire::harness {
namespace {

constexpr std::size_t most_output_bytes = 4 << 20;

const boost::regex& listening_line()
{
    static const boost::regex pattern(
        R"(listening on (?:(\d+\.\d+\.\d+\.\d+)|\[([0-9a-fA-F:.]+)\]):(\d+))");
    return pattern;
}

// The address and port in a line such as "listening on 127.0.0.1:5000"; nothing in any other.
std::optional<net::udp::endpoint> find_endpoint(const std::string& line)
{
    boost::smatch found;
    if (!boost::regex_search(line, found, listening_line())) return {};
    const std::string host = found[1].matched ? found[1].str() : found[2].str();
    const int port = std::atoi(found[3].str().c_str());
    net::error_code bad;
    auto address = net::asio::ip::make_address(host, bad);
    if (bad || port <= 0 || port > UINT16_MAX) return {};
    if (address.is_unspecified()) address = net::asio::ip::address_v4::loopback();
    return net::udp::endpoint(address, static_cast<std::uint16_t>(port));
}

// Appends, and forgets the beginning where it becomes too much; rarely, as that moves all the rest.
void keep(kept_text& all, std::string_view text)
{
    all.text += text;
    if (all.text.size() <= 2 * most_output_bytes) return;
    const std::size_t beyond = all.text.size() - most_output_bytes;
    all.dropped_bytes += beyond;
    all.text.erase(0, beyond);
}

// What follows the last end of a line is kept until its own comes; not if it becomes too long.
void each_line(std::string& unfinished, std::string_view text,
               const supervised::line_listener& tell)
{
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos;) {
        unfinished += text.substr(0, end);
        text.remove_prefix(end + 1);
        tell(std::exchange(unfinished, {}));
    }
    unfinished += text;
    if (unfinished.size() > most_output_bytes) unfinished.clear();
}

} // namespace

void supervised::start_over()
{
    if (actor) before.push_back(std::move(actor));
    record->exit.reset();
    record->killed = false;
    ready = paused = false;
    unfinished_line_.clear();
    unfinished_error_.clear();
    std::error_code ignored;
    std::filesystem::remove(metrics_file, ignored);
}

void supervised::hear_error(std::string_view text, const line_listener& tell)
{
    keep(record->errors, text);
    each_line(unfinished_error_, text, tell);
    // Programs at a terminal ask there for what is to be typed.
    if (!spec->terminal || spec->input.empty()) return;
    prompt_ += text;
    if (prompt_.size() > most_output_bytes) prompt_.clear();
}

void supervised::hear(std::string_view text, const line_listener& tell)
{
    keep(record->output, text);
    each_line(unfinished_line_, text, [&](const std::string& line) {
        tell(line);
        understand(line);
        if (!spec->input.empty()) remember(line);
    });
}

// Of the lines that no input has waited for yet, the oldest go first.
void supervised::remember(std::string line)
{
    line_bytes_ += line.size();
    lines_.push_back(std::move(line));
    for (; line_bytes_ > most_output_bytes; lines_.pop_front())
        line_bytes_ -= lines_.front().size();
}

void supervised::understand(const std::string& line)
{
    const bool by_listening = spec->ready == readiness::listening;
    if (address.port() == 0 || by_listening)
        if (const auto found = find_endpoint(line)) {
            address = *found;
            ready = ready || by_listening;
        }
    if (spec->ready == readiness::output && !ready) ready = spec->ready_output->found_in(line);
}

std::string supervised::lacks() const
{
    if (spec->ready == readiness::port)
        return fmt::format("it has not bound port {}", address.port());
    const char* const line = spec->ready == readiness::listening
                                 ? "it has not printed \"listening on ADDRESS:PORT\""
                                 : "it has not printed the line that \"ready\" describes";
    return fmt::format(
        "{}{}", line,
        record->output.text.empty() ? ", nor anything else: does it flush its output?" : "");
}

bool supervised::has_printed(const pattern& awaited)
{
    while (!lines_.empty()) {
        const std::string line = std::move(lines_.front());
        lines_.pop_front();
        line_bytes_ -= line.size();
        if (awaited.found_in(line)) return true;
    }
    if (awaited.found_in(unfinished_line_)) return true;
    const bool asked = awaited.found_in(prompt_);
    if (asked) prompt_.clear();
    return asked;
}

} // namespace badwire::harness
