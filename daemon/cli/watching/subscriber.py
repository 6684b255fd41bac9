"""The connection to the broker: subscribes, hands messages on, and connects anew for as long as it takes.

With `orders` the only module of the monitor that knows aiomqtt. Each connection is a new client. It speaks MQTT 3.1.1,
which every broker knows, the one that the daemon brings along knows nothing else; and 5 where a broker wants just that.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Protocol

import aiomqtt
import msgspec

from daemon.cli.failures import Refused
from daemon.cli.watching.fold import Message
from daemon.cli.watching.source import Source
from daemon.mqtt.topics import ROOT, level

FIRST_PAUSE = 0.25
LONGEST_PAUSE = 8.0
KEEPALIVE_SECONDS = 15
CONNECT_SECONDS = 10.0
STEADY_SECONDS = 30.0
"""A connection that held for so long was a good one: the next pause is a short one again."""

NOT_LET_IN = ("not authori", "bad user name", "banned", "bad username")
"""In what brokers say to those whom they do not let in, whichever version they speak."""


class Link(msgspec.Struct, frozen=True):
    """How the connection stands: `connecting`, `connected`, or `lost` for a reason until the next try.

    Moments are in seconds of the monotonic clock.
    """

    state: str
    since: float
    reason: str = ""
    next_try: float | None = None
    refused: bool = False


OnMessage = Callable[[Message], None]
OnLink = Callable[[Link], None]


class Follower(Protocol):
    """Where a monitor gets its messages from."""

    source: Source

    async def follow(self, on_message: OnMessage, on_link: OnLink) -> None:
        """Hand on messages, and how the connection stands, until cancelled."""


class Subscriber:
    """Follows topics of one broker until its task is cancelled."""

    def __init__(self, source: Source, topics: Sequence[str]) -> None:
        """Raises BadInput for certificates that cannot be used."""
        self.source = source
        self._topics = topics
        self._tls = source.tls()
        self._version = aiomqtt.ProtocolVersion.V311
        self._was_connected = False

    async def follow(self, on_message: OnMessage, on_link: OnLink) -> None:
        """Connect, hand messages on, connect anew; ends by cancellation alone."""
        pause, lost_at = FIRST_PAUSE, time.monotonic()
        on_link(Link("connecting", lost_at))
        while True:
            began = time.monotonic()
            self._was_connected = False
            try:
                await self._connection(on_message, on_link)
                reason = "the connection was closed"
            except (aiomqtt.MqttError, OSError, ValueError) as error:
                reason = _told(error)
            if self._changes_version(reason):
                continue
            now = time.monotonic()
            lost_at = now if self._was_connected else lost_at
            pause = FIRST_PAUSE if now - began > STEADY_SECONDS else pause
            wait = pause * random.uniform(0.7, 1.3)
            refused = any(words in reason.lower() for words in NOT_LET_IN)
            on_link(Link("lost", lost_at, reason, now + wait, refused))
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _connection(self, on_message: OnMessage, on_link: OnLink) -> None:
        async with self._made() as client:
            await client.subscribe([(topic, 1) for topic in self._topics])
            self._was_connected = True
            on_link(Link("connected", time.monotonic()))
            async for message in client.messages:
                payload = message.payload
                body = payload if isinstance(payload, bytes) else b""
                on_message(Message(message.topic.value, body, time.monotonic()))

    def _made(self) -> aiomqtt.Client:
        source = self.source
        return aiomqtt.Client(
            source.host,
            source.port,
            username=source.user,
            password=source.password,
            identifier=f"reglue-watch-{random.getrandbits(48):012x}",
            protocol=self._version,
            transport="websockets" if source.websocket_path else "tcp",
            websocket_path=source.websocket_path,
            tls_context=self._tls,
            keepalive=KEEPALIVE_SECONDS,
            timeout=CONNECT_SECONDS,
        )

    def _changes_version(self, reason: str) -> bool:
        """Whether to try at once in MQTT 5: the broker does not want 3.1.1."""
        if self._version is aiomqtt.ProtocolVersion.V5 or "protocol version" not in reason.lower():
            return False
        self._version = aiomqtt.ProtocolVersion.V5
        return True


def _told(error: Exception) -> str:
    """What a broker or the system said, without a number before it or a stop at its end."""
    cause = error.__cause__ or error if isinstance(error, aiomqtt.MqttError) else error
    text = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    return text.rstrip(".")


def refused(source: Source, link: Link) -> Refused:
    """The broker does not let the monitor in."""
    return Refused(
        f"The broker at {source.shown} does not let us in ({link.reason}): give --mqtt-user and --mqtt-password-file.",
        "NotAuthorized",
    )


def topics_of(source: Source) -> tuple[str, str]:
    """Everything that is published, whatever is watched: only whoever sees all events can tell that one is missing, and
    the broker that the daemon brings along keeps a log for each filter that anybody ever subscribed to."""
    root = f"{ROOT}/{level(source.namespace)}"
    return f"{root}/events/#", f"{root}/state/#"
