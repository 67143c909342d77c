#include "harness/run/run_folder.hpp"

#include <algorithm>
#include <fstream>

#include <cstdlib>
#include <unistd.h>

#include "impl/net/network.hpp"

namespace badwire::harness {
namespace {

// Whether "NAME" or "PROCESS/NAME" stands anywhere in it.
bool names_file(const json& in, const std::string& name)
{
    if (in.is_string()) {
        const auto& text = in.get_ref<const std::string&>();
        return text == name || text.ends_with("/" + name);
    }
    return in.is_structured() && std::any_of(in.begin(), in.end(), [&](const json& part) {
               return names_file(part, name);
           });
}

} // namespace

temporary_folder::temporary_folder(bool in_memory)
{
    constexpr const char* memory = "/dev/shm";
    const char* base = std::getenv("TMPDIR");
    if (!base || !*base) base = in_memory && access(memory, W_OK) == 0 ? memory : "/tmp";
    std::string pattern = fmt::format("{}/badwire-XXXXXX", base);
    if (!mkdtemp(pattern.data()))
        throw net::failure(
            fmt::format("cannot make a temporary folder {}: {}; set TMPDIR to a folder that "
                        "can be written",
                        pattern, std::generic_category().message(errno)));
    path_ = pattern;
}

temporary_folder::~temporary_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void make_files(const scenario& what, std::uint64_t seed, const std::filesystem::path& run_folder)
{
    for (const auto& [name, spec] : what.files) {
        const auto path = run_folder / name;
        std::filesystem::create_directories(path.parent_path());
        if (spec.what == file_spec::kind::copy) {
            std::filesystem::copy_file(spec.from, path); // its permissions, too
            continue;
        }
        std::ofstream stream(path, std::ios::binary);
        switch (spec.what) {
        case file_spec::kind::copy: break; // see above
        case file_spec::kind::text: stream << spec.text; break;
        case file_spec::kind::lines:
            for (std::uint64_t i = 1; i <= spec.amount; ++i) stream << "line " << i << '\n';
            break;
        case file_spec::kind::random: {
            net::random_source random(process_seed(seed, name));
            std::uint64_t left = spec.amount;
            while (left > 0) {
                const std::uint64_t word = random();
                const auto length = std::min<std::uint64_t>(left, sizeof word);
                stream.write(reinterpret_cast<const char*>(&word),
                             static_cast<std::streamsize>(length));
                left -= length;
            }
            break;
        }
        }
        stream.close();
        if (!stream)
            throw net::failure(fmt::format("cannot write {}: is the disk full?", path.string()));
    }
}

void give_files(const std::filesystem::path& run_folder, const scenario& what,
                const std::filesystem::path& process_folder)
{
    std::filesystem::create_directory(process_folder);
    for (const auto& [name, spec] : what.files) {
        if (name.find('/') != std::string::npos)
            std::filesystem::create_directories((process_folder / name).parent_path());
        std::filesystem::copy_file(run_folder / name, process_folder / name,
                                   std::filesystem::copy_options::overwrite_existing);
    }
}

std::string word_of_command(const scenario& of, const std::string& word, bool that_runs)
{
    const auto beside = of.file_beside(word);
    const auto own_name = std::filesystem::path(word).lexically_normal().string();
    if (!beside || of.files.contains(own_name)) return word;
    const bool by_path = word.find('/') != std::string::npos;
    if (that_runs) return !by_path && is_executable(word) ? word : beside->string();
    return of.asked.contains("expect") && names_file(of.asked["expect"], own_name)
               ? word
               : beside->string();
}

std::uint64_t process_seed(std::uint64_t run_seed, std::string_view name)
{
    net::random_source mix(run_seed);
    std::uint64_t seed = mix();
    for (const char c : name) seed = net::random_source(seed ^ static_cast<unsigned char>(c))();
    return seed;
}

} // namespace badwire::harness
