"""Orders go to the daemon by MQTT where it takes them there, with an answer; else over HTTP."""

import asyncio
from collections.abc import Iterator

import aiomqtt
import msgspec
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from daemon.cli.client import Client
from daemon.cli.failures import Refused, Unreachable
from daemon.cli.watching import orders
from daemon.cli.watching.board import Board
from daemon.cli.watching.fold import receive
from daemon.cli.watching.orders import Order, OrdersByHttp, OrdersByMqtt, way_to
from daemon.cli.watching.source import Given, Source, source_of
from daemon.mqtt.topics import command_topic
from tests.daemon.cli.watching.broker import Broker, running
from tests.daemon.cli.watching.story import NAMESPACE, Story

NOBODY = Client("http://127.0.0.1:1")
RESUME = Order("W1", "wr_1", ("JOB:J2",), allow_stopped=True)
STOP = Order("W1", "wr_1")


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    """A broker of MQTT 5."""
    with running(5) as broker:
        yield broker


@pytest.fixture
def source(broker: Broker) -> Source:
    """How it is reached."""
    return source_of(Given(broker.url), NOBODY)


async def answered(broker: Broker, order: Order, answer: bytes) -> tuple[str, str, bytes]:
    """What an order came to, the topic that it went to and what it said, with a daemon that answers."""
    async with aiomqtt.Client("127.0.0.1", broker.port, protocol=aiomqtt.ProtocolVersion.V5) as daemon:
        await daemon.subscribe(command_topic(NAMESPACE, "+"), 1)
        giving = asyncio.create_task(OrdersByMqtt(source_of(Given(broker.url), NOBODY)).give(order))
        async with asyncio.timeout(30):
            asked = await anext(daemon.messages)
            assert asked.properties is not None
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it out
            properties.CorrelationData = b"somebody else's"
            topic = asked.properties.ResponseTopic  # type: ignore[attr-defined]  # made by paho as it is read
            await daemon.publish(topic, b"{}", 1, properties=properties)
            properties.CorrelationData = asked.properties.CorrelationData  # type: ignore[attr-defined]  # likewise
            await daemon.publish(topic, answer, 1, properties=properties)
            assert isinstance(asked.payload, bytes)
            return await giving, asked.topic.value, asked.payload


def test_a_resume_by_mqtt_is_answered(broker: Broker) -> None:
    """The request names workflow, run and nodes; the answer the new run. Another's answer is passed over."""
    run, topic, body = asyncio.run(answered(broker, RESUME, b'{"run_id":"wr_2"}'))
    assert (run, topic) == ("wr_2", command_topic(NAMESPACE, "resume"))
    asked = {"workflow": "W1", "run_id": "wr_1", "nodes": ["JOB:J2"], "allow_stopped": True}
    assert msgspec.json.decode(body) == asked


def test_a_stop_by_mqtt_is_answered(broker: Broker) -> None:
    """Without nodes the order is a stop, on a topic of its own."""
    run, topic, body = asyncio.run(answered(broker, STOP, b"{}"))
    assert (run, topic) == ("wr_1", command_topic(NAMESPACE, "stop"))
    assert msgspec.json.decode(body) == {"workflow": "W1", "run_id": "wr_1"}


def test_a_refusal_by_mqtt_has_its_reason(broker: Broker) -> None:
    """An error in the answer is raised as the daemon worded it."""
    answer = b'{"error":"IllegalWorkflowStateException","message":"It is RUNNING."}'
    with pytest.raises(Refused, match=r"It is RUNNING\. \(IllegalWorkflowStateException\)"):
        asyncio.run(answered(broker, RESUME, answer))


def test_without_an_answer_it_is_doubtful(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers: after a while the person is told, and that it may have been carried out."""
    monkeypatch.setattr(orders, "ANSWER_SECONDS", 0.3)
    with pytest.raises(Unreachable, match="Whether it was carried out will show here"):
        asyncio.run(OrdersByMqtt(source).give(STOP))


def test_a_broker_that_is_gone_is_told() -> None:
    """The order was not sent, and the reason is said."""
    with pytest.raises(Unreachable, match="cannot be sent"):
        asyncio.run(OrdersByMqtt(source_of(Given("mqtt://127.0.0.1:1"), NOBODY)).give(STOP))


def test_the_way_is_what_the_daemon_says() -> None:
    """Only a daemon that is online and takes commands gets them by MQTT."""
    source = source_of(Given("mqtt://127.0.0.1:1"), NOBODY)
    board, story = Board(NAMESPACE), Story()
    assert isinstance(way_to(board, source, NOBODY), OrdersByHttp)
    receive(board, story.daemon(commands=True))
    assert isinstance(way_to(board, source, NOBODY), OrdersByMqtt)
    receive(board, story.daemon("offline", commands=True))
    assert isinstance(way_to(board, source, NOBODY), OrdersByHttp)
