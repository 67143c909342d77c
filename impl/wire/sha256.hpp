// sha256.hpp: the digest that says a file arrived as it was sent (FIPS 180-4, by OpenSSL).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

struct evp_md_ctx_st;

namespace badwire::wire {

using sha256_digest = std::array<std::byte, 32>;

/// Takes bytes as they come. Must not be used after finish().
class sha256 {
public:
    sha256();
    void update(std::span<const std::byte> bytes);
    sha256_digest finish();

private:
    struct free_context {
        void operator()(evp_md_ctx_st* context) const;
    };
    std::unique_ptr<evp_md_ctx_st, free_context> context_;
};

} // namespace badwire::wire
