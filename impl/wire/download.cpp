#include "impl/wire/download.hpp"

#include <algorithm>

#include "impl/base/bytes.hpp"
#include "impl/wire/transfer.hpp"

namespace badwire::wire {

std::vector<std::byte> encode(const download_request& request)
{
    const auto name = as_bytes(request.name);
    std::vector<std::byte> payload(8 + request.digest.size() + name.size());
    store_big(payload, 0, request.offset);
    const auto rest = std::copy(request.digest.begin(), request.digest.end(), payload.begin() + 8);
    std::copy(name.begin(), name.end(), rest);
    return payload;
}

std::optional<download_request> decode_download_request(std::span<const std::byte> payload)
{
    download_request request{};
    const std::size_t fixed = 8 + request.digest.size();
    if (payload.size() <= fixed) return std::nullopt;
    request.offset = load_big<std::uint64_t>(payload, 0);
    std::copy_n(payload.begin() + 8, request.digest.size(), request.digest.begin());
    request.name = as_text(payload.subspan(fixed));
    return request;
}

std::vector<std::byte> encode(const download_answer& answer)
{
    std::vector<std::byte> payload(16);
    store_big(payload, 0, answer.file_size);
    store_big(payload, 8, answer.offset);
    return payload;
}

std::optional<download_answer> decode_download_answer(std::span<const std::byte> payload)
{
    if (payload.size() != 16) return std::nullopt;
    const download_answer answer{load_big<std::uint64_t>(payload, 0),
                                 load_big<std::uint64_t>(payload, 8)};
    if (answer.offset > answer.file_size) return std::nullopt;
    return answer;
}

} // namespace badwire::wire
