"""What the monitor asks of the daemon, resume and stop, by one of two ways.

By MQTT if the daemon says on the broker that it takes commands: the request goes to `cmd/resume` or `cmd/stop` as
`{"workflow", "run_id"}`, for a resume with `nodes` (their keys) and `allow_stopped`; MQTT 5's response topic and
correlation data say where the answer is awaited, which is that of the HTTP interface: `{"run_id": ...}`, or
`{"error": CODE, "message": TEXT}`. Else over HTTP, with the client of all commands.
"""

import asyncio
import secrets
from typing import Protocol

import aiomqtt
import msgspec
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from daemon.cli.client import Client, path_to
from daemon.cli.documents import Resumed
from daemon.cli.failures import Refused, Unreachable
from daemon.cli.watching.board import Board
from daemon.cli.watching.source import Source
from daemon.mqtt.topics import command_topic, reply_topic

ANSWER_SECONDS = 15.0


class Order(msgspec.Struct, frozen=True, omit_defaults=True):
    """A resume from `nodes` (keys), or without any a stop."""

    workflow: str
    run_id: str
    nodes: tuple[str, ...] = ()
    allow_stopped: bool = False


class _Answer(msgspec.Struct, frozen=True):
    run_id: str = ""
    error: str = ""
    message: str = ""


class Orders(Protocol):
    """A way to the daemon; `way` says in words which."""

    way: str

    async def give(self, order: Order) -> str:
        """Carry the order to the daemon; returns the id of the run that it is about then: the new run of a resume.

        Raises Refused, Unreachable.
        """


def way_to(board: Board, source: Source, client: Client) -> Orders:
    """The way that the daemon takes commands by."""
    daemon = board.daemon
    if daemon is not None and daemon.commands and daemon.status == "online":
        return OrdersByMqtt(source)
    return OrdersByHttp(client)


class OrdersByHttp:
    """Over HTTP, as `reglue resume` and `reglue stop` do it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.way = f"over HTTP to {client.endpoint}"

    async def give(self, order: Order) -> str:
        """See Orders."""
        return await asyncio.to_thread(self._given, order)

    def _given(self, order: Order) -> str:
        if not order.nodes:
            self._client.glue("StopWorkflowRun", Name=order.workflow, RunId=order.run_id)
            return order.run_id
        asked = {"nodes": order.nodes, "allow_stopped": order.allow_stopped}
        return self._client.send(path_to("runs", order.run_id, "resume"), asked, Resumed).run_id


class OrdersByMqtt:
    """By MQTT 5, on a connection of its own for each order."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.way = f"by MQTT through {source.shown}"

    async def give(self, order: Order) -> str:
        """See Orders."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS), self._connection() as client:
                return await self._asked(client, order)
        except TimeoutError as error:
            raise Unreachable(
                f"No answer came through {self._source.shown} within {ANSWER_SECONDS:.0f} s. "
                "Whether it was carried out will show here."
            ) from error
        except (aiomqtt.MqttError, OSError) as error:
            raise Unreachable(f"The command cannot be sent through {self._source.shown}: {error}.") from error

    async def _asked(self, client: aiomqtt.Client, order: Order) -> str:
        namespace, correlation = self._source.namespace, secrets.token_bytes(8)
        reply = reply_topic(namespace, f"watch/{correlation.hex()}")
        await client.subscribe(reply, 1)
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it out
        properties.ResponseTopic = reply
        properties.CorrelationData = correlation
        properties.ContentType = "application/json"
        topic = command_topic(namespace, "resume" if order.nodes else "stop")
        await client.publish(topic, msgspec.json.encode(order), 1, properties=properties)
        async for message in client.messages:
            if getattr(message.properties, "CorrelationData", correlation) == correlation:
                return _run_id(message.payload, order)
        raise Unreachable(f"The broker at {self._source.shown} closed the connection before the answer came.")

    def _connection(self) -> aiomqtt.Client:
        source = self._source
        return aiomqtt.Client(
            source.host,
            source.port,
            username=source.user,
            password=source.password,
            identifier=f"reglue-watch-{secrets.token_hex(6)}",
            protocol=aiomqtt.ProtocolVersion.V5,
            transport="websockets" if source.websocket_path else "tcp",
            websocket_path=source.websocket_path,
            tls_context=source.tls(),
            timeout=ANSWER_SECONDS,
        )


def _run_id(payload: object, order: Order) -> str:
    try:
        answer = msgspec.json.decode(payload if isinstance(payload, bytes) else b"", type=_Answer)
    except ValueError as error:
        raise Unreachable(f"The answer cannot be read: {error}.") from error
    if answer.error or answer.message:
        raise Refused(f"{answer.message} ({answer.error})", answer.error)
    return answer.run_id or order.run_id
