#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/base64.hpp"
#include "reports/live.hpp"
#include "reports/packed.hpp"
#include "reports/page.hpp"
#include "reports/report.hpp"
#include "reports/results_check.hpp"

namespace badwire::reports {
namespace {

using nlohmann::json;

// JavaScript keeps integers exact up to 2^53 only; a 64-bit seed beyond it travels as text.
void keep_large_integers_exact(json& value)
{
    constexpr std::int64_t largest = std::int64_t{1} << 53;
    if (value.is_structured()) {
        for (auto& inner : value) {
            keep_large_integers_exact(inner);
        }
    } else if (value.is_number_unsigned()) {
        if (value.get<std::uint64_t>() > static_cast<std::uint64_t>(largest)) {
            value = value.dump();
        }
    } else if (value.is_number_integer() && value.get<std::int64_t>() < -largest) {
        value = value.dump();
    }
}

// JSON that may stand inside <script type="application/json">: "<" occurs only in strings, and is
// escaped there, so nothing can end the element or open a comment.
std::string json_for_html(json data)
{
    keep_large_integers_exact(data);
    const std::string text = data.dump(-1, ' ', false, json::error_handler_t::replace);
    std::string out;
    out.reserve(text.size() + text.size() / 16);
    for (const char c : text) {
        if (c == '<') {
            out += "\\u003c";
        } else {
            out += c;
        }
    }
    return out;
}

// A Content-Security-Policy source: the page runs these bytes and nothing else.
std::string csp_hash(std::string_view sha256_hex)
{
    std::string digest;
    for (std::size_t at = 0; at + 1 < sha256_hex.size(); at += 2) {
        digest += static_cast<char>(std::stoi(std::string{sha256_hex.substr(at, 2)}, nullptr, 16));
    }
    return "'sha256-" + base64(digest) + "'";
}

// Fills {{name}} in the template in one pass: inserted text is not searched for names again.
template <typename Lookup>
std::string fill(std::string_view text, Lookup lookup)
{
    std::string out;
    for (;;) {
        const auto open = text.find("{{");
        out += text.substr(0, open);
        if (open == std::string_view::npos) {
            return out;
        }
        const auto close = text.find("}}", open);
        out += lookup(text.substr(open + 2, close - open - 2));
        text.remove_prefix(close + 2);
    }
}

// A page is the same script over other data: each element of `data` under its id.
std::string page_with(const json& data, std::string_view connections)
{
    return fill(page::html, [&](std::string_view name) -> std::string {
        if (name == "script_hashes") {
            return csp_hash(page::chart_script_sha256) + " " + csp_hash(page::script_sha256);
        }
        if (name == "style_hash") {
            return csp_hash(page::style_sha256);
        }
        if (name == "connections") {
            return std::string{connections};
        }
        if (name == "style") {
            return std::string{page::style};
        }
        if (name == "chart_script") {
            return std::string{page::chart_script};
        }
        if (name == "script") {
            return std::string{page::script};
        }
        std::string elements;
        for (const auto& [id, value] : data.items()) {
            elements += fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n", id,
                                    json_for_html(value));
        }
        return elements;
    });
}

json traces_for_page(const folder_contents& folder, std::size_t bytes_max)
{
    json made = json::array();
    for (const packed_trace& one : pack_traces(folder.traces, bytes_max)) {
        made.push_back({{"deflate", one.data},
                        {"without_heads", one.without_heads},
                        {"left_out", one.left_out}});
    }
    return made;
}

} // namespace

std::string html_report(const folder_contents& shown, const folder_contents* against)
{
    constexpr std::size_t traces_bytes_max = 7'000'000;
    const std::size_t share = traces_bytes_max / (against != nullptr ? 2 : 1);
    check_results(shown.results);
    json beside{{"traces", traces_for_page(shown, share)}, {"certificate", shown.certificate}};
    if (against != nullptr) {
        check_results(against->results);
        beside["name"] = shown.name;
        beside["against"] = {{"name", against->name},
                             {"results", against->results},
                             {"traces", traces_for_page(*against, share)}};
    }
    return page_with({{"results", shown.results}, {"beside", std::move(beside)}}, "'none'");
}

std::string live_page(std::string_view title)
{
    return page_with({{"live", {{"title", title}}}}, "'self'");
}

} // namespace badwire::reports
