"""A publisher that follows a real engine, a monitor that hears it, and a proxy between it and its broker."""

import asyncio
import contextlib
import json
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import aiomqtt

from daemon.api.app import build_app
from daemon.mqtt.broker_address import read_address
from daemon.mqtt.command_desk import Desk
from daemon.mqtt.connection import Access
from daemon.mqtt.positions import Place, Positions
from daemon.mqtt.publisher import Destination, Publisher
from daemon.mqtt.states import Identity
from daemon.mqtt.topic_events import TopicEvents
from daemon.settings import Settings
from tests.daemon.engines import RunningEngine

DEADLINE_SECONDS = 60.0
LOOK_SECONDS = 0.01
IDENTITY = Identity("here-1", "1.2.3", "http://127.0.0.1:1", 0)
EVENTS = "reglue/v1/default/events/#"
STATES = "reglue/v1/default/state/#"


def access(url: str, **more: Any) -> Access:
    """The way to a broker by its URL, with more settings; `embedded` says that it is the one that comes with the
    daemon."""
    address = read_address(url)
    assert address is not None
    return Access.of(Settings(state_dir=Path("/nowhere"), mqtt=url, **more), address)


class Remembering(Positions):
    """Positions that remember how they moved."""

    def __init__(self, path: Path | None = None) -> None:
        super().__init__(path)
        self.moves: list[int] = []

    def moved(self, place: Place, position: int) -> None:
        self.moves.append(position)
        super().moved(place, position)


class Following:
    """A publisher on an engine, with the place that it moves. `stop` it like a daemon that ends, `vanish` like one that
    is killed."""

    def __init__(self, running: RunningEngine, way: Access, where: tuple[Positions, Place], desk: Desk | None) -> None:
        positions, place = where
        self.running = running
        self.place = place
        self.positions = positions
        self.publisher = Publisher(running.engine, Destination(self._reach, positions, place), IDENTITY)
        self._way = way
        self.publisher.desk = desk
        self.publisher.topic_events = TopicEvents(running.engine, build_app(running.engine).doors)
        running.engine.observer = self.publisher.noted
        self.publisher.start()

    async def _reach(self) -> Access:
        return self._way

    @property
    def health(self) -> dict[str, Any]:
        """What it says of itself."""
        return self.publisher.health()

    async def until(self, fulfilled: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """What it says of itself, as soon as that fulfils the condition."""
        await until(lambda: fulfilled(self.health), lambda: self.health)
        return self.health

    async def caught_up(self) -> None:
        """Waits until the broker has the whole log."""
        await self.until(lambda health: health["lag"] == 0)

    async def stop(self) -> None:
        """Ends it like a daemon that is stopped."""
        await self.publisher.close()

    async def vanish(self) -> None:
        """Ends it without a word."""
        task = self.publisher._task
        assert task is not None
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(fulfilled: Callable[[], object], seen: Callable[[], object] = lambda: "") -> None:
    """Looks again and again until a condition holds; the one place here that polls."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not fulfilled():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.Event().wait(), LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"Not within {DEADLINE_SECONDS} s; last seen: {seen()}") from None


@contextlib.asynccontextmanager
async def following(
    running: RunningEngine, way: Access, positions: Positions | None = None, *, desk: Desk | None = None
) -> AsyncIterator[Following]:
    """A publisher that begins at the log's beginning, or where its positions say; with a desk it takes commands."""
    positions = positions or Positions(None)
    origin, is_new = running.engine.feed.origin(), not positions.knows("broker")
    place = positions.place("broker", origin.log_id if origin is not None else "", running.engine.feed.head)
    place.position = 0 if is_new else place.position
    follower = Following(running, way, (positions, place), desk)
    try:
        yield follower
    finally:
        await follower.stop()


class Monitor:
    """A subscriber. `heard` are topics and payloads in the order in which they came."""

    def __init__(self, url: str, *topics: str, **more: Any) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._client = aiomqtt.Client(parts.hostname, parts.port or 1883, **more)
        self._topics = topics
        self.heard: list[tuple[str, bytes]] = []
        self.sequences: list[int] = []
        """The positions of the events that were heard."""
        self.lost = ""
        """Why the monitor hears nothing any more."""

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        await self._client.subscribe([(topic, 1) for topic in self._topics])
        self._task = asyncio.create_task(self._hear())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with contextlib.suppress(aiomqtt.MqttError):
            await self._client.__aexit__(None, None, None)

    async def _hear(self) -> None:
        try:
            async for message in self._client.messages:
                self._take(message)
        except aiomqtt.MqttError as error:
            # What has come is acknowledged, and so never comes again; aiomqtt leaves it where it is.
            while len(self._client.messages):
                self._take(self._client._queue.get_nowait())
            self.lost = str(error)

    def _take(self, message: aiomqtt.Message) -> None:
        topic, payload = message.topic.value, bytes(message.payload)
        self.heard.append((topic, payload))
        if "/events/" in topic:
            self.sequences.append(int(json.loads(payload)["sequence"]))

    def last(self, topic: str) -> Any:
        """The newest document whose topic ends so; None where there is none, and "cleared" for an empty one."""
        found = next((payload for heard, payload in reversed(self.heard) if heard.endswith(topic)), None)
        return "cleared" if found == b"" else json.loads(found) if found is not None else None

    async def until_last(self, topic: str, fulfilled: Callable[[Any], object]) -> Any:
        """The newest document whose topic ends so, once it fulfils a condition."""
        await until(lambda: fulfilled(self.last(topic)), lambda: self.last(topic))
        return self.last(topic)


class Proxy:
    """Passes bytes between clients and a broker. It can cut all connections after so many bytes, and hold them."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._at = parts.hostname, parts.port
        self._writers: set[asyncio.StreamWriter] = set()
        self._open = asyncio.Event()
        self._open.set()
        self.cuts = 0
        self.dice: random.Random | None = None
        """Cuts connections at random when set."""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"embedded://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open.set()
        self.cut()
        self._server.close()

    def cut(self) -> None:
        """Ends all connections."""
        for writer in self._writers:
            writer.transport.abort()

    def hold(self) -> None:
        """From here no byte passes, and connections stay."""
        self._open.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._at)
        self._writers |= {writer, back}
        budget = self.dice.randrange(200, 1_500_000) if self.dice is not None else 1 << 60
        try:
            await asyncio.gather(self._pass(reader, back, budget), self._pass(there, writer, 1 << 60))
        except (OSError, EOFError):
            pass
        finally:
            self._writers -= {writer, back}
            for ended in (writer, back):
                ended.transport.abort()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, budget: int) -> None:
        while budget > 0:
            await self._open.wait()
            data = await source.read(min(budget, 16_384))
            if not data:
                raise EOFError
            await self._open.wait()
            budget -= len(data)
            target.write(data)
            await target.drain()
        self.cuts += 1
        raise EOFError
