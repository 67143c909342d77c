#include "sim/virtual/virtual_stream.hpp"

#include <algorithm>

namespace badwire::sim {

using net::error_code;
namespace error = net::asio::error;

namespace {

constexpr std::size_t window_bytes = 256 << 10;

std::span<const std::byte> span_of(net::asio::const_buffer buffer)
{
    return {static_cast<const std::byte*>(buffer.data()), buffer.size()};
}

std::span<std::byte> span_of(net::asio::mutable_buffer buffer)
{
    return {static_cast<std::byte*>(buffer.data()), buffer.size()};
}

} // namespace

virtual_stream::virtual_stream(host& of) : virtual_socket(of), connect_(of), read_(of), write_(of)
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
    if (local_.port() == 0) local_ = world_.ephemeral();
    remote_ = peer;
    if (stream_port* port = world_.find(world_.way(host_, peer), local_.port())) {
        port->request(*this);
        watch();
    } else {
        connect_.finish(error::connection_refused);
    }
}

void virtual_stream::accepted(std::shared_ptr<byte_pipe> incoming,
                              std::shared_ptr<byte_pipe> outgoing)
{
    establish(local_, remote_, std::move(incoming), std::move(outgoing));
    request_.reset();
    connect_.finish({});
}

void virtual_stream::refused(error_code why)
{
    request_.reset();
    connect_.finish(why);
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

std::size_t virtual_stream::take_arrived(std::span<std::byte> into)
{
    const std::size_t length = std::min(into.size(), incoming_->arrived.size());
    const auto end = incoming_->arrived.begin() + static_cast<std::ptrdiff_t>(length);
    std::copy(incoming_->arrived.begin(), end, into.begin());
    incoming_->arrived.erase(incoming_->arrived.begin(), end);
    if (incoming_->carrier != nullptr) incoming_->carrier->was_read(*incoming_, length);
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
        else if (reset_) read_.finish(error::connection_reset);
        else watch();
        return;
    }
    const std::size_t length = take_arrived(span_of(buffer));
    read_.finish({}, length);
    let_write(*incoming_);
}

std::vector<std::byte> virtual_stream::read_now(std::size_t most, bool peek)
{
    std::vector<std::byte> read(std::min(most, readable()));
    if (read.empty()) return read;
    if (peek) {
        std::copy_n(incoming_->arrived.begin(), read.size(), read.begin());
        return read;
    }
    take_arrived(read);
    let_write(*incoming_);
    return read;
}

// How much the window allows.
std::size_t virtual_stream::room() const
{
    byte_pipe& pipe = *outgoing_;
    if (pipe.thrown_away) return SIZE_MAX;
    if (pipe.carrier != nullptr) return pipe.carrier->room(pipe);
    return window_bytes - std::min(window_bytes, pipe.in_flight + pipe.arrived.size());
}

// Sends as much as the window allows; 0 when it is full.
std::size_t virtual_stream::put(std::span<const std::byte> bytes)
{
    byte_pipe& pipe = *outgoing_;
    if (pipe.thrown_away) return bytes.size();
    const std::size_t length = std::min(bytes.size(), room());
    if (length == 0) return 0;
    bytes = bytes.first(length);
    pipe.in_flight += length;
    if (pipe.carrier != nullptr) pipe.carrier->carry(pipe, bytes);
    else
        world_.post([to = outgoing_, copy = std::vector(bytes.begin(), bytes.end())] {
            arrived(*to, copy);
        });
    return length;
}

void virtual_stream::let_write(byte_pipe& pipe)
{
    virtual_stream* writer = pipe.writer;
    if (writer == nullptr) return;
    if (writer->wants_room_ && writer->room() > 0) {
        writer->wants_room_ = false;
        return writer->tell_observer();
    }
    if (!writer->write_.waiting()) return;
    if (const std::size_t written = writer->put(span_of(writer->write_buffer_)))
        writer->write_.finish({}, written);
}

std::size_t virtual_stream::write_now(std::span<const std::byte> bytes)
{
    if (outgoing_->reader_gone && outgoing_->carrier == nullptr) {
        world_.post([self = self()] { // the answer to what nobody reads
            if (const auto still = self.lock()) (*still)->reset();
        });
        return bytes.size();
    }
    const std::size_t length = put(bytes);
    wants_room_ = length == 0;
    if (wants_room_ && outgoing_->carrier != nullptr) outgoing_->carrier->await_room(*outgoing_);
    return length;
}

void virtual_stream::write_some(net::asio::const_buffer buffer, net::io_handler handler)
{
    write_buffer_ = buffer;
    write_.begin(std::move(handler));
    if (!open_) return write_.finish(error::bad_descriptor);
    if (!outgoing_) return write_.finish(error::not_connected);
    if (const auto why = why_no_write_now()) return write_.finish(why);
    if (buffer.size() == 0) return write_.finish({}, 0);
    if (const std::size_t length = put(span_of(buffer))) return write_.finish({}, length);
    watch();
    if (outgoing_->carrier != nullptr) outgoing_->carrier->await_room(*outgoing_);
}

error_code virtual_stream::why_no_write_now() const
{
    if (outgoing_->end_sent) return error::shut_down;
    if (reset_) return why_no_write();
    if (outgoing_->reader_gone && outgoing_->carrier == nullptr && observer_ == nullptr)
        return error::broken_pipe;
    return {};
}

error_code virtual_stream::why_no_write() const
{
    return incoming_->end_arrived ? error_code(error::broken_pipe) : error::connection_reset;
}

bool virtual_stream::arrived(byte_pipe& pipe, std::span<const std::byte> bytes)
{
    pipe.in_flight -= bytes.size();
    if (pipe.reader_gone) return false;
    pipe.arrived.insert(pipe.arrived.end(), bytes.begin(), bytes.end());
    virtual_stream* reader = pipe.reader;
    if (reader != nullptr && reader->read_.waiting()) {
        reader->read_.finish({}, reader->take_arrived(span_of(reader->read_buffer_)));
        let_write(pipe);
    } else if (reader != nullptr) {
        reader->tell_observer();
    }
    return true;
}

void virtual_stream::arrived_end(byte_pipe& pipe)
{
    pipe.end_arrived = true;
    virtual_stream* reader = pipe.reader;
    if (reader == nullptr) return;
    if (reader->read_.waiting()) reader->read_.finish(error::eof);
    else reader->tell_observer();
}

void virtual_stream::reset()
{
    if (!open_ || std::exchange(reset_, true)) return;
    if (write_.waiting()) write_.finish(why_no_write());
    end_waits(error::connection_reset);
    tell_observer();
}

void virtual_stream::abort()
{
    if (open_ && outgoing_) send_reset();
    close();
}

void virtual_stream::shutdown_send()
{
    if (!outgoing_ || reset_ || std::exchange(outgoing_->end_sent, true)) return;
    if (outgoing_->carrier != nullptr) outgoing_->carrier->carry_end(*outgoing_);
    else world_.post([to = outgoing_] { arrived_end(*to); });
}

void virtual_stream::send_reset()
{
    if (reset_) return;
    outgoing_->end_sent = true;
    if (outgoing_->carrier != nullptr) outgoing_->carrier->carry_reset(*outgoing_);
    else
        world_.post([to = outgoing_] {
            if (to->reader != nullptr) to->reader->reset();
        });
}

void virtual_stream::tell_waiting(std::vector<waiting>& into) const
{
    if (connect_.waiting()) into.push_back({"the answer of " + to_text(remote_), connect_.since()});
    if (read_.waiting()) into.push_back({"bytes of " + to_text(remote_), read_.since()});
    if (write_.waiting()) into.push_back({"room to write to " + to_text(remote_), write_.since()});
}

void virtual_stream::close()
{
    if (!std::exchange(open_, false)) return;
    observer_ = nullptr;
    if (incoming_ && !incoming_->arrived.empty()) send_reset();
    else shutdown_send();
    if (outgoing_) outgoing_->writer = nullptr;
    if (incoming_) {
        incoming_->reader = nullptr;
        incoming_->reader_gone = true;
        incoming_->arrived.clear();
        if (incoming_->carrier == nullptr && waits_to_write(*incoming_)) {
            if (incoming_->writer->write_.waiting())
                incoming_->writer->write_.finish(error::broken_pipe);
            incoming_->writer->tell_observer();
        }
    }
    request_.reset();
    end_waits(error::operation_aborted);
}

void virtual_stream::end_waits(error_code reason)
{
    if (connect_.waiting()) connect_.finish(reason);
    if (read_.waiting()) read_.finish(reason);
    if (write_.waiting()) write_.finish(reason);
}

// ---- listener

virtual_listener::virtual_listener(host& of, const net::tcp::endpoint& local, bool shares)
    : virtual_socket(of), shares_(shares), local_(of.in().open(*this, local)), accept_(of)
{
}

virtual_listener::~virtual_listener() { close(); }

void virtual_listener::close()
{
    if (!std::exchange(open_, false)) return;
    world_.close(*this, local_);
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

std::unique_ptr<virtual_stream> virtual_listener::accept_now()
{
    auto next = std::move(backlog_.front());
    backlog_.pop_front();
    return next;
}

virtual_stream& virtual_listener::incoming(const net::tcp::endpoint& local,
                                           const net::tcp::endpoint& client,
                                           std::shared_ptr<byte_pipe> towards,
                                           std::shared_ptr<byte_pipe> back)
{
    auto made = std::make_unique<virtual_stream>(host_);
    virtual_stream& stream = *made;
    stream.establish(local, client, std::move(towards), std::move(back));
    if (accept_.waiting()) accept_.finish({}, net::tcp_stream(std::move(made)));
    else backlog_.push_back(std::move(made));
    if (observer_ != nullptr) observer_->stream_changed();
    return stream;
}

// The request is an event of this instant, the answer is the next event.
void virtual_listener::request(virtual_stream& client)
{
    const auto towards = std::make_shared<byte_pipe>();
    client.await_answer(towards);
    ask(world_, local_, client.self(), towards, std::make_shared<byte_pipe>(), 0);
}

void virtual_listener::ask(world& in, const net::tcp::endpoint& at,
                           const std::weak_ptr<virtual_stream*>& from,
                           const std::shared_ptr<byte_pipe>& towards,
                           const std::shared_ptr<byte_pipe>& back, unsigned asked_before)
{
    // As link::stream_setup: 1, 3, 7 … seconds after the first.
    const auto later = asked_before == 0
                           ? net::duration(0)
                           : net::duration(std::chrono::seconds(1U << (asked_before - 1)));
    in.at(in.now() + later, [&in, at, from, towards, back, asked_before] {
        const auto asking = from.lock();
        if (!asking || !(*asking)->awaits_answer(towards.get())) return;
        auto* const listener =
            dynamic_cast<virtual_listener*>(in.find(at, (*asking)->local_endpoint().port()));
        constexpr unsigned most_requests = 7;
        if (listener && listener->backlog_.size() >= listener->backlog_max_) {
            if (asked_before < most_requests)
                return ask(in, at, from, towards, back, asked_before + 1);
            return (*asking)->refused(error::timed_out);
        }
        std::weak_ptr<virtual_stream*> server;
        if (listener)
            server = listener->incoming(at, (*asking)->local_endpoint(), towards, back).self();
        in.post([towards, back, from, server, found = listener != nullptr] {
            const auto still = from.lock();
            if (still && (*still)->awaits_answer(towards.get())) {
                if (found) (*still)->accepted(back, towards);
                else (*still)->refused(error::connection_refused);
            } else if (const auto waiting = server.lock()) {
                (*waiting)->reset(); // nobody listens there
            }
        });
    });
}

} // namespace badwire::sim
