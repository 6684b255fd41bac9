"""One connection, where the network is unkind."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import pytest

from daemon.mqtt.connection import Connection, Lost
from daemon.mqtt.packets import Message
from tests.daemon.engines import taken_turns
from tests.daemon.mqtt.following import access

pytestmark = pytest.mark.anyio

WILL = Message("will", b"")


@asynccontextmanager
async def asking() -> AsyncIterator[tuple[Connection, asyncio.Task[None], Callable[[], Awaitable[None]]]]:
    """A connection whose request the broker has read, the task that opens it, and how the broker lets it in."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(access(f"mqtt://127.0.0.1:{server.getsockname()[1]}"), "us", WILL, version=4)
        opening = asyncio.create_task(connection.open())
        loop = asyncio.get_running_loop()
        server.setblocking(False)
        accepted, _ = await loop.sock_accept(server)
        with accepted:
            assert (await loop.sock_recv(accepted, 100))[:1] == b"\x10"
            yield connection, opening, partial(loop.sock_sendall, accepted, b"\x20\x02\x00\x00")


async def test_a_socket_that_is_closed_before_it_is_written_to() -> None:
    """What was to be written when the connection ends is written nowhere, whoever has the socket's number by then."""
    async with asking() as (connection, opening, let_in):
        await let_in()
        await opening
        connection.publish(Message("t", b"lost"), lambda reason: None)
        connection._send()
        connection.drop()
        ours, theirs = socket.socketpair()
        with ours, theirs:
            await taken_turns()
            loop = asyncio.get_running_loop()
            assert not loop.remove_writer(ours.fileno())
            assert not loop.remove_writer(theirs.fileno())


async def test_who_gives_up_as_the_answer_comes_is_obeyed() -> None:
    """The end of the wait and the broker's answer in one turn of the loop: up to Python 3.11 the library that waits
    loses the former, and whoever ends a publisher so would wait for it for ever."""
    async with asking() as (connection, opening, let_in):
        connection._client._connected.add_done_callback(lambda answered: opening.cancel())
        await let_in()
        with pytest.raises(asyncio.CancelledError):
            await opening
        assert connection.ended.done()


async def test_a_broker_that_never_answers_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The attempt ends in its time, and its socket with it."""
    monkeypatch.setattr("daemon.mqtt.connection.CONNECT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        connection = Connection(access(f"mqtt://127.0.0.1:{server.getsockname()[1]}"), "us", WILL)
        with pytest.raises(Lost, match="cannot be reached"):
            await connection.open()
        accepted, _ = server.accept()
        with accepted:
            accepted.settimeout(10)
            while accepted.recv(100):
                pass
