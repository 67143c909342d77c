#include "sim/virtual/stream_entrance.hpp"

#include <algorithm>

namespace badwire::sim {

namespace error = net::asio::error;
using arrival = link::stream_path::arrival;

/// One connection. Its two ends share ownership, because both pipes are parts of it; a client that
/// waits for the answer owns it, too.
class linked_connection final : public stream_carrier,
                                public stream_entrance::list_hook,
                                public std::enable_shared_from_this<linked_connection> {
public:
    linked_connection(stream_entrance& through, virtual_stream& client)
        : entrance_(&through),
          client_(client.self()),
          client_address_(client.local_endpoint()),
          number_(through.asked_++),
          started_(now()),
          up_(through.up_, through.flow_up_, number_),
          down_(through.down_, through.flow_down_, number_),
          alarm_(through.world_, *this)
    {
        through.connections_.push_back(*this);
        towards_server_.carrier = towards_client_.carrier = this;
        through.up_.advance(started_);
        refused_ = through.up_.stream_refused(through.flow_up_, number_);
    }
    linked_connection(const linked_connection&) = delete;

    void carry(byte_pipe& along, std::span<const std::byte> bytes) override
    {
        if (over()) return;
        path(along).offer(bytes, now());
        entered(along);
    }
    void carry_end(byte_pipe& along) override
    {
        if (over()) return;
        path(along).offer_end();
        entered(along);
    }

    /// Does whatever is due.
    void look()
    {
        const auto keep = shared_from_this(); // an answer releases the request
        move_on();
        arm();
    }
    /// The link no longer exists.
    void lose_link()
    {
        entrance_ = nullptr;
        alarm_.stop();
    }

private:
    enum class stage { asking, asked, answering, answered, established, over };

    bool over() const { return entrance_ == nullptr || stage_ == stage::over; }
    bool server_there() const { return accepted_ && stage_ >= stage::answering; }
    bool client_there() const { return stage_ == stage::established; }
    link::duration now() const { return entrance_->world_.now() - entrance_->start_; }
    link::stream_path& path(const byte_pipe& along)
    {
        return &along == &towards_server_ ? up_ : down_;
    }
    std::shared_ptr<byte_pipe> share(byte_pipe& pipe) { return {shared_from_this(), &pipe}; }

    void entered(byte_pipe& along)
    {
        path(along).advance(now());
        along.thrown_away |= path(along).ended();
        arm();
    }

    void move_on()
    {
        if (over()) return;
        // Both lanes, in every stage: arm() asks both for their next change.
        entrance_->up_.advance(now());
        entrance_->down_.advance(now());
        if (reset_due() <= now()) {
            for (link::lane* lane : {&entrance_->up_, &entrance_->down_})
                if (link::reset_due(lane->asked().tcp, started_) <= now())
                    lane->strikes().stream_struck("tcp");
            reset();
            return;
        }
        while (next_stage()) {}
        up_.advance(now());
        if (server_there()) {
            down_.advance(now());
            hand_on(up_, towards_server_);
        }
        if (client_there()) hand_on(down_, towards_client_);
    }

    link::duration reset_due() const
    {
        return std::min(link::reset_due(entrance_->up_.asked().tcp, started_),
                        link::reset_due(entrance_->down_.asked().tcp, started_));
    }

    // One step of the request's path to the server and back; false where it has to wait.
    bool next_stage()
    {
        stream_entrance& by = *entrance_;
        switch (stage_) {
        case stage::asking: return pass(by.up_, by.flow_up_, stage::asked);
        case stage::asked:
            if (now() < due_) return false;
            ask_server();
            stage_ = stage::answering;
            return true;
        case stage::answering: return pass(by.down_, by.flow_down_, stage::answered);
        case stage::answered:
            if (now() < due_) return false;
            answer_client();
            return true;
        case stage::established:
        case stage::over: break;
        }
        return false;
    }

    bool pass(link::lane& lane, const link::flow& flow, stage next)
    {
        if (lane.asked().cut) {
            if (!std::exchange(cut_off_, true)) lane.strikes().stream_struck("cut");
            return false;
        }
        due_ = now() + lane.stream_delay(flow, number_, 0);
        stage_ = next;
        return true;
    }

    void ask_server()
    {
        if (refused_) return;
        auto* listener =
            dynamic_cast<virtual_listener*>(entrance_->world_.find(entrance_->upstream_));
        accepted_ = listener != nullptr;
        if (accepted_)
            listener->incoming(entrance_->upstream_, client_address_, share(towards_server_),
                               share(towards_client_));
    }

    void answer_client()
    {
        stage_ = accepted_ ? stage::established : stage::over;
        const auto client = client_.lock();
        if (client && (*client)->awaits_answer(this)) {
            if (accepted_) (*client)->accepted(share(towards_client_), share(towards_server_));
            else (*client)->refused(error::connection_refused);
        } else {
            towards_client_.reader_gone = true;
            up_.offer_reset(); // nobody listens there
        }
    }

    void hand_on(link::stream_path& along, byte_pipe& pipe)
    {
        if (along.ended() && !std::exchange(pipe.thrown_away, true))
            virtual_stream::let_write(pipe);
        while (!over()) {
            auto next = along.take(now());
            if (!next) return;
            switch (next->is) {
            case arrival::kind::data: virtual_stream::arrived(pipe, next->bytes); break;
            case arrival::kind::end: virtual_stream::arrived_end(pipe); break;
            case arrival::kind::reset: reset(); break;
            }
            if (next->alone) return; // the reader must read it first
        }
    }

    void reset()
    {
        stage_ = stage::over;
        const auto client = client_.lock();
        if (client && (*client)->awaits_answer(this)) (*client)->refused(error::connection_reset);
        for (virtual_stream* end : {towards_server_.reader, towards_client_.reader})
            if (end != nullptr) end->reset();
    }

    void arm()
    {
        if (over() || (towards_server_.reader_gone && towards_client_.reader_gone)) {
            alarm_.stop();
            return;
        }
        auto next = std::min({reset_due(), entrance_->up_.next_change(),
                              entrance_->down_.next_change(), up_.next_entry()});
        if (stage_ == stage::asked || stage_ == stage::answered) next = std::min(next, due_);
        if (server_there()) next = std::min({next, up_.next_arrival(), down_.next_entry()});
        if (client_there()) next = std::min(next, down_.next_arrival());
        if (next == link::forever) {
            alarm_.stop();
        } else if (!alarm_.scheduled() || armed_for_ != next) {
            armed_for_ = next;
            alarm_.set(entrance_->start_ + next);
        }
    }

    stream_entrance* entrance_;
    std::weak_ptr<virtual_stream*> client_;
    net::tcp::endpoint client_address_;
    std::uint64_t number_;
    link::duration started_;
    link::stream_path up_, down_;
    byte_pipe towards_server_, towards_client_;
    stage stage_ = stage::asking;
    link::duration due_{0}; // the request at the server, or the answer at the client
    bool refused_ = false;
    bool cut_off_ = false; // its request met a cut
    bool accepted_ = false;
    link::duration armed_for_{0};
    alarm<linked_connection, &linked_connection::look> alarm_;
};

stream_entrance::stream_entrance(world& in, link::lane& up, link::lane& down,
                                 const net::tcp::endpoint& upstream, std::string_view flow_name,
                                 net::time_point start)
    : world_(in),
      up_(up),
      down_(down),
      upstream_(upstream),
      flow_up_(up.open_flow(flow_name)),
      flow_down_(down.open_flow(flow_name)),
      start_(start)
{
}

stream_entrance::~stream_entrance()
{
    for (linked_connection& known : connections_) known.lose_link();
}

void stream_entrance::request(virtual_stream& client)
{
    auto made = std::make_shared<linked_connection>(*this, client);
    client.await_answer(made);
    made->look();
}

void stream_entrance::asked_changed()
{
    std::vector<std::shared_ptr<linked_connection>> all; // look() may end one
    for (linked_connection& known : connections_) all.push_back(known.shared_from_this());
    for (const auto& known : all) known->look();
}

} // namespace badwire::sim
