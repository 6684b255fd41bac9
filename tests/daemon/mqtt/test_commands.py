"""Commands by MQTT: carried out and refused as over HTTP, answered where the sender awaits it, and nothing else."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from daemon import commands, recovery
from daemon.api.app import build_app
from daemon.cli.client import Client
from daemon.cli.failures import Refused
from daemon.cli.watching.orders import Order, OrdersByMqtt
from daemon.cli.watching.source import Given, source_of
from daemon.engine import LOG_FILE
from daemon.mqtt.broker import EmbeddedBroker
from daemon.mqtt.command_desk import Desk
from daemon.mqtt.command_requests import MOST_BYTES
from daemon.mqtt.topics import command_topic, reply_topic
from events.vocabulary import Action, TriggerDefinition
from tests.daemon.disks import BusyDisk
from tests.daemon.engines import RunningEngine
from tests.daemon.mqtt.following import STATES, Monitor, access, following, until
from tests.daemon.mqtt.mosquitto import PASSWORD, client, mosquitto

pytestmark = pytest.mark.anyio
CHAIN = "T1: -> A\nT2: A -> B"
REPLY = reply_topic("default", "test")
NO_RUN = "wr_" + "0" * 64


class Asking:
    """Somebody who sends commands through a broker that speaks MQTT 3.1.1, and hears the answers."""

    def __init__(self, running: RunningEngine, publisher: aiomqtt.Client, monitor: Monitor) -> None:
        self.running = running
        self.publisher = publisher
        self.monitor = monitor
        self._asked = 0

    async def send(self, command: str, members: Any, *, retain: bool = False) -> None:
        """Publishes a command and awaits nothing."""
        payload = members if isinstance(members, bytes) else json.dumps(members).encode()
        await self.publisher.publish(command_topic("default", command), payload, 1, retain)

    async def ask(self, command: str, **members: Any) -> dict[str, Any]:
        """The answer to a command."""
        self._asked += 1
        correlation = f"{self._asked}"
        await self.send(command, {"reply_to": REPLY, "correlation": correlation} | members)
        wanted = {"correlation": members.get("correlation", correlation)}
        answer = await self.monitor.until_last("/reply/test", lambda told: told and wanted.items() <= told.items())
        return {name: value for name, value in answer.items() if name != "correlation"}


@contextlib.asynccontextmanager
async def asking(running: RunningEngine, broker: EmbeddedBroker) -> AsyncIterator[Asking]:
    """A daemon that takes commands, and somebody who sends them."""
    port = int(broker.url.rpartition(":")[2])
    way = access(broker.url.replace("mqtt://", "embedded://"))
    heard = Monitor(broker.url, STATES, "reglue/v1/default/reply/#")
    daemon = following(running, way, desk=desk_of(running))
    async with daemon, heard as monitor, aiomqtt.Client("127.0.0.1", port) as publisher:
        await monitor.until_last("state/daemon/here-1", lambda state: state and state["status"] == "online")
        yield Asking(running, publisher, monitor)


def desk_of(running: RunningEngine) -> Desk:
    """What takes commands for an engine."""
    return Desk(running.engine, build_app(running.engine).doors)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine tries again after a moment instead of seconds."""
    monkeypatch.setattr(recovery, "RETRY_SECONDS", 0.01)


@pytest.fixture
async def here(tmp_path: Path, broker: EmbeddedBroker) -> AsyncIterator[Asking]:
    """A workflow W, whose first job fails, in a daemon that takes commands."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", CHAIN, A={"--outcome": "FAILED"})
        async with asking(running, broker) as somebody:
            yield somebody


async def test_a_run_is_started_and_resumed(here: Asking) -> None:
    """A start answers the run, a resume what HTTP answers; events name who asked, without what could mislead."""
    started = await here.ask("start", workflow="W", properties={"day": "1"}, principal="ops\n team")
    graph = await here.running.ended(started["run_id"])
    assert (graph.properties["day"], graph.by) == ("1", "mqtt:ops__team")
    resumed = await here.ask("resume", workflow="W", run_id=graph.run_id, nodes=["A"])
    assert resumed["previous_run_id"] == graph.run_id
    assert (resumed["starting"], resumed["redundant"], resumed["again"]) == (["JOB:A"], [], False)
    assert here.running.graph(resumed["run_id"]).by == "mqtt:anonymous"


async def test_a_run_is_stopped(here: Asking) -> None:
    """A run that has ended cannot be stopped, and the answer says so as Glue's does."""
    run = await here.running.ask(commands.StartRun, "W")
    await here.running.ended(run)
    answer = await here.ask("stop", workflow="W", run_id=run)
    assert (answer["error"], "only a RUNNING run" in answer["message"]) == ("IllegalWorkflowStateException", True)


async def test_a_workflow_is_notified(here: Asking) -> None:
    """An event starts its workflow; the same id again is known, as it is over HTTP and after a restart."""
    await here.running.ask(commands.DefineWorkflow, "E", {})
    trigger = TriggerDefinition("T3", "EVENT", "E", actions=(Action(job_name="A"),))
    await here.running.ask(commands.DefineTrigger, trigger, True)
    event = {"workflow": "E", "id": "order-1", "detail": {"order": 1}, "source": "shop", "detail_type": "Placed"}
    assert await here.ask("notify", **event) == {"event_id": "order-1", "duplicate": False}
    assert await here.ask("notify", **event) == {"event_id": "order-1", "duplicate": True}
    latest = here.running.engine.latest_run("E")
    assert latest is not None
    (told,) = here.running.engine.notifications_of(here.running.graph(latest.run_id))
    said = told.notification
    assert (told.by, said.source, said.detail_type, said.detail) == ("mqtt:anonymous", "shop", "Placed", {"order": 1})


@pytest.mark.parametrize(
    ("command", "members", "error", "text"),
    [
        ("begin", {}, "UnknownOperationException", "start, stop, resume, notify"),
        ("start", {}, "InvalidInputException", "workflow"),
        ("start", {"workflow": 1}, "InvalidInputException", "workflow"),
        ("start", {"workflow": "W", "more": 1}, "InvalidInputException", "more"),
        ("start", {"workflow": "W", "id": "a b"}, "InvalidInputException", "id: 'a b'"),
        ("start", {"workflow": "X"}, "EntityNotFoundException", "'X'"),
        ("start", {"workflow": ""}, "ValidationException", "ame"),
        ("stop", {"workflow": "W", "run_id": NO_RUN}, "EntityNotFoundException", NO_RUN),
        ("stop", {"workflow": "W", "run_id": "x"}, "EntityNotFoundException", "'x'"),
        ("resume", {"workflow": "W", "run_id": NO_RUN}, "EntityNotFoundException", NO_RUN),
        ("notify", {"workflow": "W"}, "InvalidInputException", "no EVENT trigger"),
        ("notify", {"workflow": "W", "source": "aws.glue"}, "InvalidInputException", "source"),
    ],
)
async def test_errors_are_those_of_the_wire(
    here: Asking, command: str, members: dict[str, Any], error: str, text: str
) -> None:
    """What cannot be done is answered with Glue's code and a text that names what is wrong."""
    answer = await here.ask(command, **members)
    assert (answer["error"], text in answer["message"]) == (error, True), answer


async def test_a_run_is_looked_for_in_its_workflow(here: Asking) -> None:
    """A resume that names another workflow than the run's finds nothing."""
    await here.running.define("V", "T4: -> C")
    run = await here.running.ask(commands.StartRun, "V")
    answer = await here.ask("resume", workflow="W", run_id=run, failed=True)
    assert answer["error"] == "EntityNotFoundException"


async def test_what_cannot_be_read_is_refused(here: Asking) -> None:
    """No JSON, no object, and too much of it start nothing, and nobody can be answered; the next command is served."""
    for payload in (b"", b"start", b"[]", b'{"workflow":"W"' + b" " * MOST_BYTES + b"}"):
        await here.send("start", payload)
    assert (await here.ask("start", workflow="X"))["error"] == "EntityNotFoundException"
    assert here.running.engine.latest_run("W") is None


async def test_a_command_that_comes_twice_is_carried_out_once(here: Asking) -> None:
    """A start whose id is known gets the answer of the first; another request with that id is refused."""
    first = await here.ask("start", workflow="W", id="nightly-1")
    again = await here.ask("start", workflow="W", id="nightly-1")
    assert again == first | {"again": True}
    other = await here.ask("start", workflow="W", id="nightly-1", properties={"day": "2"})
    assert other["error"] == "IdempotentParameterMismatchException"
    assert len(here.running.engine.runs_of("W", 10)) == 1


async def test_without_an_id_the_correlation_tells(here: Asking) -> None:
    """The same request with the same correlation is the same command; with another one it is a new command."""
    first = await here.ask("start", workflow="W", correlation="c-1")
    await here.send("start", {"workflow": "W", "reply_to": REPLY, "correlation": "c-1"})
    await here.monitor.until_last("/reply/test", lambda told: told == first | {"again": True, "correlation": "c-1"})
    assert (await here.ask("start", workflow="W", correlation="c-2"))["run_id"] != first["run_id"]


async def test_what_was_refused_may_be_asked_again(here: Asking) -> None:
    """A refusal is not remembered: the same id does it once it can be done."""
    assert (await here.ask("start", workflow="X", id="x-1"))["error"] == "EntityNotFoundException"
    await here.running.define("X", "T5: -> C")
    assert "run_id" in await here.ask("start", workflow="X", id="x-1")


async def test_retained_commands_are_not_carried_out(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """A command that the broker kept from before the daemon came is ignored, and counted."""
    port = int(broker.url.rpartition(":")[2])
    async with RunningEngine(tmp_path) as running, aiomqtt.Client("127.0.0.1", port) as early:
        await running.define("W", CHAIN)
        await early.publish(command_topic("default", "start"), b'{"workflow":"W"}', 1, retain=True)
        async with asking(running, broker) as somebody:
            assert (await somebody.ask("start", workflow="X"))["error"] == "EntityNotFoundException"
            assert running.engine.latest_run("W") is None


@pytest.mark.parametrize(
    "place", ["reglue/v1/default/state/head", "reglue/v1/other/reply/x", "elsewhere", "reglue/v1/default/reply/#"]
)
async def test_answers_go_nowhere_else(here: Asking, place: str) -> None:
    """A command whose answer is awaited outside of the topics for answers is not carried out at all."""
    await here.send("start", {"workflow": "W", "reply_to": place})
    assert (await here.ask("start", workflow="X"))["error"] == "EntityNotFoundException"
    assert here.running.engine.latest_run("W") is None
    assert not [topic for topic, _ in here.monitor.heard if topic.endswith("/reply/x")]


async def test_a_log_that_cannot_be_written_is_answered(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """While the log cannot be written commands are refused with that error, and the id may be used again after."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", CHAIN)
        async with asking(running, broker) as somebody:
            disk = BusyDisk(tmp_path / LOG_FILE)
            disk.hold()
            answer = await somebody.ask("start", workflow="W", id="s-1")
            disk.let_go()
            assert (answer["error"], "locked" in answer["message"]) == ("InternalServiceException", True)
            await until(lambda: running.engine.status == "ready")
            assert "run_id" in await somebody.ask("start", workflow="W", id="s-1")
            disk.close()


async def test_nothing_is_taken_unless_asked_for(tmp_path: Path, broker: EmbeddedBroker) -> None:
    """A daemon without the setting subscribes to nothing: a command to it is heard by nobody."""
    port = int(broker.url.rpartition(":")[2])
    way = access(broker.url.replace("mqtt://", "embedded://"))
    async with RunningEngine(tmp_path) as running, aiomqtt.Client("127.0.0.1", port) as somebody:
        await running.define("W", CHAIN)
        async with following(running, way) as follower:
            await follower.caught_up()
            await somebody.publish(command_topic("default", "start"), b'{"workflow":"W"}', 1)
            await running.define("V", "T4: -> C")
            await follower.caught_up()
            assert "commands" not in follower.health
        assert running.engine.latest_run("W") is None


async def test_a_real_broker_brings_the_answer_by_properties(tmp_path: Path) -> None:
    """With MQTT 5 the answer comes at the response topic with the correlation data; `reglue watch` asks so; a monitor
    without the right to send commands is not heard."""
    async with mosquitto(tmp_path) as port, RunningEngine(tmp_path) as running:
        await running.define("W", CHAIN, A={"--outcome": "FAILED"})
        way = access(f"mqtt://reglue:{PASSWORD}@127.0.0.1:{port}")
        async with (
            following(running, way, desk=desk_of(running)) as follower,
            client(port, "operator") as operator,
        ):
            await follower.caught_up()
            async with client(port, "monitor") as stranger:
                await stranger.publish(command_topic("default", "start"), b'{"workflow":"W"}', 1)
            await operator.subscribe(REPLY, 1)
            properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it out
            properties.ResponseTopic, properties.CorrelationData = REPLY, b"\x00\x01"
            properties.UserProperty = [("principal", "alice")]
            async with asyncio.timeout(30):
                await operator.publish(command_topic("default", "start"), b'{"workflow":"W"}', 1, properties=properties)
                answer = await anext(operator.messages)
            assert answer.properties is not None
            assert answer.properties.CorrelationData == b"\x00\x01"  # type: ignore[attr-defined]  # made by paho
            run = json.loads(bytes(answer.payload))["run_id"]
            assert (await running.ended(run)).by == "mqtt:alice"
            assert len(running.engine.runs_of("W", 10)) == 1
            given = Given(f"mqtt://operator:{PASSWORD}@127.0.0.1:{port}")
            orders = OrdersByMqtt(source_of(given, Client("http://127.0.0.1:1")))
            assert running.graph(await orders.give(Order("W", run, ("JOB:A",)))).previous == run
            with pytest.raises(Refused, match="only a RUNNING run"):
                await orders.give(Order("W", run))
