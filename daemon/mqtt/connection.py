"""One connection to a broker, from CONNECT to its end: the only file that knows aiomqtt and the paho client inside.

aiomqtt's `publish` returns as if all were well when the broker refuses a message, and costs more the more messages are
on their way; so PUBLISH and PUBACK are ours (`packets.py`), and go through the paho client that aiomqtt owns. All else
is theirs: connecting, TLS, websockets, keeping alive, subscriptions. Each connection is a new client; an old one would
send its own queue again behind our position. A connection that has ended stays so.
"""

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiomqtt
import msgspec
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.enums import MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from daemon.mqtt.broker_address import BrokerAddress
from daemon.mqtt.heard import Heard
from daemon.mqtt.packets import PUBLISH_AT_LEAST_ONCE, Message, publish_packet, read_puback
from daemon.settings import Settings

KEEPALIVE_SECONDS = 15
"""Also how soon a broker that is gone without a word is noticed. Never 0: the embedded broker refuses that."""

CONNECT_SECONDS = 5.0
GOODBYE_SECONDS = 1.0
MOST_IN_FLIGHT = 450
ROOM_SECONDS = 0.01
REFUSED = 0x80
"""Reason codes from here on say that the broker did not take what it was sent."""

WILL_DELAY_SECONDS = 5
UNSUPPORTED_VERSION = (1, 0x84)

Acknowledged = Callable[[str], None]
"""Told what became of one message: an empty text, or why the broker refused it."""


class Lost(Exception):
    """There is no connection (any more); the text says why. `by_version` says that the broker may want an older
    MQTT."""

    def __init__(self, reason: str, *, by_version: bool = False) -> None:
        super().__init__(reason)
        self.by_version = by_version


class Access(msgspec.Struct, frozen=True):
    """How to get in: where, as whom, with which certificates."""

    address: BrokerAddress
    user: str
    password: str
    password_file: Path | None
    ca: Path | None
    cert: Path | None
    key: Path | None

    @classmethod
    def of(cls, settings: Settings, address: BrokerAddress) -> "Access":
        """As the settings say."""
        user = settings.mqtt_user or address.user
        files = settings.mqtt_password_file, settings.mqtt_ca, settings.mqtt_cert, settings.mqtt_key
        return cls(address, user, address.password, *files)

    def secret(self) -> str | None:
        """The password, read now. Raises Lost if its file cannot be read."""
        if self.password_file is None:
            return self.password or None
        try:
            return self.password_file.read_text(encoding="utf-8").split("\n", 1)[0].strip("\r")
        except (OSError, UnicodeDecodeError) as error:
            raise Lost(f"The password cannot be read: {error}") from error

    def encryption(self) -> ssl.SSLContext | None:
        """What TLS needs, read now. Raises Lost if a file cannot be read or is not what it should be."""
        if not self.address.is_encrypted:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
            if self.cert is not None:
                context.load_cert_chain(self.cert, self.key, password=_no_passphrase)
        except (OSError, ssl.SSLError, ValueError) as error:
            files = ", ".join(str(file) for file in (self.ca, self.cert, self.key) if file is not None)
            raise Lost(f"The certificates cannot be used ({files}): {error}") from error
        return context


class Connection:
    """See the module. `open` it once, `close` it in the end; `ended` is done when it is over."""

    def __init__(self, access: Access, identifier: str, will: Message, *, version: int = 5) -> None:
        """Raises Lost when password or certificates cannot be read."""
        self.version = version
        self.window = MOST_IN_FLIGHT
        """How many messages may be on their way."""
        self.largest: int | None = None
        """The largest packet that the broker takes, in bytes; None for any."""
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[str] = self._loop.create_future()
        """Done when the connection has ended: why."""
        self._awaited: dict[int, Acknowledged] = {}
        self._heard: Callable[[Heard], None] = lambda heard: None
        self._outgoing: list[bytes] = []
        self._reason = ""
        self._was_answered = False
        self._listening: asyncio.Task[None] | None = None
        self._client = _client(access, identifier, self._will(will), version)
        self._paho: PahoClient = self._client._client  # see the module
        self._paho.connect_timeout = CONNECT_SECONDS
        self._paho.disable_logger()
        self._paho._handle_pubackcomp = self._on_puback  # type: ignore[assignment,method-assign]
        self._paho.loop_read = self._read  # type: ignore[method-assign]
        self._paho.on_socket_register_write = self._on_register_write
        # What aiomqtt does there is done after what we do.
        self._told_connected: Any = self._paho.on_connect
        self._told_disconnected: Any = self._paho.on_disconnect
        self._paho.on_connect, self._paho.on_disconnect = self._on_connect, self._on_disconnect

    @property
    def has_room(self) -> bool:
        """Whether the broker takes one more message before it has answered for an earlier one."""
        return len(self._awaited) < self.window

    async def open(self) -> None:
        """Connects. Raises Lost."""
        try:
            await self._client.__aenter__()
            _obey_cancellation()
        except MqttConnectError as error:
            self.drop()
            if not self._was_answered:
                raise Lost(f"{self._reason} before it answered", by_version=True) from error
            by_version = error.rc in UNSUPPORTED_VERSION
            raise Lost(f"The broker refused the connection: {error}", by_version=by_version) from error
        except (aiomqtt.MqttError, ValueError) as error:
            self.drop()
            raise Lost(f"The broker cannot be reached: {error}") from error
        except BaseException:
            self.drop()
            raise
        self._listening = asyncio.create_task(self._listen(), name="mqtt-listen")

    def publish(self, message: Message, acknowledged: Acknowledged) -> None:
        """Sends a message, together with others that are published in this turn of the loop; `acknowledged` is called
        when the broker has answered for it, unless the connection ends before. Raises Lost."""
        if self.ended.done():
            raise Lost(self.ended.result())
        packet_id = self._paho._mid_generate()
        while packet_id in self._awaited:
            packet_id = self._paho._mid_generate()
        packet = publish_packet(message, packet_id, self.version)
        self._awaited[packet_id] = acknowledged
        if not self._outgoing:
            self._loop.call_soon(self._send)
        self._outgoing.append(packet)

    def _send(self) -> None:
        """Hands what was published to paho as one piece, which it writes as soon as the socket takes it."""
        packets, self._outgoing = b"".join(self._outgoing), []
        if packets and not self.ended.done():
            self._paho._packet_queue(PUBLISH_AT_LEAST_ONCE, packets, 0, 1)

    def _read(self, max_packets: int = 1) -> MQTTErrorCode:
        """In place of paho's own, which reads one packet a turn of the loop where it knows of no message in flight."""
        for _ in range(MOST_IN_FLIGHT):
            code = self._paho._packet_read() if self._paho.socket() is not None else MQTTErrorCode.MQTT_ERR_NO_CONN
            if code > MQTTErrorCode.MQTT_ERR_SUCCESS:
                return self._paho._loop_rc_handle(code)
            if code == MQTTErrorCode.MQTT_ERR_AGAIN:
                break
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def _on_puback(self, command: str) -> MQTTErrorCode:
        """In place of paho's own: nothing that we publish is known to it."""
        packet_id, reason = read_puback(self._paho._in_packet["packet"])
        acknowledged = self._awaited.pop(packet_id, None)
        if acknowledged is not None:
            acknowledged(str(ReasonCode(PacketTypes.PUBACK, identifier=reason)) if reason >= REFUSED else "")
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def on_heard(self, heard: Callable[[Heard], None]) -> None:
        """Has `heard` called with all that is published on the topics subscribed to."""
        self._heard = heard

    async def subscribe(self, topics: list[str]) -> list[str]:
        """Subscribes, at least once; answers the topics that the broker does not grant. Raises Lost."""
        try:
            granted = await self._client.subscribe([(topic, 1) for topic in topics])
        except aiomqtt.MqttError as error:
            raise Lost(f"The broker did not answer a subscription: {error}") from error
        _obey_cancellation()
        return [topic for topic, code in zip(topics, granted, strict=True) if _is_refusal(code)]

    async def unsubscribe(self, topics: list[str]) -> None:
        """Takes subscriptions back. Raises Lost."""
        try:
            await self._client.unsubscribe(topics)
        except aiomqtt.MqttError as error:
            raise Lost(f"The broker did not answer the end of a subscription: {error}") from error
        _obey_cancellation()

    async def room(self) -> None:
        """Returns when the broker takes one more message. Raises Lost."""
        while not self.has_room:
            if self.ended.done():
                raise Lost(self.ended.result())
            await asyncio.sleep(ROOM_SECONDS)

    async def close(self) -> None:
        """Says goodbye, so that the broker keeps the will to itself; never takes longer than a second."""
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                if not self.ended.done():
                    self._send()
                    await self._client.__aexit__(None, None, None)
        except (TimeoutError, aiomqtt.MqttError):
            pass
        finally:
            self.drop()

    def drop(self) -> None:
        """Ends the connection without a word: nothing of it is left, whatever the broker does."""
        if self._listening is not None:
            self._listening.cancel()
        self._awaited.clear()
        # aiomqtt leaves the socket of a connection attempt that timed out open, and watched by the loop.
        self._paho._sock_close()
        self._end("The connection was closed")

    async def _listen(self) -> None:
        try:
            async for message in self._client.messages:
                self._heard(_heard(message))
        except aiomqtt.MqttError as error:
            self._end(self._reason or str(error.__cause__ or error))

    def _end(self, reason: str) -> None:
        if not self.ended.done():
            self.ended.set_result(reason)

    def _on_register_write(self, *told: Any) -> None:
        """There is something to write to a socket: client, data, socket. While connecting this is another thread."""
        self._loop.call_soon_threadsafe(self._write_to, told[2])

    def _write_to(self, opened: Any) -> None:
        """Has the loop write as soon as the socket takes it. aiomqtt does so even when the socket has been closed
        meanwhile, and its number may be another's by then."""
        current = self._paho.socket()
        if current is not None and current is opened:
            self._loop.add_writer(current.fileno(), self._write)

    def _write(self) -> None:
        try:
            self._paho.loop_write()
        except Exception as error:  # whatever the socket says, the connection is over
            self._end(f"The connection broke: {error}")

    def _on_connect(self, *told: Any) -> None:
        """Of the broker's answer to CONNECT: client, data, flags, reason code, properties (of MQTT 5)."""
        if self.ended.done():
            self._paho._sock_close()  # it was given up while another thread connected
            return
        properties = told[4] if len(told) > 4 else None
        self._was_answered = True
        self.window = min(self.window, getattr(properties, "ReceiveMaximum", self.window))
        self.largest = getattr(properties, "MaximumPacketSize", None)
        self._told_connected(*told)

    def _on_disconnect(self, *told: Any) -> None:
        """Of the end of a connection, with the same."""
        self._reason = f"The broker closed the connection: {told[3]}"
        # aiomqtt would wait for an answer to CONNECT although there will be none; once connected this has no effect.
        self._told_connected(*told)
        self._told_disconnected(*told)

    def _will(self, message: Message) -> aiomqtt.Will:
        properties = None
        if self.version == 5:
            properties = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]  # paho's
            properties.WillDelayInterval = WILL_DELAY_SECONDS
        return aiomqtt.Will(message.topic, message.payload, 1, message.retained, properties)


def _obey_cancellation() -> None:
    """Ends the task if that was asked for: up to Python 3.11 `asyncio.wait_for`, by which aiomqtt waits, forgets it
    when what is waited for comes in the same turn of the loop."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _heard(message: aiomqtt.Message) -> Heard:
    payload = message.payload if isinstance(message.payload, bytes) else b""
    said = message.properties
    return Heard(
        message.topic.value,
        payload,
        message.retain,
        getattr(said, "ResponseTopic", ""),
        getattr(said, "CorrelationData", b""),
        tuple(getattr(said, "UserProperty", ())),
    )


def _is_refusal(code: object) -> bool:
    """Of an answer to a subscription: a number before MQTT 5, a reason code since."""
    number = code.value if isinstance(code, ReasonCode) else code
    return isinstance(number, int) and number >= REFUSED


def _client(access: Access, identifier: str, will: aiomqtt.Will, version: int) -> aiomqtt.Client:
    address = access.address
    is_new = version == 5
    return aiomqtt.Client(
        address.host,
        address.port,
        username=access.user or None,
        password=access.secret(),
        identifier=identifier,
        protocol=aiomqtt.ProtocolVersion.V5 if is_new else aiomqtt.ProtocolVersion.V311,
        will=will,
        clean_session=None if is_new else True,
        transport="websockets" if address.is_websocket else "tcp",
        websocket_path=address.path if address.is_websocket else None,
        tls_context=access.encryption(),
        keepalive=KEEPALIVE_SECONDS,
        timeout=CONNECT_SECONDS,
    )


def _no_passphrase() -> str:
    raise ValueError("the key has a passphrase; give the daemon one without")
