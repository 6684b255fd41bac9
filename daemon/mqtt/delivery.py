"""Delivers the log to a broker over one connection: every event, in order, at least once.

The log is the outbox. Events are read after the stored position and sent with a bounded number of them in flight; when
the broker has acknowledged all up to one of them the position moves there. Nothing else is kept, so a broker that was
away for days costs no memory. An event that the broker refuses is never skipped: delivery stops in front of it, says
so, and tries again later.

It works in short slices, and gives way while a busy engine commits, so that runs do not notice.
"""

import asyncio
import contextlib
import time

from daemon.feed import Feed
from daemon.mqtt.connection import Connection, Lost
from daemon.mqtt.messages import CONTENT_TYPE, Origin, cloud_event, encoded
from daemon.mqtt.packets import Message
from daemon.mqtt.progress import Progress, Refusal
from daemon.mqtt.topics import event_topic
from daemon.mqtt.window import Window
from daemon.unreadable import UNREADABLE
from projections.rebuild import RecordedEvent

PAGE = 100
SLICE_SECONDS = 0.002
"""How long events are made and sent before others on the loop get their turn."""

POLL_SECONDS = 1.0
QUIET_SECONDS = 0.005
"""Events are sent when nothing has been committed for so long ..."""

PATIENCE_SECONDS = 0.25
"""... or when it has been waited for that for so long."""

SILENCE_SECONDS = 30.0
"""A broker that acknowledges nothing for so long, although something is in flight, is as good as gone."""

MOST_IN_FLIGHT = 400
MOST_BYTES_IN_FLIGHT = 2 * 1024 * 1024
EVENT_EXPIRY_SECONDS = 24 * 3600
SHOWN = ("id", "source", "type", "subject", "time", "sequence", "traceparent")
"""The attributes of an event that readers of MQTT 5 find beside the payload too."""

PACKET_HEADROOM = 64


class Refused(Exception):
    """An event was not taken; see the progress."""


class Arrivals:
    """Tells that there may be something new, and how busy the engine is."""

    def __init__(self) -> None:
        self.new = asyncio.Event()
        self._last_at = 0.0

    def happened(self) -> None:
        """Something was committed just now."""
        self._last_at = time.monotonic()
        self.new.set()

    async def wait(self) -> None:
        """Returns at the next commit, or after a while."""
        self.new.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self.new.wait()

    async def quiet(self) -> None:
        """Returns when nothing has been committed for a moment, or when that has taken too long."""
        latest = time.monotonic() + PATIENCE_SECONDS
        while (now := time.monotonic()) < latest and self._last_at + QUIET_SECONDS > now:  # noqa: ASYNC110
            await asyncio.sleep(self._last_at + QUIET_SECONDS - now)


class Delivery:
    """Over one connection, until it ends; whoever runs it cancels it then."""

    def __init__(self, progress: Progress, connection: Connection, arrivals: Arrivals) -> None:
        self._progress = progress
        self._connection = connection
        self._arrivals = arrivals
        self._feed: Feed = progress.feed
        self._window = Window(progress.place.position)
        self._read_to = progress.place.position
        self._few = min(MOST_IN_FLIGHT, connection.window) // 2
        """With so few in flight sending goes on when it had to stop: many at a time cost less than one by one."""
        self._answered = asyncio.Event()
        self._answered_at = time.monotonic()
        self._last = Refusal("", "", self._read_to)
        self._refusal: Refusal | None = None

    async def run(self) -> None:
        """Delivers for ever. Raises Lost when the broker is as good as gone; Refused when it has refused an event,
        after which another delivery over the same connection may try again."""
        began_at = self._window.watermark
        try:
            while True:
                await self._until_new()
                await self._arrivals.quiet()
                await self._deliver(self._feed.head)
        finally:
            if self._window.oldest is not None and self._window.watermark == began_at and self._refusal is None:
                self._progress.came_to_nothing(self._last, alone=len(self._window) == 1)

    async def _until_new(self) -> None:
        while self._read_to >= self._feed.head:
            await self._arrivals.wait()
            await self._progress.positions.save_now_and_then()
            self._check()

    async def _deliver(self, head: int) -> None:
        """Everything up to a position, in slices."""
        until = time.monotonic() + SLICE_SECONDS
        while self._read_to < head:
            origin, page = self._page()
            assert page, "between two positions of a log there is an event"
            for recorded in page:
                await self._room()
                self._send(recorded, origin)
                if time.monotonic() > until:
                    await asyncio.sleep(0)
                    until = time.monotonic() + SLICE_SECONDS
            await self._progress.positions.save_now_and_then()

    def _page(self) -> tuple[Origin, list[RecordedEvent]]:
        """The next events; those in front of one that cannot be read, one by one. Raises Refused for that one."""
        for size in (PAGE, 1):
            try:
                origin = self._feed.origin()
                assert origin is not None, "an empty log has no new events"
                self._progress.begin(origin.log_id)
                return origin, list(self._feed.page(self._read_to, size))
            except UNREADABLE as error:
                unreadable = error
        self._refuse(Refusal("", str(unreadable), self._read_to + 1))
        raise Refused

    async def _room(self) -> None:
        """Returns when one more event may be sent."""
        while self._is_full():
            self._answered.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await self._answered.wait()
            self._check()
        self._check()

    def _is_full(self) -> bool:
        most = 1 if self._read_to < self._progress.one_by_one_until else MOST_IN_FLIGHT
        return len(self._window) >= most or self._window.bytes >= MOST_BYTES_IN_FLIGHT or not self._connection.has_room

    def _check(self) -> None:
        if self._refusal is not None:
            raise Refused
        if len(self._window) and time.monotonic() - self._answered_at > SILENCE_SECONDS:
            raise Lost(f"The broker has acknowledged nothing for {SILENCE_SECONDS:g} s")

    def _send(self, recorded: RecordedEvent, origin: Origin) -> None:
        about = self._feed.about(recorded)
        document = cloud_event(recorded, origin, about)
        topic = event_topic(origin.namespace, recorded.stream, recorded.event, about.workflow)
        payload, position = encoded(document), recorded.position
        is_shown = self._connection.version == 5
        shown = tuple((name, document[name]) for name in SHOWN if name in document) if is_shown else ()
        size = len(payload) + len(topic) + PACKET_HEADROOM
        self._last = Refusal(topic, f"an event of {len(payload):,} bytes", position)
        largest = self._connection.largest
        if largest is not None and size + len(str(shown)) > largest:
            self._refuse(Refusal(topic, f"It has {len(payload):,} bytes; the broker takes {largest:,}", position))
            return
        if not len(self._window):
            self._answered_at = time.monotonic()
        self._window.sent(position, size)
        self._read_to = position
        message = Message(topic, payload, False, CONTENT_TYPE, shown, EVENT_EXPIRY_SECONDS)
        self._connection.publish(message, lambda reason: self._on_answer(position, topic, reason))

    def _on_answer(self, position: int, topic: str, reason: str) -> None:
        self._answered_at = time.monotonic()
        if reason:
            self._refuse(Refusal(topic, reason, position))
        elif self._window.acknowledged(position):
            self._progress.reached(self._window.watermark)
        if reason or len(self._window) <= self._few:
            self._answered.set()

    def _refuse(self, refusal: Refusal) -> None:
        """The first event that was refused counts; those behind it are sent again whatever becomes of them."""
        if self._refusal is None:
            self._refusal = refusal
            self._progress.refuse(refusal)
