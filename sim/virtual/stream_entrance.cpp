#include "sim/virtual/stream_entrance.hpp"

#include <algorithm>
#include <deque>
#include <ranges>

#include "sim/virtual/connection_leg.hpp"

namespace badwire::sim {

namespace error = net::asio::error;
using arrival = link::stream_path::arrival;

/// One connection. Its two ends share ownership, because both pipes are parts of it; before, the
/// client does that waits for the answer, and then itself until the server has its end.
class linked_connection final : public stream_carrier,
                                public std::enable_shared_from_this<linked_connection> {
public:
    linked_connection(stream_entrance& through, virtual_stream& client)
        : world_(through.world_),
          start_(through.start_),
          client_(client.self()),
          client_address_(client.local_endpoint()),
          started_(now()),
          alarm_(world_, *this)
    {
        towards_server_.carrier = towards_client_.carrier = this;
        for (stream_entrance* next = &through; next != nullptr; next = entrance_behind(*next))
            legs_.emplace_back(*this, *next);
        for (connection_leg& one : legs_)
            up_.add(one.up(), one.flow_up(), one.number, {one.down(), one.flow_down()}, started_);
        for (connection_leg& one : legs_ | std::views::reverse)
            down_.add(one.down(), one.flow_down(), one.number, {one.up(), one.flow_up()}, started_);
        for (std::size_t i = 0; i < legs_.size(); ++i) watch(i);
        legs_.front().begin(started_);
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
    /// One of the links no longer exists.
    void lose_link()
    {
        lost_link_ = true;
        alarm_.stop();
        unaccepted_.reset();
    }

private:
    stream_entrance* entrance_behind(const stream_entrance& one) const
    {
        constexpr std::size_t links_max = 64; // and no circle
        if (legs_.size() >= links_max) return nullptr;
        return dynamic_cast<stream_entrance*>(world_.find(one.upstream_));
    }
    // What passes a leg is shown to the watcher of its link.
    void watch(std::size_t place)
    {
        connection_leg& leg = legs_[place];
        if (!leg.show_to(client_address_)) return;
        up_.watch(place, &*leg.seen);
        down_.watch(legs_.size() - 1 - place, &*leg.seen);
    }
    // The client's bytes may come in the stead of its acknowledgment.
    void expect_bytes()
    {
        for (std::size_t i = 0; i < legs_.size(); ++i)
            if (legs_[i].setup) legs_[i].setup->bytes_arrive(up_.next_arrival(i));
    }

    bool over() const { return lost_link_ || over_; }
    link::duration now() const { return world_.now() - start_; }
    link::stream_route& path(const byte_pipe& along)
    {
        return &along == &towards_server_ ? up_ : down_;
    }
    template <typename Use>
    void each_lane(Use use) const
    {
        for (const connection_leg& one : legs_) use(one.up()), use(one.down());
    }
    std::shared_ptr<byte_pipe> share(byte_pipe& pipe) { return {shared_from_this(), &pipe}; }

    void entered(byte_pipe& along)
    {
        path(along).advance(now());
        along.thrown_away |= path(along).ended();
        expect_bytes();
        arm();
    }

    void move_on()
    {
        if (over()) return;
        // All lanes, also while nothing is on its way: arm() asks each for its next change.
        each_lane([this](link::lane& lane) { lane.advance(now()); });
        if (reset_due() <= now()) {
            each_lane([this](link::lane& lane) {
                if (link::reset_due(lane.asked().tcp, started_) <= now())
                    lane.strikes().stream_struck("tcp");
            });
            reset();
            return;
        }
        set_up();
        up_.advance(now());
        down_.advance(now());
        expect_bytes();
        if (acknowledged_) hand_on(up_, towards_server_);
        else virtual_stream::let_write(towards_server_); // a link behind has taken some
        if (established_) hand_on(down_, towards_client_);
    }

    link::duration reset_due() const
    {
        auto due = link::forever;
        each_lane([&](link::lane& lane) {
            due = std::min(due, link::reset_due(lane.asked().tcp, started_));
        });
        return due;
    }

    void set_up()
    {
        for (std::size_t i = 0; i < legs_.size() && !over();)
            i = set_up(i) ? 0 : i + 1; // what one leg has done may let another go on
        if (!over() && accept_at_ <= now()) accept();
    }

    // The next step of a leg; false: there is none.
    bool set_up(std::size_t place)
    {
        using happened = link::stream_setup::event;
        connection_leg& leg = legs_[place];
        if (!leg.setup || leg.waits) return false;
        switch (leg.setup->next(now())) {
        case happened::none: return false;
        case happened::asked: ask_onwards(place); break;
        case happened::established:
            leg.answered_at = now();
            if (!answer_to_leg_before(place, true)) establish();
            break;
        case happened::refused:
            if (!answer_to_leg_before(place, false)) give_up(error::connection_refused);
            break;
        case happened::acknowledged:
            leg.acknowledged = true;
            leg.acknowledged_at = now();
            await_accept();
            break;
        case happened::given_up: give_up(error::timed_out); break;
        }
        return true;
    }

    void ask_onwards(std::size_t place)
    {
        connection_leg& leg = legs_[place];
        if (leg.refused) return leg.setup->answer(false);
        if (place + 1 == legs_.size()) return leg.setup->answer(listener() != nullptr);
        connection_leg& next = legs_[place + 1];
        if (next.answered) return leg.setup->answer(true); // was asked before
        leg.waits = true;
        if (!next.setup) next.begin(now());
    }

    bool answer_to_leg_before(std::size_t place, bool accepts)
    {
        legs_[place].answered = true;
        if (place == 0) return false;
        legs_[place - 1].waits = false;
        legs_[place - 1].setup->answer(accepts);
        return true;
    }

    // The client's acknowledgment takes one link after the other; each leg's own setup knows how long
    // that takes there.
    void await_accept()
    {
        if (!std::ranges::all_of(legs_, &connection_leg::acknowledged)) return;
        accept_at_ = legs_.front().acknowledged_at;
        for (std::size_t i = 1; i < legs_.size(); ++i)
            accept_at_ += legs_[i].acknowledged_at - legs_[i].answered_at;
    }

    virtual_listener* listener() const
    {
        return dynamic_cast<virtual_listener*>(
            world_.find(legs_.back().through->upstream_, client_address_.port()));
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
        accept_at_ = link::forever;
        if (virtual_listener* server = listener())
            server->incoming(legs_.back().through->upstream_, client_address_,
                             share(towards_server_), share(towards_client_));
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

    void hand_on(link::stream_route& along, byte_pipe& pipe)
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
        auto next = std::min({reset_due(), accept_at_, up_.next_entry(), down_.next_entry()});
        each_lane([&](link::lane& lane) { next = std::min(next, lane.next_change()); });
        for (const connection_leg& one : legs_)
            if (one.setup && !one.waits) next = std::min(next, one.setup->next_event());
        if (acknowledged_) next = std::min(next, up_.next_arrival());
        if (established_) next = std::min(next, down_.next_arrival());
        if (virtual_stream::waits_to_write(towards_server_)) next = std::min(next, up_.next_room());
        if (virtual_stream::waits_to_write(towards_client_))
            next = std::min(next, down_.next_room());
        if (next == link::forever) {
            alarm_.stop();
        } else if (!alarm_.scheduled() || armed_for_ != next) {
            armed_for_ = next;
            alarm_.set(start_ + next);
        }
    }

    world& world_;
    net::time_point start_; // of the links' time
    std::weak_ptr<virtual_stream*> client_;
    std::shared_ptr<linked_connection> unaccepted_; // itself
    net::tcp::endpoint client_address_;
    link::duration started_;
    std::deque<connection_leg> legs_; // in the order from the client; they stay where they are
    link::stream_route up_, down_;
    link::duration accept_at_ = link::forever; // the client's acknowledgment is at the server
    byte_pipe towards_server_, towards_client_;
    bool established_ = false;  // the client is connected
    bool acknowledged_ = false; // the server is connected
    bool over_ = false;
    bool lost_link_ = false;
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
    for (connection_leg& known : connections_) kept.push_back(known.of.shared_from_this());
    return kept;
}

} // namespace badwire::sim
