#include "sim/control/client.hpp"

#include <algorithm>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include "sim/control/control_server.hpp"

namespace badwire::control {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::asio::ip::tcp;
using boost::system::error_code;

// The steps of one request, each with its time limit; run() of the context takes them.
struct exchange {
    boost::asio::io_context context;
    beast::tcp_stream stream{context};
    http::request<http::string_body> asked;
    http::response<http::string_body> answered;
    beast::flat_buffer buffer;
    error_code failed;

    // Runs one step, given as a function of its handler.
    template <typename Step>
    void take(Step step)
    {
        step([this](error_code error, auto&&...) { failed = error; });
        context.restart();
        context.run();
        if (failed) throw boost::system::system_error(failed);
    }
};

} // namespace

std::optional<server_address> parse_url(std::string_view url)
{
    constexpr std::string_view scheme = "http://";
    if (!url.starts_with(scheme)) return {};
    url.remove_prefix(scheme.size());
    if (url.ends_with('/')) url.remove_suffix(1);
    server_address made{.host = {}, .port = std::to_string(default_port)};
    if (url.starts_with('[')) {
        const auto end = url.find(']');
        if (end == std::string_view::npos) return {};
        made.host = url.substr(1, end - 1);
        url.remove_prefix(end + 1);
    } else {
        made.host = url.substr(0, url.find_first_of(":/"));
        url.remove_prefix(made.host.size());
    }
    if (url.starts_with(':')) {
        made.port = url.substr(1);
        const bool digits = std::all_of(made.port.begin(), made.port.end(),
                                        [](char c) { return c >= '0' && c <= '9'; });
        if (!digits || made.port.empty() || made.port.size() > 5) return {};
        url = {};
    }
    if (made.host.empty() || !url.empty()) return {};
    return made;
}

reply send_request(const server_address& to, std::string_view method, std::string_view target,
                   std::string_view body, std::string_view token, std::chrono::nanoseconds timeout)
{
    exchange one;
    tcp::resolver resolver(one.context);
    const auto found = resolver.resolve(to.host, to.port);

    one.asked.version(11);
    one.asked.method_string({method.data(), method.size()});
    one.asked.target({target.data(), target.size()});
    const bool v6 = to.host.find(':') != std::string::npos;
    one.asked.set(http::field::host, (v6 ? "[" + to.host + "]" : to.host) + ":" + to.port);
    if (!token.empty()) one.asked.set(http::field::authorization, "Bearer " + std::string(token));
    if (!body.empty()) one.asked.set(http::field::content_type, "application/json");
    one.asked.body() = body;
    one.asked.keep_alive(false);
    one.asked.prepare_payload();

    one.stream.expires_after(timeout);
    one.take([&](auto handler) { one.stream.async_connect(found, handler); });
    one.take([&](auto handler) { http::async_write(one.stream, one.asked, handler); });
    one.take(
        [&](auto handler) { http::async_read(one.stream, one.buffer, one.answered, handler); });
    return {one.answered.result_int(), std::move(one.answered.body())};
}

} // namespace badwire::control
