// load-client: many requests to one server, each on a connection of its own, at times of their own.
//
// A request's time begins when it was meant to be sent, not when the client got round to it, so that
// a client that is held up hides no waiting (no coordinated omission).
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>

#include "impl/apps/shared/endpoints.hpp"
#include "impl/apps/shared/options.hpp"
#include "impl/base/address.hpp"
#include "impl/base/json_text.hpp"
#include "impl/load/arrivals.hpp"
#include "impl/talk/task_scope.hpp"

namespace badwire::apps {

namespace {

constexpr std::size_t reply_bytes_max = std::size_t{64} << 20;
constexpr std::size_t arrivals_file_bytes_max = std::size_t{256} << 20;

struct load_options : client_options {
    std::int64_t requests = 100;
    std::string arrivals =
        R"({"every": "0s"})"; // JSON; a file it names is read when the program runs
    load::distribution work = load::constant{1};
    std::optional<load::distribution> patience = {};
    std::string request = "{work}";
    std::string reply_ends = {};  // empty: with the connection
    std::int64_t reply_bytes = 0; // 0: not known
};

enum class outcome { answered, gave_up, refused, failed };

// "{work}" in the request stands for the drawn amount; \n, \r, \t, \0, \\ and \xNN as in C.
std::string unescaped(std::string_view text)
{
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            bytes += text[i];
            continue;
        }
        const char kind = text[++i];
        unsigned value = 0;
        if (kind == 'x' && i + 2 < text.size() &&
            std::from_chars(&text[i + 1], &text[i + 3], value, 16).ptr == &text[i + 3]) {
            bytes += static_cast<char>(value);
            i += 2;
        } else {
            bytes += kind == 'n'   ? '\n'
                     : kind == 'r' ? '\r'
                     : kind == 't' ? '\t'
                     : kind == '0' ? '\0'
                                   : kind;
        }
    }
    return bytes;
}

std::string whole_file(net::network& network, const std::string& name)
{
    const auto file = network.files().open(name);
    std::string text(arrivals_file_bytes_max + 1, '\0');
    file->read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file->gcount()));
    if (text.size() > arrivals_file_bytes_max)
        throw net::failure(
            fmt::format("{} is larger than {} MiB", name, arrivals_file_bytes_max >> 20));
    return text;
}

using file_reader = std::function<std::string(const reading&)>;

load::arrivals parse_arrivals(const std::string& text, const file_reader& contents_of)
{
    return read_document(parse_json(text),
                         [&](const reading& at) { return load::read_arrivals(at, contents_of); });
}

// The load on one server, and what became of it.
class load_generator {
public:
    load_generator(net::network& network, const load_options& options)
        : network_(network),
          options_(options),
          request_(unescaped(options.request)),
          reply_ends_(unescaped(options.reply_ends)),
          server_(network.resolve(options.host), options.port),
          seed_(network.random()()),
          work_(seed_, "work"),
          patience_(seed_, "patience"),
          think_(seed_, "think"),
          tasks_(network)
    {
    }

    net::awaitable<void> run()
    {
        const load::arrivals arrivals =
            parse_arrivals(options_.arrivals, [this](const reading& name) {
                return whole_file(network_, name.text("the name of a file"));
            });
        begin_ = network_.now();
        if (const auto* const closed = arrivals.closed()) co_await tasks_.run(enter(*closed));
        else co_await tasks_.run(come(arrivals));
    }

    void tell()
    {
        net::metrics& metrics = network_.metrics();
        const std::uint64_t made = responses_.size() + gave_up_ + refused_ + failed_;
        metrics.add("requests", static_cast<std::int64_t>(made));
        metrics.add("answered", std::ssize(responses_));
        metrics.add("gave_up", static_cast<std::int64_t>(gave_up_));
        metrics.add("refused", static_cast<std::int64_t>(refused_));
        metrics.add("failed", static_cast<std::int64_t>(failed_));
        metrics.add("received_bytes", static_cast<std::int64_t>(received_bytes_));
        metrics.set("late_max_ms", latest_);
        network_.console().say("{} requests: {} answered, {} gave up, {} refused, {} failed", made,
                               responses_.size(), gave_up_, refused_, failed_);
        if (!responses_.empty()) tell_responses(metrics);
        if (failed_ > 0)
            throw net::failure(fmt::format("{} of {} requests failed; the first: {}", failed_, made,
                                           first_failure_));
        if (responses_.empty() && made > 0)
            throw net::failure(fmt::format("no request was answered{}{}",
                                           first_failure_.empty() ? "" : ": ", first_failure_));
    }

private:
    void tell_responses(net::metrics& metrics)
    {
        std::ranges::sort(responses_);
        net::duration sum{0};
        for (const net::duration one : responses_) sum += one;
        const auto quantile = [&](double share) {
            const auto place =
                static_cast<std::size_t>(std::ceil(share * static_cast<double>(responses_.size())));
            return responses_[std::max<std::size_t>(place, 1) - 1];
        };
        const auto mean = sum / std::ssize(responses_);
        metrics.set("response_mean_ms", mean);
        metrics.set("response_p50_ms", quantile(0.5));
        metrics.set("response_p99_ms", quantile(0.99));
        metrics.set("response_max_ms", responses_.back());
        const auto ms = [](net::duration time) {
            return std::chrono::duration<double, std::milli>(time).count();
        };
        network_.console().say("response {:.3f} ms on average; half within {:.3f} ms, 99 % within "
                               "{:.3f} ms, all within {:.3f} ms",
                               ms(mean), ms(quantile(0.5)), ms(quantile(0.99)),
                               ms(responses_.back()));
    }

    net::awaitable<void> sleep_until(net::time_point when)
    {
        if (when <= network_.now()) co_return;
        net::timer pause = network_.make_timer();
        pause.expires_at(when);
        co_await pause.async_wait();
    }

    net::awaitable<void> come(const load::arrivals& arrivals)
    {
        const auto requests = static_cast<std::uint64_t>(options_.requests);
        const auto times = arrivals.times(requests, load::draws(seed_, "arrivals"));
        for (std::size_t i = 0; i < times.size(); ++i) {
            const net::time_point meant = begin_ + times[i];
            co_await sleep_until(meant);
            latest_ = std::max<net::duration>(latest_, network_.now() - meant);
            tasks_.spawn(ask(i, meant));
        }
        co_await tasks_.below(1);
    }

    net::awaitable<void> enter(const load::closed_loop& loop)
    {
        for (std::uint64_t user = 0; user < loop.users; ++user) tasks_.spawn(use(loop, user));
        co_await tasks_.below(1);
    }

    // One user's requests: the user-th of all, and each users-th after it.
    net::awaitable<void> use(const load::closed_loop& loop, std::uint64_t user)
    {
        const auto requests = static_cast<std::uint64_t>(options_.requests);
        for (std::uint64_t i = user; i < requests; i += loop.users) {
            if (i != user) co_await network_.sleep_for(loop.think.time(think_.at(i)));
            co_await ask(i, network_.now());
        }
    }

    net::awaitable<void> ask(std::uint64_t number, net::time_point meant)
    {
        net::tcp_stream server = network_.make_tcp_stream();
        if (options_.patience) {
            const net::time_point end = meant + options_.patience->time(patience_.at(number));
            server.expires_after(std::max(net::duration(1), end - network_.now()));
        }
        std::string reason;
        std::string address;
        const outcome became = co_await converse(server, number, address, reason);
        if (network_.stopped()) throw net::system_error(net::asio::error::operation_aborted);
        switch (became) {
        case outcome::answered:
            responses_.push_back(network_.now() - meant);
            network_.metrics().add_made({address, meant, network_.now()});
            break;
        case outcome::gave_up: ++gave_up_; break;
        case outcome::refused: ++refused_; break;
        case outcome::failed: ++failed_; break;
        }
        if (became != outcome::answered && first_failure_.empty()) first_failure_ = reason;
        server.close();
    }

    net::awaitable<outcome> converse(net::tcp_stream& server, std::uint64_t number,
                                     std::string& address, std::string& reason)
    {
        net::error_code error;
        auto token = net::asio::redirect_error(net::asio::use_awaitable, error);
        const auto ended = [&](std::string_view doing, outcome otherwise) {
            reason = fmt::format("{}: {}", doing, error.message());
            return error == net::asio::error::timed_out ? outcome::gave_up : otherwise;
        };
        co_await server.async_connect(server_, token);
        if (error)
            co_return ended("connecting", error == net::asio::error::connection_refused
                                              ? outcome::refused
                                              : outcome::failed);
        address = to_text(server.local_endpoint());
        const std::string request = filled(number);
        co_await net::asio::async_write(server, net::asio::buffer(request), token);
        if (error) co_return ended("sending the request", outcome::refused);
        if (ends_with_connection()) server.shutdown_send();
        std::string reply;
        while (!is_complete(reply)) {
            std::array<char, 16384> piece;
            const std::size_t bytes =
                co_await server.async_read_some(net::asio::buffer(piece), token);
            if (error == net::asio::error::eof && ends_with_connection() && !reply.empty()) break;
            // Without a word: that is how a server turns away whom it has accepted.
            if (error)
                co_return ended("waiting for the reply",
                                reply.empty() ? outcome::refused : outcome::failed);
            received_bytes_ += bytes;
            reply.append(piece.data(), bytes);
            if (ends_with_connection()) reply.erase(1); // what it says is no matter
            if (reply.size() > reply_bytes_max) {
                reason = "the reply has no end";
                co_return outcome::failed;
            }
        }
        co_return outcome::answered;
    }

    bool ends_with_connection() const { return reply_ends_.empty() && options_.reply_bytes == 0; }

    bool is_complete(const std::string& reply) const
    {
        if (options_.reply_bytes > 0)
            return reply.size() >= static_cast<std::size_t>(options_.reply_bytes);
        return !reply_ends_.empty() && reply.find(reply_ends_) != std::string::npos;
    }

    std::string filled(std::uint64_t number) const
    {
        constexpr std::string_view place = "{work}";
        const std::string amount = std::to_string(options_.work.whole(work_.at(number)));
        std::string request = request_;
        for (std::size_t at = 0; (at = request.find(place, at)) != std::string::npos;
             at += amount.size())
            request.replace(at, place.size(), amount);
        return request;
    }

    net::network& network_;
    const load_options& options_;
    std::string request_, reply_ends_;
    net::tcp::endpoint server_;
    std::uint64_t seed_;
    load::draws work_, patience_, think_;
    talk::task_scope tasks_;
    net::time_point begin_{};
    net::duration latest_{0}; // how much later than meant a request was begun
    std::vector<net::duration> responses_;
    std::uint64_t gave_up_ = 0, refused_ = 0, failed_ = 0, received_bytes_ = 0;
    std::string first_failure_;
};

net::awaitable<void> load_client(net::network& network, load_options options)
{
    load_generator load(network, options);
    co_await load.run();
    load.tell();
}

// Reads a JSON text of an option; returns what is wrong with it.
template <typename Use>
std::string read_json_option(const std::string& given, Use use)
{
    try {
        const auto parsed = parse_json(given);
        read_document(parsed, [&](const reading& at) {
            use(at);
            return true;
        });
        return {};
    } catch (const mistakes& wrong) {
        return wrong.what();
    } catch (const mistake& wrong) {
        return wrong.what();
    }
}

// A duration may stand without quotes, as in other options.
std::string quoted(const std::string& given)
{
    return given.find_first_of("{\"") == std::string::npos ? '"' + given + '"' : given;
}

void describe(option_parser& parser, load_options& options)
{
    parser.client(options);
    parser.number("--requests", options.requests, 1, 10'000'000, "How many to make");
    parser
        .read("--arrivals",
              "When they are made: {\"every\": \"50ms\"}, {\"poisson\": \"20/s\"}, {\"times\": "
              "[\"0s\", \"1s\"]}, "
              "{\"file\": \"times.txt\"}; or by users who wait for each answer: {\"users\": 5, "
              "\"think\": \"1s\"}",
              [&options](const std::string& given) {
                  options.arrivals = given;
                  return read_json_option(given, [](const reading& at) {
                      load::read_arrivals(at, [](const reading& name) {
                          name.text("the name of a file");
                          return std::string("0");
                      });
                  });
              })
        .takes("JSON")
        .otherwise("all at once");
    parser
        .read("--work",
              "What {work} in the request stands for: 5, {\"uniform\": [1, 9]}, {\"exponential\": "
              "5}, …",
              [&options](const std::string& given) {
                  return read_json_option(
                      given, [&](const reading& at) { options.work = load::read_work(at); });
              })
        .takes("JSON")
        .otherwise("1");
    parser
        .read("--patience",
              "How long after its time a request is given up: 2s, {\"exponential\": \"2s\"}, …",
              [&options](const std::string& given) {
                  return read_json_option(quoted(given), [&](const reading& at) {
                      options.patience = load::read_times(at);
                  });
              })
        .takes("JSON")
        .otherwise("for ever");
    parser
        .text("--request", options.request,
              R"(What to send; {work} is the amount of work, \n a newline, \xNN a byte)")
        .otherwise("{work}");
    parser.text("--reply-ends", options.reply_ends,
                "The text that ends a reply; without, it ends with the connection, and the request "
                "with our half of it");
    parser.number("--reply-bytes", options.reply_bytes, 0, std::int64_t{reply_bytes_max},
                  "How long a reply is; 0: that is not known");
    parser.afterwards([&parser, &options] {
        if (!options.reply_ends.empty() && options.reply_bytes > 0)
            parser.reject(
                "--reply-ends and --reply-bytes both say where a reply ends; give one of them");
    });
}

} // namespace

std::vector<program> load_client_programs()
{
    return {entry<load_options>({"load-client", "4.6",
                                 "Makes many requests to a server, at times of their own.",
                                 role::client},
                                {{.port = 4000}}, describe, load_client)};
}

} // namespace badwire::apps
