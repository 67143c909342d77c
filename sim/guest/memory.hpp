// memory.hpp: the memory of a process that stands still, read and written from outside.
//
// All functions throw bad_address where the process has no such memory: the call then fails with
// EFAULT, as the kernel would have it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <sys/types.h>
#include <type_traits>
#include <vector>

namespace badwire::guest {

struct bad_address {};

class memory {
public:
    explicit memory(pid_t of) : process_(of) {}

    void read(std::uint64_t from, std::span<std::byte> into) const;
    void write(std::uint64_t to, std::span<const std::byte> bytes) const;

    template <typename Value>
    Value get(std::uint64_t from) const
    {
        static_assert(std::is_trivially_copyable_v<Value>);
        Value value{};
        read(from, std::as_writable_bytes(std::span(&value, 1)));
        return value;
    }
    template <typename Value>
    void put(std::uint64_t to, const Value& value) const
    {
        static_assert(std::is_trivially_copyable_v<Value>);
        write(to, std::as_bytes(std::span(&value, 1)));
    }

    /// The first `most` bytes at most of a text that ends with a zero.
    std::string text(std::uint64_t from, std::size_t most) const;

private:
    pid_t process_;
};

/// A stretch of a process' memory, as struct iovec has it.
struct stretch {
    std::uint64_t at = 0;
    std::uint64_t size = 0;
};

/// The buffers of one call, one after the other.
class buffers {
public:
    buffers(memory of, std::vector<stretch> all) : memory_(of), all_(std::move(all)) {}
    /// Those of a struct iovec[count] at that address.
    static buffers listed(memory of, std::uint64_t at, std::uint64_t count);

    std::size_t size() const;
    /// The bytes from `skipped` on, `most` at most.
    std::vector<std::byte> gather(std::size_t skipped, std::size_t most) const;
    /// Writes what fits from `skipped` on.
    void scatter(std::size_t skipped, std::span<const std::byte> bytes) const;

private:
    memory memory_;
    std::vector<stretch> all_;
};

/// Of a process that has just executed a program: its clocks are system calls from now on (no vDSO),
/// and the 16 bytes of randomness that the kernel gave it are these.
void prepare_image(pid_t process, std::span<const std::byte, 16> random);

} // namespace badwire::guest
