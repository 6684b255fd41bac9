"""A monitor: subscribes to everything on a broker and keeps what it is sent, in a thread of its own."""

import threading
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from tests.corridor.waiting import DEADLINE_SECONDS


class Told(NamedTuple):
    """One message."""

    topic: str
    payload: bytes


class Monitor:
    """Subscribed when made; `told` holds what came, in its order."""

    def __init__(self, url: str) -> None:
        self.told: list[Told] = []
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        subscribed = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._keep
        self._client.connect(parts.hostname, parts.port, keepalive=15)
        self._client.loop_start()
        assert subscribed.wait(DEADLINE_SECONDS)

    def of(self, kind: str) -> list[Told]:
        """The `events` or the `state`s that came."""
        return [told for told in list(self.told) if told.topic.split("/")[3] == kind]

    def close(self) -> None:
        """Leaves the broker."""
        self._client.disconnect()
        self._client.loop_stop()

    def _keep(self, client: Client, about: Any, message: MQTTMessage) -> None:
        self.told.append(Told(message.topic, bytes(message.payload)))
