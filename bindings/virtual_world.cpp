#include "bindings/virtual_world.hpp"

#include <stdexcept>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "harness/run/run_folder.hpp"
#include "impl/apps/shared/program.hpp"

namespace badwire::bindings {
namespace {

namespace error = net::asio::error;

constexpr std::size_t largest_datagram = 65'536;

// Ends a run of the world at its time.
struct reached {};
struct end_of_run final : sim::event {
    end_of_run() { wakes_nobody(); }
    void fire() override { throw reached(); }
};

// At most one operation of a kind waits at a socket; `what` says of which.
std::shared_ptr<bool> take(const std::shared_ptr<bool>& waiting, const char* what)
{
    if (*waiting)
        throw std::logic_error(
            fmt::format("another task already waits for {} at this socket", what));
    *waiting = true;
    return waiting;
}

template <typename Socket>
void limit(Socket& socket, net::duration timeout)
{
    if (timeout == no_timeout) socket.expires_never();
    else socket.expires_after(timeout);
}

} // namespace

void virtual_world::operation::end(net::error_code failed, outcome result) const
{
    if (of->programs_ != nullptr) of->programs_->ended(number, failed, std::move(result));
}

bool virtual_world::run(world_programs& programs, net::time_point until, std::uint64_t most_events)
{
    struct running {
        virtual_world& self;
        end_of_run end{};
        running(virtual_world& in, world_programs& told) : self(in)
        {
            if (in.programs_ != nullptr)
                throw std::logic_error("the world runs already: a program of it cannot run it");
            in.programs_ = &told;
            in.between_.ask(&told);
        }
        ~running()
        {
            self.world_.queue().unschedule(end);
            self.between_.ask(nullptr);
            self.programs_ = nullptr;
        }
    } now(*this, programs);
    if (until != net::never) world_.queue().schedule(now.end, until);
    try {
        return world_.run(most_events);
    } catch (const reached&) {
        return false;
    }
}

// What is left is taken down while its links are still there.
virtual_world::~virtual_world()
{
    try {
        for (const auto& one : processes_) {
            one->network().side().resume();
            one->network().stop();
        }
        while (world_.run()) {}
    } catch (...) {
        // Nobody is left to be told.
    }
}

std::shared_ptr<world_process> virtual_world::add(const std::string& name,
                                                  const std::string& folder)
{
    auto& made = processes_.emplace_back(std::make_unique<world_process>(*this, name, folder));
    return {shared_from_this(), made.get()};
}

world_process::world_process(virtual_world& in, const std::string& name, const std::string& folder)
    : in_(in),
      files_(folder),
      network_(
          in.world(), files_, harness::process_seed(in.seed(), name),
          [this](std::string_view text) { output_ += text; },
          [this](std::string_view text) { errors_ += text; })
{
    network_.console().end_input();
    in_.between().name(network_.side(), name);
}

std::uint64_t world_process::sleep(net::duration delay)
{
    const auto begun = in_.begin();
    auto timer = std::make_shared<net::timer>(network_.make_timer());
    timer->expires_after(delay);
    timer->async_wait([timer, begun](net::error_code failed) { begun.end(failed, {}); });
    return begun.number;
}

std::uint64_t world_process::start(const std::string& program, std::vector<std::string> words)
{
    const apps::program* const found = apps::find_program(program);
    if (found == nullptr) throw net::failure("there is no program " + program);
    const auto begun = in_.begin();
    net::asio::co_spawn(network_.get_executor(),
                        apps::run_program(*found, std::move(words), network_),
                        [begun](std::exception_ptr problem, int exit) {
                            constexpr int aborted = 134; // as after SIGABRT
                            begun.end({}, problem ? aborted : exit);
                        });
    return begun.number;
}

world_udp::world_udp(std::shared_ptr<world_process> of, net::udp_socket socket)
    : of_(std::move(of)),
      socket_(std::move(socket)),
      buffer_(std::make_unique_for_overwrite<char[]>(largest_datagram))
{
}

std::uint64_t world_udp::receive(net::duration timeout)
{
    const auto waiting = take(waiting_, "a datagram");
    const auto begun = of_->in().begin();
    limit(socket_, timeout);
    socket_.async_receive_from(
        net::asio::buffer(buffer_.get(), largest_datagram), sender_,
        [this, waiting, begun](net::error_code failed, std::size_t length) {
            *waiting = false;
            if (failed) return begun.end(failed, {}); // this may be gone
            begun.end({}, received{std::string(buffer_.get(), length), sender_});
        });
    return begun.number;
}

void world_udp::send(std::string_view payload, const net::udp::endpoint& to)
{
    if (!open_) throw net::system_error(error::bad_descriptor);
    constexpr std::size_t most = 65'507; // what UDP over IPv4 carries
    if (payload.size() > most) throw net::system_error(error::message_size);
    auto from = local();
    if (from.address().is_unspecified() || from.address().is_multicast())
        from.address(net::asio::ip::address_v4::loopback());
    const auto* const bytes = reinterpret_cast<const std::byte*>(payload.data());
    of_->in().world().send(of_->network().side(), from, to,
                           sim::datagram(bytes, bytes + payload.size()));
}

void world_udp::close()
{
    open_ = false;
    socket_.close();
}

std::uint64_t world_stream::connect(const net::tcp::endpoint& to, net::duration timeout)
{
    const auto begun = of_->in().begin();
    limit(stream_, timeout);
    stream_.async_connect(to, [begun](net::error_code failed) { begun.end(failed, {}); });
    return begun.number;
}

std::uint64_t world_stream::read(std::size_t bytes_max, net::duration timeout)
{
    const auto waiting = take(reading_, "bytes");
    const auto begun = of_->in().begin();
    limit(stream_, timeout);
    auto buffer = std::make_unique_for_overwrite<char[]>(bytes_max);
    const auto into = net::asio::buffer(buffer.get(), bytes_max);
    stream_.async_read_some(into, [waiting, begun, buffer = std::move(buffer)](
                                      net::error_code failed, std::size_t length) {
        *waiting = false;
        if (failed == error::eof) return begun.end({}, std::string());
        begun.end(failed, std::string(buffer.get(), failed ? 0 : length));
    });
    return begun.number;
}

std::uint64_t world_stream::write(std::string bytes)
{
    const auto waiting = take(writing_, "room");
    const auto begun = of_->in().begin();
    auto kept = std::make_shared<std::string>(std::move(bytes));
    net::asio::async_write(stream_, net::asio::buffer(*kept),
                           [waiting, begun, kept](net::error_code failed, std::size_t) {
                               *waiting = false;
                               begun.end(failed, {});
                           });
    return begun.number;
}

std::uint64_t world_listener::accept(net::duration timeout)
{
    const auto waiting = take(waiting_, "a connection");
    const auto begun = of_->in().begin();
    limit(listener_, timeout);
    listener_.async_accept(
        [waiting, begun, of = of_.get()](net::error_code failed, net::tcp_stream accepted) {
            *waiting = false;
            if (failed || !begun.wanted()) return begun.end(failed, {});
            const std::shared_ptr<world_process> kept(begun.of->shared_from_this(), of);
            begun.end({}, std::make_shared<world_stream>(kept, std::move(accepted)));
        });
    return begun.number;
}

} // namespace badwire::bindings
