// description.hpp: what a program's file descriptors stand for (an "open file description", as
// open(2) calls it), where that is of the virtual world: sockets above all.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/types.h>

#include "impl/base/owned_descriptor.hpp"
#include "sim/guest/socket_options.hpp"
#include "sim/virtual/world.hpp"

namespace badwire::guest {

/// Told when a description may be ready for what it was not before.
struct observer {
    virtual void changed() = 0;

protected:
    ~observer() = default;
};

/// The result of a call: a value, or an errno; EAGAIN: not now.
template <typename Value>
struct outcome {
    int error = 0;
    Value value{};
};

struct received {
    std::vector<std::byte> bytes;
    std::optional<address> from{};
    address to{};           // of a datagram
    net::time_point when{}; // by its program's clock
    std::uint8_t traffic_class = 0;
    std::size_t whole = 0; // of a datagram: its length, where it was cut
};

/// What stands behind guests' descriptors here and not in the kernel. Guests hold one end of a pair of
/// real sockets in its stead; the end of file at the other says that all of them have closed it.
class description {
public:
    description();
    virtual ~description() = default;
    description(const description&) = delete;

    /// What poll(2) says of it: POLLIN, POLLOUT, POLLERR, POLLHUP, POLLRDHUP.
    virtual short ready() const = 0;
    /// What one waits for who waits for that, for people.
    virtual std::string awaited(short events) const = 0;

    // What does not wait: EAGAIN where it would have to.
    virtual outcome<received> receive(std::size_t, bool /*peek*/) { return {ENOTCONN}; }
    virtual outcome<std::size_t> send(std::vector<std::byte>, const std::optional<address>&)
    {
        return {ENOTCONN};
    }

    void observe(observer& by) { observers_.push_back(&by); }
    void forget(observer& by) { std::erase(observers_, &by); }

    /// The number by which the kernel knows what guests hold.
    ino_t inode() const { return inode_; }
    /// What guests are given.
    int theirs() const { return theirs_.get(); }
    /// They have it now: nobody here holds it any more.
    void handed_over() { theirs_.close(); }
    bool closed_by_all() const;

    bool never_blocks = false; // O_NONBLOCK

protected:
    void tell_change()
    {
        const auto told = observers_; // who is told may forget this
        for (observer* one : told) one->changed();
    }

private:
    std::vector<observer*> observers_;
    owned_descriptor mine_;
    owned_descriptor theirs_;
    ino_t inode_ = 0;
};

/// A socket of the virtual world.
class socket_description : public description {
public:
    socket_description(sim::host& of, int domain, int type)
        : host_(of), domain_(domain), type_(type)
    {
        options.of_stream = type == SOCK_STREAM;
    }

    virtual int bind(const address& local) = 0;
    /// EINPROGRESS: connect_result() tells later.
    virtual int connect(const address& to) = 0;
    virtual int connect_result() { return 0; }
    virtual int disconnect() { return EAFNOSUPPORT; }
    virtual bool listens() const { return false; }
    virtual int listen(int /*backlog*/) { return EOPNOTSUPP; }
    virtual outcome<std::unique_ptr<socket_description>> accept() { return {EOPNOTSUPP}; }
    virtual int shut_down(int how) = 0;
    virtual address local() const = 0;
    virtual std::optional<address> peer() const = 0;
    /// Bytes that could be received now (FIONREAD).
    virtual std::size_t pending() const = 0;
    virtual int join(const membership&) { return EOPNOTSUPP; }
    virtual int leave(const membership&) { return EOPNOTSUPP; }
    /// The error that has come (SO_ERROR), once.
    int take_error() { return std::exchange(error_, 0); }

    /// As send(), of a message whose ancillary data asks for that traffic class (traffic_class.hpp).
    virtual outcome<std::size_t> send_as(std::optional<std::uint8_t> /*traffic_class*/,
                                         std::vector<std::byte> bytes,
                                         const std::optional<address>& to)
    {
        return send(std::move(bytes), to);
    }

    int domain() const { return domain_; }
    int type() const { return type_; }

    socket_options options;

protected:
    sim::host& host_;
    int error_ = 0;

private:
    int domain_;
    int type_;
};

} // namespace badwire::guest
