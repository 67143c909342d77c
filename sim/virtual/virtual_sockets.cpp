#include "sim/virtual/virtual_sockets.hpp"

#include <algorithm>
#include <cstring>

namespace badwire::sim {

using net::error_code;
namespace error = net::asio::error;

namespace {

constexpr std::size_t udp_buffer_bytes = 4 << 20;
constexpr std::size_t largest_datagram_bytes = 65507; // IPv4: 65535 - 20 - 8
constexpr std::size_t tcp_window_bytes = 256 << 10;

const std::byte* bytes_of(net::asio::const_buffer buffer)
{
    return static_cast<const std::byte*>(buffer.data());
}

} // namespace

// ---- timer

virtual_timer::virtual_timer(world& in, stoppables& alive)
    : world_(in), wait_(in), alarm_(in, *this)
{
    alive.push_back(*this);
}

void virtual_timer::cancel()
{
    alarm_.stop();
    wait_.abort();
}

void virtual_timer::expires_at(net::time_point when)
{
    cancel();
    expiry_ = when;
}

void virtual_timer::wait(net::wait_handler handler)
{
    wait_.begin(std::move(handler));
    if (stopped_) wait_.abort();
    else if (expiry_ != net::never) alarm_.set(expiry_);
}

void virtual_timer::stop()
{
    stopped_ = true;
    cancel();
}

// ---- UDP

virtual_udp::virtual_udp(world& in, stoppables& alive, const net::udp::endpoint& local)
    : virtual_socket(in, alive), local_(in.open(*this, local)), receive_(in), send_(in)
{
}

virtual_udp::~virtual_udp() { close(); }

void virtual_udp::close()
{
    if (!std::exchange(open_, false)) return;
    world_.close(local_);
    end_waits(error::operation_aborted);
}

void virtual_udp::end_waits(error_code reason)
{
    if (receive_.waiting()) receive_.finish(reason);
}

std::size_t virtual_udp::take(const received& next)
{
    *sender_ = next.from;
    return net::asio::buffer_copy(buffer_, net::asio::buffer(next.contents));
}

void virtual_udp::receive_from(net::asio::mutable_buffer buffer, net::udp::endpoint& sender,
                               net::io_handler handler)
{
    buffer_ = buffer;
    sender_ = &sender;
    receive_.begin(std::move(handler));
    if (!open_) return receive_.finish(error::bad_descriptor);
    if (queue_.empty()) return watch();
    const std::size_t length = take(queue_.front());
    queued_bytes_ -= queue_.front().contents.size();
    queue_.pop_front();
    receive_.finish({}, length);
}

void virtual_udp::send_to(net::asio::const_buffer buffer, const net::udp::endpoint& to,
                          net::io_handler handler)
{
    send_.begin(std::move(handler));
    if (!open_) return send_.finish(error::bad_descriptor);
    if (buffer.size() > largest_datagram_bytes) return send_.finish(error::message_size);
    world_.send(local_, to, datagram(bytes_of(buffer), bytes_of(buffer) + buffer.size()));
    send_.finish({}, buffer.size());
}

void virtual_udp::arrive(const net::udp::endpoint& from, datagram contents)
{
    if (receive_.waiting()) {
        const received next{from, std::move(contents)};
        return receive_.complete({}, take(next));
    }
    if (queued_bytes_ + contents.size() > udp_buffer_bytes) return;
    queued_bytes_ += contents.size();
    queue_.push_back({from, std::move(contents)});
}

// ---- TCP stream

virtual_stream::virtual_stream(world& in, stoppables& alive)
    : virtual_socket(in, alive), connect_(in), read_(in), write_(in)
{
}

virtual_stream::~virtual_stream() { close(); }

net::tcp::endpoint virtual_stream::remote_endpoint() const
{
    if (!incoming_) throw net::system_error(error::not_connected);
    return remote_;
}

void virtual_stream::connect(const net::tcp::endpoint& peer, net::wait_handler handler)
{
    connect_.begin(std::move(handler));
    if (!open_) return connect_.finish(error::operation_aborted);
    local_ = world_.ephemeral();
    remote_ = peer;
    if (stream_port* port = world_.find(peer)) {
        port->request(*this);
        watch();
    } else {
        connect_.finish(error::connection_refused);
    }
}

void virtual_stream::connect_through(const net::tcp::endpoint& target, path_delay up,
                                     path_delay down)
{
    const auto request_arrives = world_.now() + (up ? up({}) : net::duration::zero());
    const auto answer_takes = down ? down({}) : net::duration::zero();
    auto towards_server = std::make_shared<byte_pipe>();
    auto towards_client = std::make_shared<byte_pipe>();
    towards_server->delay = std::move(up);
    towards_client->delay = std::move(down);

    world_.at(request_arrives, [&in = world_, self = std::weak_ptr(self_), target, answer_takes,
                                towards_server, towards_client] {
        auto client = self.lock();
        if (!client || !(*client)->open_) return;
        auto* listener = dynamic_cast<virtual_listener*>(in.find(target));
        if (listener) {
            auto server = std::make_unique<virtual_stream>(in, listener->alive());
            server->establish(target, (*client)->local_, towards_server, towards_client);
            listener->incoming(std::move(server));
        }
        in.at(in.now() + answer_takes, [self, towards_server, towards_client,
                                        accepted = listener != nullptr] {
            auto waiting = self.lock();
            if (!waiting || !(*waiting)->connect_.waiting()) {
                towards_client->reader_gone = true;
                return;
            }
            virtual_stream& stream = **waiting;
            if (accepted)
                stream.establish(stream.local_, stream.remote_, towards_client, towards_server);
            stream.connect_.finish(accepted ? error_code() : error::connection_refused);
        });
    });
}

void virtual_stream::establish(const net::tcp::endpoint& local, const net::tcp::endpoint& remote,
                               std::shared_ptr<byte_pipe> incoming,
                               std::shared_ptr<byte_pipe> outgoing)
{
    local_ = local;
    remote_ = remote;
    incoming_ = std::move(incoming);
    outgoing_ = std::move(outgoing);
    incoming_->reader = this;
    outgoing_->writer = this;
}

std::size_t virtual_stream::take_arrived()
{
    const std::size_t length = std::min(read_buffer_.size(), incoming_->arrived.size());
    const auto end = incoming_->arrived.begin() + static_cast<std::ptrdiff_t>(length);
    std::copy(incoming_->arrived.begin(), end, static_cast<std::byte*>(read_buffer_.data()));
    incoming_->arrived.erase(incoming_->arrived.begin(), end);
    return length;
}

void virtual_stream::read_some(net::asio::mutable_buffer buffer, net::io_handler handler)
{
    read_buffer_ = buffer;
    read_.begin(std::move(handler));
    if (!open_) return read_.finish(error::bad_descriptor);
    if (!incoming_) return read_.finish(error::not_connected);
    if (buffer.size() == 0) return read_.finish({}, 0);
    if (incoming_->arrived.empty()) {
        if (incoming_->end_arrived) read_.finish(error::eof);
        else watch();
        return;
    }
    const std::size_t length = take_arrived();
    read_.finish({}, length);
    if (virtual_stream* writer = incoming_->writer; writer && writer->write_.waiting())
        if (const std::size_t written = writer->put(writer->write_buffer_))
            writer->write_.finish({}, written);
}

// Sends as much as the window allows; 0 when it is full.
std::size_t virtual_stream::put(net::asio::const_buffer buffer)
{
    const std::size_t used = outgoing_->in_flight + outgoing_->arrived.size();
    const std::size_t length =
        std::min(buffer.size(), tcp_window_bytes - std::min(tcp_window_bytes, used));
    if (length > 0) carry({bytes_of(buffer), bytes_of(buffer) + length}, false);
    return length;
}

void virtual_stream::write_some(net::asio::const_buffer buffer, net::io_handler handler)
{
    write_buffer_ = buffer;
    write_.begin(std::move(handler));
    if (!open_) return write_.finish(error::bad_descriptor);
    if (!outgoing_) return write_.finish(error::not_connected);
    if (outgoing_->end_sent) return write_.finish(error::shut_down);
    if (outgoing_->reader_gone) return write_.finish(error::broken_pipe);
    if (buffer.size() == 0) return write_.finish({}, 0);
    if (const std::size_t length = put(buffer)) write_.finish({}, length);
    else watch();
}

void virtual_stream::carry(std::vector<std::byte> piece, bool end)
{
    const auto delay = outgoing_->delay ? outgoing_->delay(piece) : net::duration::zero();
    outgoing_->last_arrival = std::max(outgoing_->last_arrival, world_.now() + delay);
    outgoing_->in_flight += piece.size();
    world_.at(outgoing_->last_arrival, [pipe = outgoing_, piece = std::move(piece), end] {
        pipe->in_flight -= piece.size();
        arrived(pipe, piece, end);
    });
}

void virtual_stream::arrived(const std::shared_ptr<byte_pipe>& pipe,
                             std::span<const std::byte> piece, bool end)
{
    if (pipe->reader_gone) {
        virtual_stream* writer = pipe->writer;
        if (writer && writer->write_.waiting()) writer->write_.finish(error::broken_pipe);
        return;
    }
    pipe->arrived.insert(pipe->arrived.end(), piece.begin(), piece.end());
    pipe->end_arrived |= end;
    virtual_stream* reader = pipe->reader;
    if (!reader || !reader->read_.waiting()) return;
    if (!pipe->arrived.empty()) reader->read_.finish({}, reader->take_arrived());
    else if (end) reader->read_.finish(error::eof);
}

void virtual_stream::shutdown_send()
{
    if (!outgoing_ || std::exchange(outgoing_->end_sent, true)) return;
    carry({}, true);
}

void virtual_stream::close()
{
    if (!std::exchange(open_, false)) return;
    shutdown_send();
    if (outgoing_) outgoing_->writer = nullptr;
    if (incoming_) {
        incoming_->reader = nullptr;
        incoming_->reader_gone = true;
        incoming_->arrived.clear();
        if (virtual_stream* writer = incoming_->writer; writer && writer->write_.waiting())
            writer->write_.finish(error::broken_pipe);
    }
    end_waits(error::operation_aborted);
}

void virtual_stream::end_waits(error_code reason)
{
    if (connect_.waiting()) connect_.finish(reason);
    if (read_.waiting()) read_.finish(reason);
    if (write_.waiting()) write_.finish(reason);
}

// ---- TCP listener

virtual_listener::virtual_listener(world& in, stoppables& alive, const net::tcp::endpoint& local)
    : virtual_socket(in, alive), alive_(alive), local_(in.open(*this, local)), accept_(in)
{
}

virtual_listener::~virtual_listener() { close(); }

void virtual_listener::close()
{
    if (!std::exchange(open_, false)) return;
    world_.close(local_);
    backlog_.clear();
    end_waits(error::operation_aborted);
}

void virtual_listener::end_waits(error_code reason)
{
    if (accept_.waiting()) accept_.finish(reason);
}

void virtual_listener::accept(net::accept_handler handler)
{
    accept_.begin(std::move(handler));
    if (!open_) return accept_.finish(error::bad_descriptor);
    if (backlog_.empty()) return watch();
    net::tcp_stream next(std::move(backlog_.front()));
    backlog_.pop_front();
    accept_.finish({}, std::move(next));
}

void virtual_listener::incoming(std::unique_ptr<virtual_stream> client)
{
    if (accept_.waiting()) accept_.finish({}, net::tcp_stream(std::move(client)));
    else backlog_.push_back(std::move(client));
}

} // namespace badwire::sim
