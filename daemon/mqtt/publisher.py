"""Follows the log of one engine to one broker: connects, is born, delivers, and connects again when it must.

Whatever the broker does (it is away, hangs, refuses, hangs up), the engine does not notice: nothing here is waited for
by a run, nothing grows, and the log keeps what is still to be told.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import orjson

from daemon.engine import Engine
from daemon.logs import get_logger
from daemon.mqtt import discovery
from daemon.mqtt.command_desk import Desk
from daemon.mqtt.connection import Access, Connection, Lost
from daemon.mqtt.delivery import Arrivals, Delivery, Refused
from daemon.mqtt.heard import Heard
from daemon.mqtt.packets import Message
from daemon.mqtt.positions import Place, Positions
from daemon.mqtt.progress import Progress, Refusal
from daemon.mqtt.retained import Retained
from daemon.mqtt.states import OFFLINE, ONLINE, STOPPED, Identity, Presence, daemon_state
from daemon.mqtt.topic_events import TopicEvents
from events.design import Event
from events.vocabulary import StreamId
from projections.topic_sources import covers

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
"""Seconds between attempts to connect; each pause is drawn between half and all of it, and then doubled."""

REFUSED_PAUSES = (1.0, 60.0)
LASTING_SECONDS = 10.0
"""A connection that lasted for so long, or delivered anything, was a good one: the next attempt follows soon."""

LAST_WORDS_SECONDS = 1.0
PROTOCOLS = {5: "5", 4: "3.1.1"}
BIRTH_SECONDS = 60.0
"""How often the daemon says anew that it is online, should a late will of an old connection have covered it."""

log = get_logger()

Reach = Callable[[], Awaitable[Access]]
"""Gives the way to the broker, as soon as there is one."""


class Destination(NamedTuple):
    """Where the log goes: the way there, and how far it is there."""

    reach: Reach
    positions: Positions
    place: Place


class Publisher:
    """See the module. `start` it on the running loop, `close` it in the end; `noted` is told what was committed."""

    def __init__(self, engine: Engine, destination: Destination, identity: Identity) -> None:
        self._engine = engine
        self._reach = destination.reach
        self._identity = identity
        self._progress = Progress(engine.feed, destination.positions, destination.place)
        self._retained = Retained(engine, self._progress, identity)
        self._arrivals = Arrivals()
        self.desk: Desk | None = None
        """What takes commands; None where none are taken."""
        self.topic_events: TopicEvents | None = None
        """What takes in the messages that triggers name."""
        self._task: asyncio.Task[None] | None = None
        self._version = 5
        self._session = 0
        self._state = "connecting"
        self._reason: str | None = None
        self._broker = ""
        self._told_reason = ""
        self._connections = 0

    def start(self) -> None:
        """Begins to follow the log."""
        self._task = asyncio.create_task(self._live(), name="mqtt-publisher")

    def noted(self, facts: Sequence[tuple[StreamId, int, Event]]) -> None:
        """These facts were committed."""
        self._retained.noted(facts)
        if self.topic_events is not None:
            self.topic_events.noted(facts)
        self._arrivals.happened()

    async def close(self) -> None:
        """Delivers what there is and says goodbye, if there is anybody to say it to; takes two seconds at most,
        whatever the broker does."""
        for listener in (self.desk, self.topic_events):
            if listener is not None:
                await listener.close()
        self._arrivals.happened()
        deadline = time.monotonic() + LAST_WORDS_SECONDS
        while self._state == "connected" and self._progress.lag and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        await self._progress.positions.save()

    def health(self) -> dict[str, Any]:
        """What `/healthz` says of it: `lag` is how many events of the log the broker has not acknowledged."""
        progress = self._progress
        before = progress.standing_before if self._state == "connected" else None
        return {
            "state": "refused" if before is not None else self._state,
            "reason": before.reason if before is not None else self._reason,
            "broker": self._broker or None,
            "namespace": self._engine.settings.mqtt_namespace,
            "protocol": PROTOCOLS[self._version] if self._state == "connected" else None,
            "session": self._session,
            "position": progress.place.position,
            "lag": progress.lag,
            "published": progress.published,
            "refusals": progress.refusals,
            "last_refusal": _shown(progress.last_refusal),
            "connections": self._connections,
            **({"commands": self.desk.health()} if self.desk is not None else {}),
            **({"events": self.topic_events.health()} if self.topic_events is not None else {}),
        }

    async def _live(self) -> None:
        """One connection after another."""
        pause = FIRST_PAUSE
        while True:
            began, position = time.monotonic(), self._progress.place.position
            try:
                await self._life()
            except Lost as lost:
                self._lost(str(lost))
                if lost.by_version and self._version == 5:
                    self._version = 4
                    continue
            except Exception as error:
                log.error("mqtt_failed", exc_info=error)
                self._lost(f"Something went wrong inside the daemon: {error!r}")
            self._version = 5
            is_good = time.monotonic() - began > LASTING_SECONDS or self._progress.place.position > position
            pause = FIRST_PAUSE if is_good else pause
            await asyncio.sleep(_drawn(pause))
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _life(self) -> None:
        """One connection from its beginning to its end. Raises Lost with the reason."""
        access = await self._reach()
        self._broker = access.address.url
        if access.address.is_embedded:
            self._version = 4
        positions = self._progress.positions
        self._session = positions.next_session()
        await positions.save()
        instance = f"{self._engine.settings.mqtt_namespace}-{self._identity.instance}"
        connection = Connection(access, f"reglue-{instance}", self._own_state(OFFLINE), version=self._version)
        await connection.open()
        try:
            self._connected(access)
            await self._until_lost(connection)
        except asyncio.CancelledError:
            with contextlib.suppress(Lost):
                connection.publish(self._own_state(STOPPED), lambda reason: None)
                await connection.close()
            raise
        finally:
            connection.drop()

    async def _until_lost(self, connection: Connection) -> None:
        await self._listen(connection)
        works = [self._deliver(connection), self._retained.keep(connection), self._stay_born(connection)]
        works += [self.topic_events.keep(connection)] if self.topic_events is not None else []
        tasks = [asyncio.create_task(work) for work in works]
        try:
            ends: list[asyncio.Future[Any]] = [*tasks, connection.ended]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception):
                raise result
        raise Lost(connection.ended.result())

    async def _listen(self, connection: Connection) -> None:
        """Hears what is to be heard, before the daemon says that it is there."""
        topics = [discovery.STATUS_TOPIC] if self._engine.settings.mqtt_discovery else []
        topics += [self.desk.topic] if self.desk is not None else []
        connection.on_heard(lambda heard: self._heard(heard, connection))
        for topic in await connection.subscribe(topics) if topics else ():
            log.warning("mqtt_not_subscribed", topic=topic)

    async def _deliver(self, connection: Connection) -> None:
        """Delivers; what was refused is tried again after a pause."""
        pause, stood_at = REFUSED_PAUSES[0], -1
        while True:
            with contextlib.suppress(Refused):
                await Delivery(self._progress, connection, self._arrivals).run()
            position = self._progress.place.position
            pause = REFUSED_PAUSES[0] if position > stood_at else min(REFUSED_PAUSES[1], pause * 2)
            stood_at = position
            await asyncio.sleep(_drawn(pause))

    async def _stay_born(self, connection: Connection) -> None:
        """Says that the daemon is online, and says so again now and then."""
        while True:
            state = self._own_state(ONLINE)
            connection.publish(state, lambda reason, topic=state.topic: self._of_birth(topic, reason))  # type: ignore[misc]  # mypy cannot see the default
            await asyncio.sleep(BIRTH_SECONDS)

    def _of_birth(self, topic: str, reason: str) -> None:
        if reason:
            self._progress.refuse(Refusal(topic, reason))

    def _own_state(self, status: str) -> Message:
        """What the daemon says of itself, or has the broker say of it."""
        origin = self._engine.feed.origin()
        log_id = origin.log_id if origin is not None else ""
        state = daemon_state(self._identity, Presence(status, self._session, log_id), self._engine.now())
        return Message(self._retained.daemon_topic, orjson.dumps(state), retained=True)

    def _heard(self, heard: Heard, connection: Connection) -> None:
        if heard.topic == discovery.STATUS_TOPIC:
            if heard.payload == b"online":
                self._retained.announce_again()
        elif self.desk is not None and covers(self.desk.topic, heard.topic):
            self.desk.heard(heard, connection)
        elif self.topic_events is not None:
            self.topic_events.heard(heard)

    def _connected(self, access: Access) -> None:
        self._state, self._reason, self._told_reason = "connected", None, ""
        self._connections += 1
        log.info(
            "mqtt_connected",
            broker=self._broker,
            protocol=PROTOCOLS[self._version],
            session=self._session,
            position=self._progress.place.position,
            lag=self._progress.lag,
        )

    def _lost(self, reason: str) -> None:
        """Each reason is told once, however often the broker is tried."""
        self._state, self._reason = "unavailable", reason
        if reason != self._told_reason:
            log.warning("mqtt_unavailable", broker=self._broker, reason=reason, lag=self._progress.lag)
        self._told_reason = reason


def _drawn(pause: float) -> float:
    """Between half of the pause and all of it, so that many daemons do not come back to a broker at once."""
    return pause * (0.5 + random.random() / 2)


def _shown(refusal: Refusal | None) -> dict[str, Any] | None:
    if refusal is None:
        return None
    return {"topic": refusal.topic, "sequence": refusal.sequence, "reason": refusal.reason}
