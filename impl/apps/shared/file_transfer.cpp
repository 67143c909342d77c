#include "impl/apps/shared/file_transfer.hpp"

namespace badwire::apps {

std::unique_ptr<std::istream> open_offered(net::network& network, const std::string& folder,
                                           const std::string& name)
{
    return network.files().open_inside(folder, name);
}

std::uint64_t size_of(std::istream& file)
{
    file.seekg(0, std::ios::end);
    const auto size = static_cast<std::uint64_t>(file.tellg());
    file.seekg(0);
    return size;
}

std::size_t read_from(std::istream& file, std::span<std::byte> into)
{
    file.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
    return static_cast<std::size_t>(file.gcount());
}

void choose_place(const option_parser& parser, const std::string& name, std::string& out)
{
    if (!out.empty()) return;
    const std::string base = net::base_name(name);
    if (base.empty()) parser.reject("NAME cannot be a file's name; --out gives another");
    out = "received/" + base;
}

} // namespace badwire::apps
