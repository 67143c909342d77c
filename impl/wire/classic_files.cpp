#include "impl/wire/classic_files.hpp"

#include <vector>

#include "impl/base/bytes.hpp"

namespace badwire::wire {

std::string classic_name(std::string_view name)
{
    std::vector<std::byte> length;
    append_big(length, static_cast<std::uint32_t>(name.size()));
    return std::string(as_text(length)).append(name);
}

std::size_t classic_name_length(std::string_view length)
{
    return load_big<std::uint32_t>(as_bytes(length), 0);
}

} // namespace badwire::wire
