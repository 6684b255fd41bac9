"""The embedded broker: it is there for everybody on this machine and nobody else, comes back, and leaves nothing."""

import asyncio
import contextlib
import os
import resource
import signal
import socket
import sys
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import aiomqtt
import pytest

from daemon.mqtt import broker as broker_module
from daemon.mqtt.broker import BrokerMissing, EmbeddedBroker
from daemon.mqtt.broker_process import LARGEST_PAYLOAD_BYTES, MOST_DATA_BYTES
from tests.daemon.executors.waiting import readable
from tests.daemon.mqtt.changes import Changes

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def running(port: int = 0) -> AsyncIterator[tuple[EmbeddedBroker, Changes]]:
    """A broker that answers, and what it tells of its changes."""
    changes = Changes()
    broker = EmbeddedBroker("127.0.0.1", port, changes)
    assert await broker.start() == await changes.next()
    try:
        yield broker, changes
    finally:
        await broker.stop()


def client(url: str) -> aiomqtt.Client:
    """A client of the broker at a URL."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return aiomqtt.Client(parts.hostname, parts.port)


async def passed_on(url: str, payload: bytes) -> bytes:
    """What a subscriber gets of what is published."""
    async with asyncio.timeout(30), client(url) as monitor, client(url) as publisher:
        await monitor.subscribe("#", qos=1)
        await publisher.publish("reglue/v1/default/events/W1", payload, qos=1)
        received = (await anext(monitor.messages)).payload
        assert isinstance(received, bytes)
        return received


async def test_messages_reach_subscribers() -> None:
    """What is published is passed on, up to the largest payload that is allowed."""
    async with running() as (broker, _):
        assert await passed_on(broker.url, b"hello") == b"hello"
        large = b"x" * (LARGEST_PAYLOAD_BYTES - 1024)
        assert await passed_on(broker.url, large) == large


async def test_it_listens_on_loopback_alone() -> None:
    """No other machine reaches it: its only listening socket is bound to 127.0.0.1."""
    async with running() as (broker, _):
        port = urlsplit(broker.url).port
        ours = f":{port:04X}"
        listening = [line.split()[1] for line in tcp_table() if line.split()[3] == "0A" and ours in line.split()[1]]
        assert listening == [f"0100007F{ours}"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "broker.example"])
async def test_other_addresses_are_refused(host: str) -> None:
    """An address that others reach is refused with the way out, for the broker knows no passwords."""
    with pytest.raises(ValueError, match=r"loopback addresses only, not on .*mqtt://"):
        EmbeddedBroker(host, 1883)


async def test_a_taken_port_gives_way_to_the_next() -> None:
    """Where somebody listens on the port, the broker takes the next free one and its URL says so."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with running(port) as (broker, _):
            used = urlsplit(broker.url).port
            assert used is not None
            assert port < used < port + broker_module.PORTS_TRIED
            assert await passed_on(broker.url, b"hello") == b"hello"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
async def test_a_killed_broker_is_started_again(number: signal.Signals) -> None:
    """A broker that ends is started again on its port, and both the end and the new beginning are told."""
    async with running() as (broker, changes):
        url, pid = broker.url, broker.health()["pid"]
        os.kill(pid, number)
        assert await changes.next() == ""
        assert await changes.next() == url
        health = broker.health()
        assert health["pid"] != pid
        assert health["restarts"] == 1
        assert f"by signal {number}" in health["reason"]
        assert await passed_on(url, b"again") == b"again"


async def test_a_broker_that_hangs_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that takes connections but does not answer is ended and started again."""
    monkeypatch.setattr(broker_module, "LOOK_SECONDS", 0.1)
    monkeypatch.setattr(broker_module, "ANSWER_SECONDS", 1.0)
    async with running() as (broker, changes):
        url, pid = broker.url, broker.health()["pid"]
        os.kill(pid, signal.SIGSTOP)
        assert [await changes.next(), await changes.next()] == ["", url]
        assert broker.health()["pid"] != pid


async def test_its_memory_is_bounded() -> None:
    """A client that would make it take the machine's memory, by retained messages say, ends the broker and no more."""
    async with running() as (broker, changes):
        url, pid = broker.url, broker.health()["pid"]
        assert resource.prlimit(pid, resource.RLIMIT_DATA) == (MOST_DATA_BYTES, MOST_DATA_BYTES)
        resource.prlimit(pid, resource.RLIMIT_DATA, (40 * 2**20, MOST_DATA_BYTES))
        await fill(url, 40 * 2**20)
        assert [await changes.next(), await changes.next()] == ["", url]
        assert await passed_on(url, b"again") == b"again"


async def test_stopping_leaves_no_process() -> None:
    """After `stop` the process is gone, its address is free, and a stopped broker says that it has none."""
    async with running() as (broker, changes):
        pid = broker.health()["pid"]
        await broker.stop()
        assert await changes.next() == ""
        assert broker.url == ""
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


async def test_stopping_during_the_start_leaves_no_process() -> None:
    """A daemon that ends while its broker starts waits for neither and leaves nothing."""
    changes = Changes()
    broker = EmbeddedBroker("127.0.0.1", 0, changes)
    starting = asyncio.ensure_future(broker.start())
    await asyncio.sleep(0)
    await broker.stop()
    starting.cancel()
    assert broker.health()["pid"] is None
    assert changes.is_empty()


async def test_a_killed_daemon_leaves_no_broker() -> None:
    """A daemon that is killed by SIGKILL takes its broker with it."""
    daemon = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.daemon.mqtt.hosted_broker", stdout=asyncio.subprocess.PIPE
    )
    assert daemon.stdout is not None
    async for line in daemon.stdout:
        if line.startswith(b"mqtt://"):
            break
    url, pid = line.decode().split()
    assert await passed_on(url, b"hello") == b"hello"
    broker = os.pidfd_open(int(pid))
    daemon.kill()
    await readable(broker)
    os.close(broker)
    await daemon.wait()


async def test_a_port_that_may_not_be_used_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system refuses every port, the reason is kept for whoever looks, and the broker goes on trying."""
    again = asyncio.Semaphore(0)

    def refused(host: str, first: int) -> int:
        again.release()
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(broker_module, "_free_port", refused)
    broker = EmbeddedBroker("127.0.0.1", 80)
    starting = asyncio.ensure_future(broker.start())
    for _ in range(2):
        await asyncio.wait_for(again.acquire(), 30)
    assert broker.health()["reason"] == "The broker cannot be started on 127.0.0.1:80: Permission denied"
    await broker.stop()
    starting.cancel()


async def test_a_missing_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without iotcore the way out is in the error: what to install, or to name another broker."""
    monkeypatch.setitem(sys.modules, "iotcore", None)
    with pytest.raises(BrokerMissing, match=r"reglue\[broker\].*--mqtt mqtt://"):
        await EmbeddedBroker("127.0.0.1", 0).start()


async def fill(url: str, size: int) -> None:
    """Publish retained messages until there are so many bytes of them, or the broker has given up."""
    with contextlib.suppress(aiomqtt.MqttError):
        async with client(url) as publisher:
            for number in range(size // 2**20 + 1):
                await publisher.publish(f"{number}", bytes(2**20 - 1024), qos=1, retain=True, timeout=2)


def tcp_table() -> list[str]:
    """The system's IPv4 and IPv6 sockets."""
    lines = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table, encoding="ascii") as file:
            lines += file.read().splitlines()[1:]
    return lines
