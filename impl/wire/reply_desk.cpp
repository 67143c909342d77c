#include "impl/wire/reply_desk.hpp"

#include <algorithm>

#include "impl/wire/text.hpp"

namespace badwire::wire {

void reply_desk::asks(client_number client)
{
    if (std::find(waiting_.begin(), waiting_.end(), client) == waiting_.end())
        waiting_.push_back(client);
}

void reply_desk::leaves(client_number client) { std::erase(waiting_, client); }

std::optional<client_number> reply_desk::next() const
{
    if (waiting_.empty()) return std::nullopt;
    return waiting_.front();
}

reply_desk::outcome reply_desk::typed(const std::string& line, reply& made)
{
    std::string_view text = line;
    std::optional<client_number> named;
    if (text.starts_with('@')) {
        const std::string_view number = text.substr(1, text.find(' ') - 1);
        named = parse_number<client_number>(number);
        if (named) text.remove_prefix(std::min(number.size() + 2, text.size()));
        else if (text.starts_with("@@")) text.remove_prefix(1);
    }
    if (named) made.to = *named;
    else if (waiting_.empty()) return outcome::nobody_waits;
    else made.to = waiting_.front();

    if (std::erase(waiting_, made.to) == 0) return outcome::refused;
    made.text = text;
    return outcome::answered;
}

} // namespace badwire::wire
