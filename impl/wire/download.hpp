// download.hpp: what a file-client and a file-server (Q2) say to each other on the framed wire,
// before the contents: payloads of frames of kind open.
//
//   request  offset (8): how much of the file the client has; SHA-256 of that (32); file name
//   answer   file size (8); offset (8) from which the contents follow: the client's, or 0
//            where the client's part is not how the file begins
//
// All numbers are big-endian.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "impl/wire/sha256.hpp"

namespace badwire::wire {

struct download_request {
    std::uint64_t offset;
    sha256_digest digest;
    std::string name;

    friend bool operator==(const download_request&, const download_request&) = default;
};

std::vector<std::byte> encode(const download_request& request);

/// Nothing when the bytes are cut or name no file.
std::optional<download_request> decode_download_request(std::span<const std::byte> payload);

struct download_answer {
    std::uint64_t file_size;
    std::uint64_t offset;

    friend bool operator==(const download_answer&, const download_answer&) = default;
};

std::vector<std::byte> encode(const download_answer& answer);

/// Nothing when the bytes are cut, or the offset lies behind the file's end.
std::optional<download_answer> decode_download_answer(std::span<const std::byte> payload);

} // namespace badwire::wire
