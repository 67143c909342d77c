#include "harness/scenario/pattern.hpp"

#include <stdexcept>

#include <boost/regex.hpp>
#include <fmt/format.h>

namespace badwire::harness {

struct pattern::compiled {
    boost::regex regex;
};

pattern::pattern(const std::string& text) : text_(text)
{
    try {
        compiled_ = std::make_shared<const compiled>(compiled{boost::regex(text)});
    } catch (const boost::regex_error& error) {
        throw std::invalid_argument(fmt::format("not a regular expression: {}", error.what()));
    }
}

bool pattern::found_in(std::string_view text) const
{
    try {
        return boost::regex_search(text.begin(), text.end(), compiled_->regex);
    } catch (const std::runtime_error&) {
        return false; // too complex for this text
    }
}

pattern read_pattern(const reading& at)
{
    try {
        return pattern(at.text("a regular expression"));
    } catch (const std::invalid_argument& error) {
        at.wrong(error.what());
    }
}

} // namespace badwire::harness
