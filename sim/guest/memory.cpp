#include "sim/guest/memory.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

namespace badwire::guest {

namespace {

iovec of_another(std::uint64_t at, std::size_t size)
{
    // NOLINTNEXTLINE(performance-no-int-to-ptr): it points to nothing of ours
    return {reinterpret_cast<void*>(at), size};
}

} // namespace

void memory::read(std::uint64_t from, std::span<std::byte> into) const
{
    const iovec mine{into.data(), into.size()};
    const iovec theirs = of_another(from, into.size());
    if (process_vm_readv(process_, &mine, 1, &theirs, 1, 0) != static_cast<ssize_t>(into.size()))
        throw bad_address();
}

void memory::write(std::uint64_t to, std::span<const std::byte> bytes) const
{
    const iovec mine{const_cast<std::byte*>(bytes.data()), bytes.size()};
    const iovec theirs = of_another(to, bytes.size());
    if (process_vm_writev(process_, &mine, 1, &theirs, 1, 0) != static_cast<ssize_t>(bytes.size()))
        throw bad_address();
}

std::string memory::text(std::uint64_t from, std::size_t most) const
{
    constexpr std::size_t page = 4096; // up to the end of a page all or nothing can be read
    std::string found;
    while (found.size() < most) {
        std::array<char, page> some{};
        const std::size_t length = std::min(most - found.size(), page - from % page);
        read(from, std::as_writable_bytes(std::span(some).first(length)));
        const std::string_view text(some.data(), length);
        const std::size_t end = text.find('\0');
        if (end != text.npos) return found.append(text, 0, end);
        found.append(some.data(), length);
        from += length;
    }
    return found;
}

buffers buffers::listed(memory of, std::uint64_t at, std::uint64_t count)
{
    constexpr std::uint64_t most = 1024; // IOV_MAX
    if (count > most) throw bad_address();
    std::vector<stretch> all(count);
    if (count > 0) of.read(at, std::as_writable_bytes(std::span(all)));
    return {of, std::move(all)};
}

std::size_t buffers::size() const
{
    std::size_t sum = 0;
    for (const stretch& one : all_) sum += one.size;
    return sum;
}

std::vector<std::byte> buffers::gather(std::size_t skipped, std::size_t most) const
{
    std::vector<std::byte> bytes;
    for (const stretch& one : all_) {
        const std::size_t passed = std::min<std::size_t>(skipped, one.size);
        skipped -= passed;
        const std::size_t length = std::min<std::size_t>(one.size - passed, most - bytes.size());
        if (length == 0) continue;
        const std::size_t before = bytes.size();
        bytes.resize(before + length);
        memory_.read(one.at + passed, std::span(bytes).subspan(before));
    }
    return bytes;
}

void buffers::scatter(std::size_t skipped, std::span<const std::byte> bytes) const
{
    for (const stretch& one : all_) {
        const std::size_t passed = std::min<std::size_t>(skipped, one.size);
        skipped -= passed;
        const std::size_t length = std::min<std::size_t>(one.size - passed, bytes.size());
        if (length > 0) memory_.write(one.at + passed, bytes.first(length));
        bytes = bytes.subspan(length);
    }
}

void prepare_image(pid_t process, std::span<const std::byte, 16> random)
{
    user_regs_struct registers{};
    if (ptrace(PTRACE_GETREGS, process, nullptr, &registers) != 0) return;
    const memory its(process);
    // The stack: argc, argv[argc + 1], envp[…], 0, then the auxiliary vector.
    constexpr std::uint64_t word = 8;
    std::uint64_t at = registers.rsp;
    at += word * (its.get<std::uint64_t>(at) + 2);
    while (its.get<std::uint64_t>(at) != 0) at += word;
    for (at += word;; at += 2 * word) {
        auto entry = its.get<Elf64_auxv_t>(at);
        if (entry.a_type == AT_NULL) return;
        if (entry.a_type == AT_RANDOM) its.write(entry.a_un.a_val, random);
        if (entry.a_type != AT_SYSINFO_EHDR) continue;
        entry.a_type = AT_IGNORE;
        its.put(at, entry);
    }
}

} // namespace badwire::guest
