#include "sim/link/impairment/named_file.hpp"

#include <fmt/format.h>

#include "impl/base/text_file.hpp"

namespace badwire::link {
namespace {

constexpr std::size_t trace_bytes_max = std::size_t{64} << 20;

bool is_below(const std::filesystem::path& file, const std::filesystem::path& folder)
{
    std::error_code failed;
    const auto root = std::filesystem::weakly_canonical(folder.empty() ? "." : folder, failed);
    const auto inside = std::filesystem::weakly_canonical(file, failed).lexically_relative(root);
    return !failed && !inside.empty() && *inside.begin() != "..";
}

} // namespace

std::filesystem::path named_file(const reading& at, const surroundings& around)
{
    auto file = around.folder / at.text("a file");
    if (around.files == nameable::none)
        at.wrong("no file can be named here; expected its numbers as a list");
    if (around.files == nameable::below && !is_below(file, around.folder))
        at.wrong(fmt::format("{} is not below the folder of the scenario", file.string()));
    return file;
}

std::string contents_of(const reading& at, const std::filesystem::path& file)
{
    try {
        return read_regular_file(file, trace_bytes_max);
    } catch (const unreadable& error) {
        at.wrong(fmt::format("cannot read {}: {}", file.string(), error.what()));
    }
}

} // namespace badwire::link
