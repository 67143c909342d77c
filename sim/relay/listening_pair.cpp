#include "sim/relay/listening_pair.hpp"

#include <linux/filter.h>
#include <sys/socket.h>

namespace badwire::relay {

using boost::asio::ip::tcp;
using boost::asio::ip::udp;
using boost::system::error_code;

void enlarge_buffers(udp::socket& socket)
{
    constexpr int wanted = 4 << 20;
    error_code refused; // best effort
    socket.set_option(udp::socket::receive_buffer_size(wanted), refused);
    socket.set_option(udp::socket::send_buffer_size(wanted), refused);
}

void drop_all(int socket, bool drop)
{
    sock_filter nothing{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
    const sock_fprog program{.len = 1, .filter = &nothing};
    ::setsockopt(socket, SOL_SOCKET, drop ? SO_ATTACH_FILTER : SO_DETACH_FILTER, &program,
                 sizeof program);
}

listening_pair listen_to_both(boost::asio::io_context& context, const endpoint& at)
{
    constexpr int attempts_max = 100;
    for (int attempt = 1;; ++attempt) {
        listening_pair made{udp::socket(context), tcp::acceptor(context)};
        // No SO_REUSEADDR for datagrams: it would let two relays share a port and its traffic.
        made.datagrams.open(at.protocol());
        made.datagrams.bind(at);
        made.datagrams.non_blocking(true);
        enlarge_buffers(made.datagrams);

        const tcp::endpoint same(at.address(), made.datagrams.local_endpoint().port());
        made.connections.open(same.protocol());
        made.connections.set_option(tcp::acceptor::reuse_address(true));
        limit_buffers(made.connections); // and so those of what it accepts
        error_code failed;
        made.connections.bind(same, failed);
        if (!failed)
            made.connections.listen(boost::asio::socket_base::max_listen_connections, failed);
        if (!failed) return made;
        const bool try_another = at.port() == 0 && failed == boost::asio::error::address_in_use;
        if (!try_another || attempt == attempts_max) throw boost::system::system_error(failed);
    }
}

} // namespace badwire::relay
