// memory_files_for_tests.hpp: received files that end up in a map instead of on a disk.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "impl/base/bytes.hpp"
#include "impl/net/basics.hpp"
#include "impl/wire/transfer_server.hpp"

namespace badwire::wire {

/// Refuses the name "refused"; for "full disk" writing fails.
class memory_files {
public:
    std::map<std::string, std::string> files;
    int unfinished = 0; // sinks that are open

    transfer_server::open_sink opener()
    {
        return [this](const std::string& name) -> std::unique_ptr<transfer_sink> {
            if (name == "refused") throw net::failure("no such name here");
            return std::make_unique<sink>(*this, name);
        };
    }

private:
    struct sink : transfer_sink {
        sink(memory_files& owner, std::string name) : owner_(owner), name_(std::move(name))
        {
            ++owner_.unfinished;
        }
        ~sink() override { --owner_.unfinished; }
        void write(std::span<const std::byte> bytes) override
        {
            if (name_ == "full disk") throw net::failure("the disk is full");
            written_ += as_text(bytes);
        }
        void commit() override { owner_.files[name_] = written_; }

        memory_files& owner_;
        std::string name_;
        std::string written_;
    };
};

} // namespace badwire::wire
