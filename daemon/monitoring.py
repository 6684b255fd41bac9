"""What serves monitors by MQTT, over the daemon's whole life: the broker that comes with it or the way to another, the
positions, and a publisher for each engine.

None of it is waited for: the daemon answers before the broker does. aiomqtt is loaded then too, for it takes as long as
a quarter of the daemon's start.
"""

import asyncio
import contextlib
import importlib
import socket
from collections.abc import Callable
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from daemon.engine import Engine
from daemon.logs import get_logger
from daemon.mqtt.broker import BrokerMissing, EmbeddedBroker
from daemon.mqtt.broker_address import read_address
from daemon.mqtt.doors import Doors
from daemon.mqtt.positions import POSITIONS_FILE, Place, Positions
from daemon.mqtt.states import Identity
from daemon.settings import Settings

if TYPE_CHECKING:
    from daemon.mqtt.connection import Access
    from daemon.mqtt.publisher import Publisher

log = get_logger()


class Monitoring:
    """See the module. `attach` it to an engine, `detach` it before that one is closed, `close` it in the end."""

    def __init__(self, settings: Settings, url: str, on_broker: Callable[[str], None] | None = None) -> None:
        """`url` is where the daemon answers over HTTP; `on_broker` is told where the broker does that comes with it."""
        self._on_broker = on_broker or (lambda url: None)
        self._settings = settings
        self._address = read_address(settings.mqtt)
        self._url = url
        self._positions = Positions(None if settings.ephemeral else settings.state_dir / POSITIONS_FILE)
        self._broker: EmbeddedBroker | None = None
        self._broker_url = ""
        self._broker_changed = asyncio.Event()
        self._starting: list[asyncio.Task[None]] = []
        self._publisher: Publisher | None = None
        self._reason: str | None = None
        self._identity: Identity | None = None

    def attach(self, engine: Engine, doors: Doors) -> None:
        """Monitors follow this engine from now on; commands come in by these doors, if they are taken."""
        if self._address is None:
            return
        engine.monitors = self.health
        self._identity = self._identity or _identity(self._url, engine)
        origin = engine.feed.origin()
        target = f"{'embedded' if self._address.is_embedded else self._address.url} {self._settings.mqtt_namespace}"
        place = self._positions.place(target, origin.log_id if origin is not None else "", engine.feed.head)
        self._starting = [asyncio.create_task(self._start(engine, place, doors))]

    async def detach(self) -> None:
        """The engine is about to be closed."""
        for task in self._starting:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._publisher is not None:
            await self._publisher.close()
            self._publisher = None

    async def close(self) -> None:
        """Ends the publisher, then the broker."""
        await self.detach()
        if self._broker is not None:
            await self._broker.stop()

    def health(self) -> dict[str, Any]:
        """What `/healthz` says: `state` is starting, connecting, connected, refused, unavailable or missing."""
        assert self._address is not None
        shown: dict[str, Any] = {"state": "starting", "reason": None}
        if self._publisher is not None:
            shown = self._publisher.health()
        if self._reason is not None:
            shown |= {"state": "missing", "reason": self._reason}
        if self._broker is not None:
            shown["embedded"] = self._broker.health()
        return shown

    async def _start(self, engine: Engine, place: Place, doors: Doors) -> None:
        publishing = await asyncio.to_thread(importlib.import_module, "daemon.mqtt.publisher")
        address = self._address
        assert address is not None
        if address.is_embedded and self._broker is None:
            self._broker = EmbeddedBroker(address.host, address.port, self._broker_is_at)
            self._starting.append(asyncio.create_task(self._start_broker(self._broker)))
        assert self._identity is not None
        destination = publishing.Destination(self._reach, self._positions, place)
        self._publisher = publishing.Publisher(engine, destination, self._identity)
        if self._settings.mqtt_commands:
            desks = importlib.import_module("daemon.mqtt.command_desk")
            self._publisher.desk = desks.Desk(engine, doors)
        topics = importlib.import_module("daemon.mqtt.topic_events")
        self._publisher.topic_events = topics.TopicEvents(engine, doors)
        engine.observer = self._publisher.noted
        self._publisher.start()

    async def _start_broker(self, broker: EmbeddedBroker) -> None:
        try:
            await broker.start()
        except BrokerMissing as error:
            self._reason = str(error)
            log.warning("broker_missing", reason=self._reason)

    def _broker_is_at(self, url: str) -> None:
        self._broker_url = url
        if url:
            self._broker_changed.set()
            self._on_broker(url)
        else:
            self._broker_changed.clear()

    async def _reach(self) -> "Access":
        """The way to the broker; the embedded one is waited for."""
        assert self._address is not None
        connections = importlib.import_module("daemon.mqtt.connection")
        if not self._address.is_embedded:
            found: Access = connections.Access.of(self._settings, self._address)
            return found
        await self._broker_changed.wait()
        parts = urlsplit(self._broker_url)
        at = msgspec.structs.replace(self._address, host=parts.hostname, port=parts.port)
        found = connections.Access.of(self._settings, at)
        return found


def _identity(url: str, engine: Engine) -> Identity:
    instance = f"{socket.gethostname()}-{urlsplit(url).port}"
    return Identity(instance, version("reglue"), url, engine.now(), engine.settings.mqtt_commands)
