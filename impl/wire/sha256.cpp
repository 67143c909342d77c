#include "impl/wire/sha256.hpp"

#include <new>
#include <stdexcept>

#include <openssl/evp.h>

namespace badwire::wire {

namespace {

void check(int succeeded)
{
    if (succeeded != 1) throw std::runtime_error("OpenSSL cannot compute a SHA-256 digest");
}

} // namespace

void sha256::free_context::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

sha256::sha256() : context_(EVP_MD_CTX_new())
{
    if (!context_) throw std::bad_alloc();
    check(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void sha256::update(std::span<const std::byte> bytes)
{
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

sha256_digest sha256::finish()
{
    sha256_digest digest;
    check(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()),
                             nullptr));
    return digest;
}

} // namespace badwire::wire
