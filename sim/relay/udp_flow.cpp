#include "sim/relay/udp_flow.hpp"

#include "sim/link/kept_port.hpp"
#include "sim/relay/listening_pair.hpp"

namespace badwire::relay {

using boost::asio::ip::udp;
using boost::system::error_code;

namespace {

// The port's owner keeps it: this is another address of this machine, or all of them where the
// upstream is not reached from such a one. Where none is free the socket stays unbound.
void bind_to_port(udp::socket& socket, const endpoint& upstream, std::uint16_t port)
{
    error_code failed;
    if (!upstream.address().is_v4() || !upstream.address().is_loopback())
        socket.bind(endpoint(upstream.protocol(), port), failed);
    else
        link::keep_port(port, [&](const endpoint& at) {
            socket.bind(at, failed);
            return !failed;
        });
}

} // namespace

// Two sockets share the address: what comes from the upstream goes to the connected one. That one
// was bound alone, so that no two flows share it.
void udp_flow::open_side_door()
{
    auto made = std::make_shared<side_door>(udp::socket(socket.get_executor()));
    const endpoint at = local.to_endpoint();
    error_code failed;
    socket.set_option(udp::socket::reuse_address(true), failed);
    if (!failed) made->socket.open(at.protocol(), failed);
    if (!failed) made->socket.non_blocking(true, failed);
    if (!failed) made->socket.set_option(udp::socket::reuse_address(true), failed);
    if (!failed) made->socket.bind(at, failed);
    if (failed) return;
    made->local = local;
    side = std::move(made);
}

std::vector<last_sent::one> last_sent::take(const refusal& about)
{
    std::size_t found = all_.size();
    for (std::size_t i = 0; i < all_.size(); ++i) {
        const one& known = at(i);
        if (!known.there || known.start != about.start) continue;
        found = std::min(found, i);
        if (known.bytes != about.bytes) continue;
        found = i;
        break;
    }
    std::vector<one> taken;
    if (found == all_.size()) return taken;
    // A bundle is refused as a whole: its datagrams have one size, only the last may be shorter.
    const std::uint32_t size = at(found).bytes;
    for (std::size_t covered = 0; found < all_.size(); ++found) {
        one& next = at(found);
        if (!next.there || next.bytes > size) break;
        covered += next.bytes;
        next.there = false;
        taken.push_back(next);
        const bool all = covered >= about.bytes && !about.cut_short;
        if (all || size >= about.bytes || next.bytes < size) break;
    }
    return taken;
}

bool udp_flow::open(bool keep_port)
{
    const endpoint& upstream = port->upstream;
    error_code failed;
    socket.open(upstream.protocol(), failed);
    if (!failed) socket.non_blocking(true, failed);
    if (!failed && keep_port) bind_to_port(socket, upstream, client.to_endpoint().port());
    if (!failed) socket.connect(upstream, failed);
    if (!failed) local = peer_address(socket.local_endpoint(failed));
    if (failed) {
        error_code ignored;
        socket.close(ignored);
        return false;
    }
    enlarge_buffers(socket);
    return true;
}

} // namespace badwire::relay
