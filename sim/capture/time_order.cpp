#include "sim/capture/time_order.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <span>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/capture/pcapng_format.hpp"

namespace badwire::capture {
namespace {

[[noreturn]] void fail(const std::string& path)
{
    throw std::system_error(errno, std::generic_category(),
                            "cannot put the packets of " + path + " in order");
}

// A file's bytes, as long as this lives; none for what is no regular file.
class mapped_file {
public:
    explicit mapped_file(const std::string& path)
    {
        const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat about {};
        if (file < 0 || ::fstat(file, &about) != 0) fail(path);
        if (S_ISREG(about.st_mode) && about.st_size > 0) {
            size_ = static_cast<std::size_t>(about.st_size);
            at_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
        }
        ::close(file);
        if (at_ == MAP_FAILED) fail(path);
    }
    ~mapped_file()
    {
        if (at_ != nullptr) ::munmap(at_, size_);
    }
    mapped_file(const mapped_file&) = delete;

    std::span<const std::byte> bytes() const { return {static_cast<const std::byte*>(at_), size_}; }

private:
    void* at_ = nullptr;
    std::size_t size_ = 0;
};

struct block {
    std::uint64_t time; // 0: no packet; these come first
    std::span<const std::byte> bytes;
};

std::vector<block> blocks_of(std::span<const std::byte> all)
{
    constexpr std::size_t least = 12;
    std::vector<block> found;
    while (all.size() >= least) {
        const std::size_t size = read32(&all[4]);
        if (size < least || size > all.size()) break;
        const bool packet = read32(all.data()) == enhanced_packet && size > packet_offset;
        const std::uint64_t time =
            packet ? std::uint64_t{read32(&all[time_offset])} << 32 | read32(&all[time_offset + 4])
                   : 0;
        found.push_back({time, all.first(size)});
        all = all.subspan(size);
    }
    return found;
}

} // namespace

void put_in_order_of_time(const std::string& path)
{
    const mapped_file before(path);
    auto blocks = blocks_of(before.bytes());
    if (std::ranges::is_sorted(blocks, {}, &block::time)) return;
    std::ranges::stable_sort(blocks, {}, &block::time);

    const std::string beside = path + ".sorting";
    std::ofstream sorted(beside, std::ios::binary | std::ios::trunc);
    for (const block& one : blocks)
        sorted.write(reinterpret_cast<const char*>(one.bytes.data()),
                     static_cast<std::streamsize>(one.bytes.size()));
    sorted.close();
    if (!sorted || ::rename(beside.c_str(), path.c_str()) != 0) {
        const int why = errno;
        ::unlink(beside.c_str());
        errno = why;
        fail(path);
    }
}

} // namespace badwire::capture
