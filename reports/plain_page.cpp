#include "reports/plain_page.hpp"

#include <fmt/format.h>

#include "impl/base/printable.hpp"
#include "reports/page.hpp"

namespace badwire::reports {

std::string escaped(std::string_view text)
{
    std::string made;
    for (const char c : printable_lines(std::string(text))) switch (c) {
        case '<': made += "&lt;"; break;
        case '>': made += "&gt;"; break;
        case '&': made += "&amp;"; break;
        case '"': made += "&quot;"; break;
        default: made += c;
        }
    return made;
}

std::string plain_page(std::string_view title, std::string_view body)
{
    return fmt::format(R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>{}</title>
<style>{}
main > section {{ margin-top: 1.75rem; }}</style>
</head>
<body>
{}
</body>
</html>
)",
                       escaped(title), page::style, body);
}

} // namespace badwire::reports
