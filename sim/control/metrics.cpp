#include "sim/control/metrics.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "impl/base/utf8.hpp"

namespace badwire::control {
namespace {

using link::counters;
using link::direction;

std::string seconds_of(std::chrono::nanoseconds time)
{
    return fmt::format("{}", std::chrono::duration<double>(time).count());
}

// One metric of every link: its description, then its samples.
class exposition {
public:
    explicit exposition(const fleet& links) : links_(links) {}

    void family(std::string_view name, std::string_view type, std::string_view help,
                std::string_view unit = "")
    {
        name_ = name;
        text_ += fmt::format("# TYPE {} {}\n", name, type);
        if (!unit.empty()) text_ += fmt::format("# UNIT {} {}\n", name, unit);
        text_ += fmt::format("# HELP {} {}\n", name, help);
    }

    void sample(std::string_view suffix, std::string_view labels, std::string_view value)
    {
        text_ += fmt::format("{}{}{{{}}} {}\n", name_, suffix, labels, value);
    }

    using of_link =
        std::function<void(const controlled_link&, const relay::relay&, const std::string& labels)>;
    void each(const of_link& use) const
    {
        links_.each([&](const controlled_link& link, const relay::relay& through) {
            use(link, through, fmt::format("link=\"{}\"", escaped_label(link.name())));
        });
    }

    using of_direction = std::function<void(const link::lane&, const std::string& labels)>;
    void each_direction(const of_direction& use) const
    {
        each([&](const controlled_link&, const relay::relay& through, const std::string& labels) {
            for (const direction way : {direction::up, direction::down})
                use(through.decisions(way),
                    fmt::format("{},direction=\"{}\"", labels, to_string(way)));
        });
    }

    using of_counters = std::function<void(const counters&, const std::string& labels)>;
    void each_counters(const of_counters& use) const
    {
        each_direction([&](const link::lane& along, const std::string& labels) {
            use(along.count(), labels);
        });
    }

    std::string take() { return std::move(text_) + "# EOF\n"; }

private:
    const fleet& links_;
    std::string name_, text_;
};

// Every packet or copy that was not dropped by the link is delivered, undeliverable or in flight.
void tell_datagrams(exposition& to)
{
    to.family("badwire_datagrams_offered", "counter", "Datagrams that came to a link.");
    to.each_counters([&](const counters& count, const std::string& labels) {
        to.sample("_total", labels, std::to_string(count.offered));
    });
    to.family(
        "badwire_datagrams", "counter",
        "Datagrams by what became of them; those duplicated, corrupted, reordered, rebound or "
        "marked are delivered, too, and those not_capable dropped.");
    to.each_counters([&](const counters& count, const std::string& labels) {
        for (const auto& [name, value] : link::named_counters)
            if (name != "offered" && !name.ends_with("_bytes"))
                to.sample("_total", fmt::format("{},fate=\"{}\"", labels, name),
                          std::to_string(count.*value));
    });
    to.family("badwire_datagrams_dropped", "counter",
              "Datagrams that a link dropped, by the cause.");
    to.each_counters([&](const counters& count, const std::string& labels) {
        for (std::size_t i = 1; i < link::causes; ++i) // 0 is none
            to.sample("_total",
                      fmt::format("{},cause=\"{}\"", labels,
                                  link::to_string(static_cast<link::cause>(i))),
                      std::to_string(count.dropped_by[i]));
    });
    to.family("badwire_datagrams_in_flight", "gauge",
              "Datagrams that a link let through and that have not arrived.");
    to.each_counters([&](const counters& count, const std::string& labels) {
        to.sample("", labels, std::to_string(link::in_flight(count)));
    });
    to.family("badwire_datagram_bytes", "counter", "Bytes of datagrams.", "bytes");
    to.each_counters([&](const counters& count, const std::string& labels) {
        to.sample("_total", labels + ",fate=\"offered\"", std::to_string(count.offered_bytes));
        to.sample("_total", labels + ",fate=\"delivered\"", std::to_string(count.delivered_bytes));
    });
}

// As the relay models them: it carries bytes.
void tell_segments(exposition& to)
{
    using link::stream_counters;
    to.family("badwire_tcp_segments", "counter",
              "Segments of TCP by what became of them; those lost and sent again were sent, too.");
    to.each_direction([&](const link::lane& along, const std::string& labels) {
        for (const auto& [fate, value] : {std::pair("sent", &stream_counters::segments),
                                          {"lost", &stream_counters::lost},
                                          {"retransmitted", &stream_counters::retransmitted}})
            to.sample("_total", fmt::format("{},fate=\"{}\"", labels, fate),
                      std::to_string(along.streams().*value));
    });
    to.family("badwire_tcp_timeouts", "counter", "Timeouts of senders of segments.");
    to.each_direction([&](const link::lane& along, const std::string& labels) {
        to.sample("_total", labels, std::to_string(along.streams().timeouts));
    });
    to.family("badwire_tcp_stalled_seconds", "counter",
              "How long bytes of connections came later because of losses.", "seconds");
    to.each_direction([&](const link::lane& along, const std::string& labels) {
        to.sample("_total", labels, seconds_of(along.streams().stalled));
    });
}

void tell_relay(exposition& to)
{
    to.family("badwire_lateness_seconds", "summary",
              "How much later than decided datagrams left the relay.", "seconds");
    to.each([&](const controlled_link&, const relay::relay& through, const std::string& labels) {
        const relay::lateness late = through.how_late();
        for (const auto& [quantile, time] : {std::pair("0.5", late.p50),
                                             {"0.99", late.p99},
                                             {"0.999", late.p999},
                                             {"1.0", late.max}})
            to.sample("", fmt::format("{},quantile=\"{}\"", labels, quantile), seconds_of(time));
        to.sample("_count", labels, std::to_string(late.samples));
    });
    const auto counted = [&](std::string_view name, std::string_view help, auto value) {
        to.family(name, "counter", help);
        to.each(
            [&](const controlled_link&, const relay::relay& through, const std::string& labels) {
                to.sample("_total", labels, std::to_string((through.*value)()));
            });
    };
    counted("badwire_clients_refused",
            "Datagrams and connections of clients beyond what the relay or the system takes.",
            &relay::relay::refused);
    counted("badwire_kernel_dropped_datagrams",
            "Datagrams that the kernel dropped at the relay's own sockets.",
            &relay::relay::dropped_by_kernel);
}

void tell_links(exposition& to)
{
    to.family("badwire_link_enabled", "gauge", "1 where the link listens.");
    to.each([&](const controlled_link& link, const relay::relay&, const std::string& labels) {
        to.sample("", labels, link.enabled() ? "1" : "0");
    });
    to.family("badwire_link_cut", "gauge", "1 where the whole link is cut.");
    to.each([&](const controlled_link& link, const relay::relay&, const std::string& labels) {
        to.sample("", labels, link.is_cut() ? "1" : "0");
    });
}

} // namespace

std::string escaped_label(std::string_view value)
{
    std::string made;
    while (!value.empty()) {
        const std::size_t length = first_character(value).length;
        const std::string_view one = value.substr(0, std::max<std::size_t>(1, length));
        if (length == 0) made += "\xef\xbf\xbd"; // U+FFFD: the format is UTF-8
        else if (one == "\n") made += "\\n";
        else if (one == "\"" || one == "\\") (made += '\\') += one;
        else made += one;
        value.remove_prefix(one.size());
    }
    return made;
}

std::string open_metrics(const fleet& links, std::string_view version)
{
    exposition made(links);
    made.family("badwire_build", "info", "The badwire that runs.");
    made.sample("_info", fmt::format("version=\"{}\"", escaped_label(version)), "1");
    tell_links(made);
    tell_datagrams(made);
    tell_segments(made);
    tell_relay(made);
    return made.take();
}

} // namespace badwire::control
