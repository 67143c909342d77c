// plain_page.hpp: a page of text and tables that needs neither a script nor anything else: it looks like
// the report. Pure.
#pragma once

#include <string>
#include <string_view>

namespace badwire::reports {

/// Text as it may stand in HTML; other bytes than UTF-8, and control characters, become "�".
[[nodiscard]] std::string escaped(std::string_view text);

/// A whole page around the HTML of its body, which must be safe.
[[nodiscard]] std::string plain_page(std::string_view title, std::string_view body);

} // namespace badwire::reports
