"""The way to monitors: events a second from the log to a broker, and what runs notice of a publisher beside them."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from daemon.engine import Engine
from daemon.mqtt.broker import EmbeddedBroker
from daemon.mqtt.broker_address import read_address
from daemon.mqtt.connection import Access
from daemon.mqtt.positions import Place, Positions
from daemon.mqtt.publisher import Destination, Publisher
from daemon.mqtt.states import Identity
from daemon.settings import Settings
from tests.bench.driven import driven, run
from tests.bench.figures import Figure, of
from tests.bench.history import record
from tests.bench.room import Room
from tests.bench.workflows import chain, fan_out, layered

NODES = 30
EVENTS_OF_A_RUN = 90
IDENTITY = Identity("bench-1", "0", "http://127.0.0.1:1", 0)
LIMIT_SECONDS = 60


def measure_publish(room: Room) -> Iterator[Figure]:
    """Events a second from the log until the broker has acknowledged the last, with the position kept on the disk."""
    state = room.scratch / "state"
    count = 10_000 if room.quick else 30_000
    record(state, layered("layers", NODES), count // EVENTS_OF_A_RUN)
    yield run(_embedded(room, state))
    if shutil.which("mosquitto", path=_path()) is None:
        yield Figure("publish mosquitto", 0.0, note="mosquitto is not installed here")
        return
    with _mosquitto(room.scratch) as url:
        yield run(_rates(room, state, url, "publish mosquitto"))


def measure_published_runs(room: Room) -> Iterator[Figure]:
    """The chain and the fan-out again, with and without a publisher that follows them."""
    yield from run(_published_runs(room))


async def _embedded(room: Room, state: Path) -> Figure:
    async with _broker() as url:
        return await _rates(room, state, url, "publish")


async def _rates(room: Room, state: Path, url: str, key: str) -> Figure:
    rates, protocol = [], None
    async with driven(state) as daemon:
        head = daemon.engine.feed.head
        for number in range(room.repetitions(5)):
            positions = _Watched(room.scratch / f"{key} {number}.json", head)
            publisher = _publisher(daemon.engine, url, positions, 0)
            publisher.start()
            await positions.reached()
            rates.append(positions.rate())
            protocol = publisher.health()["protocol"]
            await publisher.close()
    return of(key, rates, note=f"{head:,} events, QoS 1, MQTT {protocol}")


async def _published_runs(room: Room) -> list[Figure]:
    chains: dict[bool, list[float]] = {True: [], False: []}
    fans: dict[bool, list[float]] = {True: [], False: []}
    async with driven(room.scratch / "state") as daemon, _broker() as url:
        for shape in (chain("chain", 100), fan_out("fan", 500)):
            await daemon.define(shape)
            await daemon.run(shape.name)
        for _ in range(room.repetitions(9, 5)):
            for is_followed in (False, True):
                async with _followed(daemon.engine, url) if is_followed else contextlib.nullcontext():
                    chains[is_followed].append((await daemon.run("chain"))[1] * 1000 / 100)
                    fans[is_followed].append((await daemon.run("fan"))[1])
    return [of("chain published", chains[True], chains[False]), of("fan-out published", fans[True], fans[False])]


@asynccontextmanager
async def _followed(engine: Engine, url: str) -> AsyncIterator[None]:
    """The engine with a publisher that has the whole log."""
    head = engine.feed.head
    positions = _Watched(None, head)
    publisher = _publisher(engine, url, positions, head - 1)
    engine.observer = publisher.noted
    publisher.start()
    await positions.reached()
    try:
        yield
    finally:
        await publisher.close()
        engine.observer = lambda facts: None


class _Watched(Positions):
    """Positions that tell when one is reached, and how fast the way there was."""

    def __init__(self, path: Path | None, until: int) -> None:
        super().__init__(path)
        self._until = until
        self._moves: list[tuple[float, int]] = []
        self._reached = asyncio.Event()

    def moved(self, place: Place, position: int) -> None:
        super().moved(place, position)
        if not self._reached.is_set():
            self._moves.append((time.perf_counter(), position))
        if position >= self._until:
            self._reached.set()

    async def reached(self) -> None:
        """Waits until the broker has everything up to that position."""
        async with asyncio.timeout(LIMIT_SECONDS):
            await self._reached.wait()

    def rate(self) -> float:
        """Events a second, from the first acknowledgement to that position."""
        (began, first), (ended, last) = self._moves[0], self._moves[-1]
        return (last - first) / (ended - began)


def _publisher(engine: Engine, url: str, positions: Positions, position: int) -> Publisher:
    address = read_address(url)
    assert address is not None
    way = Access.of(Settings(state_dir=Path("/nowhere"), mqtt=url), address)

    async def reach() -> Access:
        return way

    origin = engine.feed.origin()
    place = Place(origin.log_id if origin is not None else "", position)
    return Publisher(engine, Destination(reach, positions, place), IDENTITY)


@asynccontextmanager
async def _broker() -> AsyncIterator[str]:
    broker = EmbeddedBroker("127.0.0.1", 0)
    try:
        yield (await broker.start()).replace("mqtt://", "embedded://")
    finally:
        await broker.stop()


@contextmanager
def _mosquitto(scratch: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    configuration = scratch / "mosquitto.conf"
    configuration.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_inflight_messages 100\n"
    )
    program = shutil.which("mosquitto", path=_path())
    assert program is not None
    with subprocess.Popen([program, "-c", str(configuration)], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if b"running" in line:
                break
        try:
            yield f"mqtt://127.0.0.1:{port}"
        finally:
            process.terminate()


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
