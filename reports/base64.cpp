#include "reports/base64.hpp"

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>

namespace badwire::reports {

std::string base64(std::string_view bytes)
{
    using namespace boost::archive::iterators;
    using encoder = base64_from_binary<transform_width<std::string_view::const_iterator, 6, 8>>;
    std::string text{encoder{bytes.begin()}, encoder{bytes.end()}};
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

} // namespace badwire::reports
