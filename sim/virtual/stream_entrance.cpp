#include "sim/virtual/stream_entrance.hpp"

#include <algorithm>

namespace badwire::sim {

namespace error = net::asio::error;
using arrival = link::stream_path::arrival;

/// One connection. Its two ends share ownership, because both pipes are parts of it; before, the
/// client does that waits for the answer, and then itself until the server has its end.
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
          setup_(through.up_, through.flow_up_, through.down_, through.flow_down_, number_,
                 started_),
          up_(through.up_, through.flow_up_, number_, {through.down_, through.flow_down_},
              started_),
          down_(through.down_, through.flow_down_, number_, {through.up_, through.flow_up_},
                started_),
          alarm_(through.world_, *this)
    {
        through.connections_.push_back(*this);
        towards_server_.carrier = towards_client_.carrier = this;
        through.up_.advance(started_);
        refused_ = through.up_.stream_refused(through.flow_up_, number_);
        if (through.watcher_ != nullptr) show_to(*through.watcher_);
    }
    linked_connection(const linked_connection&) = delete;

    std::size_t room(const byte_pipe& along) override
    {
        if (!over()) return path(along).room(now());
        constexpr std::size_t window = link::stream_faults{}.window_bytes;
        return window - std::min(window, along.in_flight); // nothing arrives any more
    }
    void await_room(const byte_pipe&) override { arm(); }
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
    void carry_reset(byte_pipe& along) override
    {
        if (over()) return;
        path(along).offer_reset();
        entered(along);
    }
    void was_read(byte_pipe& along, std::size_t bytes) override
    {
        if (over()) return;
        path(along).was_read(bytes, now());
        arm();
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
        unaccepted_.reset();
    }

private:
    void show_to(link::packet_watcher& by)
    {
        const auto stored = [](const net::tcp::endpoint& at) {
            return link::stored_address(at.data(), at.size());
        };
        seen_.emplace(by, link::lane::name_of(entrance_->flow_up_), number_,
                      link::watched_stream::ends{stored(client_address_), stored(entrance_->at_),
                                                 stored(entrance_->upstream_)});
        seen_->server_sees(stored(client_address_));
        setup_.watch(&*seen_);
        up_.watch(&*seen_);
        down_.watch(&*seen_);
    }

    bool over() const { return entrance_ == nullptr || over_; }
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
        setup_.bytes_arrive(up_.next_arrival());
        arm();
    }

    void move_on()
    {
        if (over()) return;
        // Both lanes, also while nothing is on its way: arm() asks both for their next change.
        entrance_->up_.advance(now());
        entrance_->down_.advance(now());
        if (reset_due() <= now()) {
            for (link::lane* lane : {&entrance_->up_, &entrance_->down_})
                if (link::reset_due(lane->asked().tcp, started_) <= now())
                    lane->strikes().stream_struck("tcp");
            reset();
            return;
        }
        set_up();
        up_.advance(now());
        down_.advance(now());
        setup_.bytes_arrive(up_.next_arrival());
        if (acknowledged_) hand_on(up_, towards_server_);
        if (established_) hand_on(down_, towards_client_);
    }

    link::duration reset_due() const
    {
        return std::min(link::reset_due(entrance_->up_.asked().tcp, started_),
                        link::reset_due(entrance_->down_.asked().tcp, started_));
    }

    void set_up()
    {
        using happened = link::stream_setup::event;
        while (!over()) {
            switch (setup_.next(now())) {
            case happened::none: return;
            case happened::asked: setup_.answer(!refused_ && listener() != nullptr); break;
            case happened::established: establish(); break;
            case happened::refused: give_up(error::connection_refused); break;
            case happened::acknowledged: accept(); break;
            case happened::given_up: give_up(error::timed_out); break;
            }
        }
    }

    virtual_listener* listener() const
    {
        return dynamic_cast<virtual_listener*>(
            entrance_->world_.find(entrance_->upstream_, client_address_.port()));
    }

    // The client's connect(), if it still waits.
    virtual_stream* waiting_client() const
    {
        const auto client = client_.lock();
        return client && (*client)->awaits_answer(this) ? *client : nullptr;
    }

    void establish()
    {
        if (virtual_stream* client = waiting_client()) {
            established_ = true;
            unaccepted_ = shared_from_this();
            client->accepted(share(towards_client_), share(towards_server_));
        } else {
            over_ = true; // the server's answer is answered by a reset: it accepts nothing
        }
    }

    void accept()
    {
        acknowledged_ = true;
        if (virtual_listener* server = listener())
            server->incoming(entrance_->upstream_, client_address_, share(towards_server_),
                             share(towards_client_));
        else refuse_more(towards_server_);
        unaccepted_.reset(); // look() keeps it
    }

    void give_up(net::error_code why)
    {
        over_ = true;
        if (virtual_stream* client = waiting_client()) client->refused(why);
    }

    // Nobody reads there (any more): what arrives is answered by a reset.
    void refuse_more(byte_pipe& along)
    {
        byte_pipe& back = &along == &towards_server_ ? towards_client_ : towards_server_;
        path(back).offer_reset();
        path(back).advance(now());
    }

    void hand_on(link::stream_path& along, byte_pipe& pipe)
    {
        if (along.ended()) pipe.thrown_away = true;
        while (!over()) {
            auto next = along.take(now());
            if (!next) break;
            switch (next->is) {
            case arrival::kind::data:
                if (!virtual_stream::arrived(pipe, next->bytes)) refuse_more(pipe);
                break;
            case arrival::kind::end: virtual_stream::arrived_end(pipe); break;
            case arrival::kind::reset: reset(); break;
            }
            if (next->alone) break; // the reader must read it first
        }
        virtual_stream::let_write(pipe);
    }

    void reset()
    {
        over_ = true;
        const auto keep = std::exchange(unaccepted_, nullptr);
        if (virtual_stream* client = waiting_client()) client->refused(error::connection_reset);
        for (virtual_stream* end : {towards_server_.reader, towards_client_.reader})
            if (end != nullptr) end->reset();
    }

    void arm()
    {
        if (over() || (towards_server_.reader_gone && towards_client_.reader_gone)) {
            alarm_.stop();
            return;
        }
        auto next =
            std::min({reset_due(), entrance_->up_.next_change(), entrance_->down_.next_change(),
                      setup_.next_event(), up_.next_entry(), down_.next_entry()});
        if (acknowledged_) next = std::min(next, up_.next_arrival());
        if (established_) next = std::min(next, down_.next_arrival());
        if (virtual_stream::waits_to_write(towards_server_)) next = std::min(next, up_.next_room());
        if (virtual_stream::waits_to_write(towards_client_))
            next = std::min(next, down_.next_room());
        if (next == link::forever) {
            alarm_.stop();
        } else if (!alarm_.scheduled() || armed_for_ != next) {
            armed_for_ = next;
            alarm_.set(entrance_->start_ + next);
        }
    }

    stream_entrance* entrance_;
    std::weak_ptr<virtual_stream*> client_;
    std::shared_ptr<linked_connection> unaccepted_; // itself
    net::tcp::endpoint client_address_;
    std::uint64_t number_;
    link::duration started_;
    std::optional<link::watched_stream> seen_{};
    link::stream_setup setup_;
    link::stream_path up_, down_;
    byte_pipe towards_server_, towards_client_;
    bool refused_ = false;      // by the link
    bool established_ = false;  // the client is connected
    bool acknowledged_ = false; // the server is connected
    bool over_ = false;
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
    for (const auto& known : all()) known->lose_link();
}

void stream_entrance::request(virtual_stream& client)
{
    auto made = std::make_shared<linked_connection>(*this, client);
    client.await_answer(made);
    made->look();
}

void stream_entrance::asked_changed()
{
    for (const auto& known : all()) known->look();
}

// What is done to one may end it.
std::vector<std::shared_ptr<linked_connection>> stream_entrance::all()
{
    std::vector<std::shared_ptr<linked_connection>> kept;
    for (linked_connection& known : connections_) kept.push_back(known.shared_from_this());
    return kept;
}

} // namespace badwire::sim
