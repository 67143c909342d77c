"""What a program of a virtual world sees: its clock, its sockets, its random numbers."""

from __future__ import annotations

import functools
import ipaddress
import random
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, Union

from badwire import _arguments, _badwire
from badwire._closing import Closing
from badwire._tasks import Task, Tasks, nanoseconds

Value = TypeVar("Value")
Address = Union[int, tuple[str, int]]

_LOOPBACK = "127.0.0.1"
_MOST_BYTES = 2**31


class Net:
    """A process's side of a World; its program is called with it.

    Times are seconds of virtual time, addresses are ``("127.0.0.1", 5000)`` or just the port. A
    ``timeout`` is in seconds; when it passes, TimeoutError is raised. What a real socket would refuse
    is an OSError, such as ConnectionRefusedError.

    Attributes:
        name: The process's name.
        random: Random numbers of its own, which follow from the world's seed.
    """

    def __init__(
        self, process: _badwire.WorldProcess, tasks: Tasks, name: str, seed: int
    ) -> None:
        self.name = name
        self.random = random.Random(f"{seed}/{name}")
        self._process = process
        self._tasks = tasks

    @property
    def now(self) -> float:
        """Seconds since the world's beginning."""
        return self._process.now_ns() / 1e9

    async def sleep(self, seconds: float) -> None:
        """Waits for so long."""
        await self._tasks.ended(self._process.sleep(nanoseconds("seconds", seconds)))

    def spawn(self, coroutine: Coroutine[Any, Any, Value]) -> Task[Value]:
        """Runs a coroutine beside this one, from this instant on; ``await`` it for what it returns."""
        if not isinstance(coroutine, Coroutine):
            _arguments.expected("coroutine", "a coroutine", coroutine, kind=TypeError)
        return self._tasks.start(self.name, lambda: coroutine, self._process.sleep(0))

    def call_later(self, seconds: float, function: Callable[..., object], *args: Any) -> None:
        """Calls ``function(*args)`` after so long."""
        self._tasks.start(self.name, lambda: _call(function, args),
                          self._process.sleep(nanoseconds("seconds", seconds)))

    def udp_socket(self, port: int = 0, host: str = _LOOPBACK) -> UdpSocket:
        """A datagram socket; port 0 takes a free one. Raises OSError: the port is taken."""
        return UdpSocket(self, self._process.bind_udp(_address("port", (host, port), any_port=True)))

    def join(self, group: str, port: int) -> UdpSocket:
        """A socket that hears what is sent to that multicast group and port, and nothing else."""
        return UdpSocket(self, self._process.join(_address("group", (group, port))))

    async def connect(self, to: Address, *, timeout: float | None = None) -> Stream:
        """A connection to a listener. Raises ConnectionRefusedError, TimeoutError."""
        stream = self._process.stream()
        await self._tasks.ended(stream.connect(_address("to", to), _limit(timeout)))
        return Stream(self, stream)

    def listen(self, port: int = 0, host: str = _LOOPBACK) -> Listener:
        """Listens for connections; port 0 takes a free one. Raises OSError: the port is taken."""
        return Listener(self, self._process.listen(_address("port", (host, port), any_port=True)))


class UdpSocket(Closing):
    """A datagram socket; Net.udp_socket() and Net.join() make it."""

    def __init__(self, net: Net, socket: _badwire.WorldUdp) -> None:
        self._net = net
        self._socket = socket

    @property
    def address(self) -> tuple[str, int]:
        """Its host and port."""
        return self._socket.address()

    def sendto(self, data: bytes, to: Address) -> None:
        """Sends a datagram. Raises OSError: it is too large, or the socket closed."""
        self._socket.send(_arguments.buffer("data", data), _address("to", to))

    async def recvfrom(self, *, timeout: float | None = None) -> tuple[bytes, tuple[str, int]]:
        """The next datagram, and its sender's address. Raises TimeoutError.

        A socket keeps 4 MiB of datagrams that nobody has taken yet, and drops what comes beyond.
        """
        taken: tuple[bytes, tuple[str, int]] = await self._net._tasks.ended(
            self._socket.receive(_limit(timeout)))
        return taken

    def on_datagram(self, function: Callable[[bytes, tuple[str, int]], object]) -> None:
        """Calls ``function(data, sender)`` with each datagram, until the socket is closed."""

        async def hand_on() -> None:
            while True:
                try:
                    data, sender = await self.recvfrom()
                except OSError:
                    return  # closed
                function(data, sender)

        self._net.spawn(hand_on())

    def close(self) -> None:
        """Closes it; who waits for a datagram gets an OSError."""
        self._socket.close()


class Stream(Closing):
    """A connection; Net.connect() and Listener.accept() make it."""

    def __init__(self, net: Net, stream: _badwire.WorldStream) -> None:
        self._net = net
        self._stream = stream
        self._rest = b""  # read, and not taken

    @property
    def address(self) -> tuple[str, int]:
        """This end's host and port."""
        return self._stream.local()

    @property
    def peer(self) -> tuple[str, int]:
        """The other end's host and port."""
        return self._stream.remote()

    async def read(self, bytes_max: int = 65_536, *, timeout: float | None = None) -> bytes:
        """Some bytes; ``b""`` when the peer has ended. Raises TimeoutError, ConnectionResetError."""
        most = _arguments.whole("bytes_max", bytes_max, 1, _MOST_BYTES)
        if self._rest:
            taken, self._rest = self._rest[:most], self._rest[most:]
            return taken
        came: bytes = await self._net._tasks.ended(self._stream.read(most, _limit(timeout)))
        return came

    async def read_exactly(self, count: int, *, timeout: float | None = None) -> bytes:
        """So many bytes. Raises EOFError when the peer ends before, and what read() raises."""
        wanted = _arguments.whole("count", count, 0, _MOST_BYTES)
        while len(self._rest) < wanted:
            await self._read_on(timeout, f"{wanted} bytes")
        taken, self._rest = self._rest[:wanted], self._rest[wanted:]
        return taken

    async def read_line(self, *, timeout: float | None = None) -> bytes:
        """Bytes up to a line feed, with it. Raises what read_exactly() raises."""
        while b"\n" not in self._rest:
            await self._read_on(timeout, "the end of a line")
        line, feed, self._rest = self._rest.partition(b"\n")
        return line + feed

    async def _read_on(self, timeout: float | None, wanted: str) -> None:
        came: bytes = await self._net._tasks.ended(self._stream.read(65_536, _limit(timeout)))
        if not came:
            raise EOFError(f"the peer ended after {len(self._rest)} bytes, before {wanted}")
        self._rest += came

    async def write(self, data: bytes) -> None:
        """Writes all of it, as fast as the peer takes it. Raises ConnectionResetError and such."""
        await self._net._tasks.ended(self._stream.write(_arguments.buffer("data", data)))

    def end(self) -> None:
        """Half-close: the peer reads what was written, then the end."""
        self._stream.shutdown()

    def close(self) -> None:
        """Closes it; who waits gets an OSError."""
        self._stream.close()


class Listener(Closing):
    """Takes connections; Net.listen() makes it."""

    def __init__(self, net: Net, listener: _badwire.WorldListener) -> None:
        self._net = net
        self._listener = listener

    @property
    def address(self) -> tuple[str, int]:
        """Its host and port."""
        return self._listener.address()

    async def accept(self, *, timeout: float | None = None) -> Stream:
        """The next connection. Raises TimeoutError."""
        return Stream(self._net, await self._net._tasks.ended(self._listener.accept(_limit(timeout))))

    def close(self) -> None:
        """Listens no longer."""
        self._listener.close()


def _call(function: Callable[..., object], args: tuple[Any, ...]) -> None:
    function(*args)


def _limit(timeout: float | None) -> int | None:
    return None if timeout is None else nanoseconds("timeout", timeout)


def _address(name: str, given: Any, *, any_port: bool = False) -> tuple[str, int]:
    """The host, a numeric address, and the port."""
    host, port = given if isinstance(given, tuple) and len(given) == 2 else (_LOOPBACK, given)
    what = '("127.0.0.1", 5000) or a port'
    try:
        number = _arguments.whole(name, port, 0 if any_port else 1, 65_535)
    except TypeError:
        _arguments.expected(name, what, given, kind=TypeError)
    numeric = _numeric(_arguments.text(name, host))
    if numeric is None:
        _arguments.expected(name, what, given)
    return numeric, number


@functools.lru_cache
def _numeric(host: str) -> str | None:
    """The address; a world knows addresses and localhost only."""
    if host == "localhost":
        return _LOOPBACK
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None
