// virtual_stream.hpp: connections of the virtual network.
//
// Bytes take no time between two sockets of the world, with a window of 256 KiB in each direction,
// where what is read makes room at once, and a writer knows at once that its peer has closed. A
// carrier (stream_entrance.hpp) between them has a window and times of its own: what is written
// after the peer has closed is answered by a reset, as by a real one.
//
// A stream is reliable and in order. Closing sends an end of file; a reset where bytes have come
// that nobody has read, or more come (RFC 1122, section 4.2.2.13). After a reset what has arrived
// can still be read; then reads fail with connection_reset and writes with that, too; where the end
// of file had come before, reads tell that and writes fail with broken_pipe, as on Linux.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "impl/base/address.hpp"
#include "sim/virtual/virtual_sockets.hpp"

namespace badwire::sim {

struct byte_pipe;

/// Told when a stream or listener that it observes may be ready for what it was not before.
struct stream_observer {
    virtual void stream_changed() = 0;

protected:
    ~stream_observer() = default;
};

/// The object between the two ends of a connection.
struct stream_carrier {
    /// Takes what was written; hands it to virtual_stream::arrived in time.
    virtual void carry(byte_pipe& along, std::span<const std::byte> bytes) = 0;
    virtual void carry_end(byte_pipe& along) = 0;
    virtual void carry_reset(byte_pipe& along) = 0;
    /// How many bytes may be written now.
    virtual std::size_t room(const byte_pipe& along) = 0;
    /// A writer waits for room: virtual_stream::let_write is called when there is some.
    virtual void await_room(const byte_pipe& along) = 0;
    /// The reader has taken so many.
    virtual void was_read(byte_pipe& along, std::size_t bytes) = 0;

protected:
    ~stream_carrier() = default;
};

/// One direction of a connection. Its writer and its reader share it, and either may be destroyed
/// first.
struct byte_pipe {
    stream_carrier* carrier = nullptr; // none: bytes arrive at once
    std::deque<std::byte> arrived{};
    std::size_t in_flight = 0; // written, not arrived
    bool end_sent = false;
    bool end_arrived = false;
    bool reader_gone = false;
    bool thrown_away = false; // what is written is discarded silently
    virtual_stream* writer = nullptr;
    virtual_stream* reader = nullptr;
};

class virtual_stream final : public virtual_socket<net::tcp_stream_backend> {
public:
    explicit virtual_stream(host& of);
    ~virtual_stream() override;

    net::tcp::endpoint local_endpoint() const override { return local_; }
    net::tcp::endpoint remote_endpoint() const override;
    void connect(const net::tcp::endpoint& peer, net::wait_handler handler) override;
    void read_some(net::asio::mutable_buffer buffer, net::io_handler handler) override;
    void write_some(net::asio::const_buffer buffer, net::io_handler handler) override;
    void shutdown_send() override;
    void cancel() override { end_waits(net::asio::error::operation_aborted); }
    void close() override;
    void tell_waiting(std::vector<waiting>& into) const override;

    // For those who do not wait, but look when they are told.

    /// Not while an operation waits; nullptr: nobody.
    void observe(stream_observer* by) { observer_ = by; }
    /// Before connect(): where it connects from.
    void bind(const net::tcp::endpoint& local) { local_ = local; }
    std::size_t readable() const { return incoming_ ? incoming_->arrived.size() : 0; }
    /// All has been read that will ever come.
    bool ended() const { return incoming_ && incoming_->end_arrived && readable() == 0; }
    /// Its end has come, whether all before it has been read or not.
    bool end_has_come() const { return incoming_ && incoming_->end_arrived; }
    bool was_reset() const { return reset_; }
    /// Whether a reset has still to be told: as SO_ERROR, once.
    bool has_reset_to_tell() const { return reset_ && !reset_told_; }
    bool tell_reset_once() { return !std::exchange(reset_told_, true); }
    bool may_read() const { return readable() > 0 || ended() || reset_; }
    bool may_write() const { return why_no_write_now() || room() > 0; }
    /// Up to `most` bytes that have arrived; they remain where one only peeks.
    std::vector<std::byte> read_now(std::size_t most, bool peek);
    /// Why nothing can be written any more.
    net::error_code why_no_write_now() const;
    /// How many bytes it took; where it took none, the observer is told when there is room.
    std::size_t write_now(std::span<const std::byte> bytes);
    /// The connection ends with a reset, whatever was read or written.
    void abort();

    // For classes that make connections.

    /// Points to this stream as long as the stream lives.
    std::weak_ptr<virtual_stream*> self() const { return self_; }
    /// Keeps the request's carrier until connect() is over, or this stream is closed or destroyed.
    void await_answer(std::shared_ptr<void> request) { request_ = std::move(request); }
    /// Whether connect() still waits for that request's answer.
    bool awaits_answer(const void* request) const
    {
        return connect_.waiting() && request_.get() == request;
    }
    /// The answer: connect() has succeeded, or failed.
    void accepted(std::shared_ptr<byte_pipe> incoming, std::shared_ptr<byte_pipe> outgoing);
    void refused(net::error_code why);
    void establish(const net::tcp::endpoint& local, const net::tcp::endpoint& remote,
                   std::shared_ptr<byte_pipe> incoming, std::shared_ptr<byte_pipe> outgoing);
    /// This side of the connection is reset.
    void reset();

    /// False where nobody reads there any more.
    static bool arrived(byte_pipe& pipe, std::span<const std::byte> bytes);
    static void arrived_end(byte_pipe& pipe);
    static bool waits_to_write(const byte_pipe& pipe)
    {
        return pipe.writer != nullptr &&
               (pipe.writer->write_.waiting() || pipe.writer->wants_room_);
    }
    /// Lets a waiting writer write, if there is room.
    static void let_write(byte_pipe& pipe);

private:
    void end_waits(net::error_code reason) override;
    bool waits() const override
    {
        return connect_.waiting() || read_.waiting() || write_.waiting();
    }
    void send_reset();
    std::size_t take_arrived(std::span<std::byte> into);
    net::error_code why_no_write() const;
    std::size_t room() const;
    std::size_t put(std::span<const std::byte> bytes);
    void tell_observer()
    {
        if (observer_ != nullptr) observer_->stream_changed();
    }

    bool open_ = true;
    bool reset_ = false;
    bool reset_told_ = false;
    bool wants_room_ = false;
    stream_observer* observer_ = nullptr;
    net::tcp::endpoint local_;
    net::tcp::endpoint remote_;
    std::shared_ptr<void> request_;
    std::shared_ptr<byte_pipe> incoming_;
    std::shared_ptr<byte_pipe> outgoing_;
    net::asio::mutable_buffer read_buffer_;
    net::asio::const_buffer write_buffer_;
    operation<> connect_;
    operation<std::size_t> read_;
    operation<std::size_t> write_;
    std::shared_ptr<virtual_stream*> self_ =
        std::make_shared<virtual_stream*>(this); // ends with it
};

class virtual_listener final : public virtual_socket<net::tcp_listener_backend>,
                               public stream_port {
public:
    /// `shares`: others that do so, too, may listen at the same address.
    virtual_listener(host& of, const net::tcp::endpoint& local, bool shares = false);
    ~virtual_listener() override;

    net::tcp::endpoint local_endpoint() const override { return local_; }
    void tell_waiting(std::vector<waiting>& into) const override
    {
        if (accept_.waiting()) into.push_back({"a client at " + to_text(local_), accept_.since()});
    }
    void accept(net::accept_handler handler) override;
    void cancel() override { end_waits(net::asio::error::operation_aborted); }
    void close() override;

    // For those who do not wait, as with streams.
    void observe(stream_observer* by) { observer_ = by; }
    bool may_accept() const { return !backlog_.empty(); }
    /// So many connections may wait to be accepted; whoever else asks is not answered, and asks again.
    void limit_backlog(std::size_t most) { backlog_max_ = most; }
    std::unique_ptr<virtual_stream> accept_now();

    const host* owner() const override { return &host_; }
    bool shares() const override { return shares_; }
    /// A client of this world, with no link between.
    void request(virtual_stream& client) override;

    /// A new stream, for the program that accepts it.
    virtual_stream& incoming(const net::tcp::endpoint& local, const net::tcp::endpoint& client,
                             std::shared_ptr<byte_pipe> towards, std::shared_ptr<byte_pipe> back);

private:
    void end_waits(net::error_code reason) override;
    bool waits() const override { return accept_.waiting(); }

    bool shares_;
    net::tcp::endpoint local_;
    bool open_ = true;
    static void ask(world& in, const net::tcp::endpoint& at,
                    const std::weak_ptr<virtual_stream*>& from,
                    const std::shared_ptr<byte_pipe>& towards,
                    const std::shared_ptr<byte_pipe>& back, unsigned asked_before);

    stream_observer* observer_ = nullptr;
    std::size_t backlog_max_ = SIZE_MAX;
    std::deque<std::unique_ptr<virtual_stream>> backlog_;
    operation<net::tcp_stream> accept_;
};

} // namespace badwire::sim
