"""Messages on topics that an EVENT trigger names start its workflow, as long as it names them."""

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiomqtt
import pytest

from daemon import commands
from daemon.errors import InvalidInput
from daemon.mqtt.broker import EmbeddedBroker
from events.notifications import EventReceived
from events.vocabulary import Action, TriggerDefinition, inbox_stream
from projections.topic_sources import TAG, covers, subscriptions
from projections.topic_sources import TopicSource as Source
from tests.daemon.engines import RunningEngine
from tests.daemon.mqtt.following import Following, Proxy, access, following, until

pytestmark = pytest.mark.anyio


@contextlib.asynccontextmanager
async def listening(folder: Path, tag: str) -> AsyncIterator[tuple[Following, aiomqtt.Client, Proxy]]:
    """A workflow E that listens to a filter, a sensor, and the way between the daemon and its broker."""
    broker = EmbeddedBroker("127.0.0.1", 0)
    await broker.start()
    sensor = aiomqtt.Client("127.0.0.1", int(broker.url.rpartition(":")[2]))
    try:
        async with RunningEngine(folder) as running, Proxy(broker.url) as proxy, sensor:
            await running.ask(commands.DefineJob, "A", {})
            await running.ask(commands.DefineWorkflow, "E", {})
            trigger = TriggerDefinition("T", "EVENT", "E", actions=(Action(job_name="A"),))
            await running.ask(commands.DefineTrigger, trigger, True, {TAG: tag} if tag else {})
            async with following(running, access(proxy.url)) as follower:
                await subscribed(follower, *([tag] if tag else []))
                yield follower, sensor, proxy
    finally:
        await broker.stop()


async def subscribed(follower: Following, *topics: str) -> None:
    """Waits until the daemon is subscribed to just these."""
    await follower.until(lambda health: health["state"] == "connected" and health["events"]["topics"] == list(topics))


def received(running: RunningEngine) -> list[EventReceived]:
    """What the workflow was notified of."""
    facts = [recorded.event for recorded in running.ledger.stream(inbox_stream("E"))]
    return [fact for fact in facts if isinstance(fact, EventReceived)]


async def test_a_message_starts_the_workflow(tmp_path: Path) -> None:
    """Objects are the detail, other payloads are in it; two equal messages are two events, and each starts a run."""
    async with listening(tmp_path, "sensors/+/door") as (follower, sensor, _):
        running = follower.running
        for payload in (b'{"open": true}', b"21.5", b"open", b"\xff", b'{"open": true}'):
            await sensor.publish("sensors/hall/door", payload, 1)
        await sensor.publish("sensors/hall/window", b"{}", 1)
        await until(lambda: len(received(running)) == 5, lambda: received(running))
        told = [fact.notification for fact in received(running)]
        details = [{"open": True}, {"payload": 21.5}, {"payload": "open"}, {"payload": "/w==", "encoding": "base64"}]
        assert sorted(map(json.dumps, [one.detail for one in told])) == sorted(
            map(json.dumps, [*details, {"open": True}])
        )
        assert {(one.source, one.detail_type) for one in told} == {("mqtt", "sensors/hall/door")}
        assert {fact.by for fact in received(running)} == {"mqtt:anonymous"}
        await until(lambda: len(running.engine.runs_of("E", 10)) == 5, lambda: running.engine.runs_of("E", 10))
        assert follower.health["events"]["taken"] == 5


async def test_a_cloud_event_that_comes_twice_is_one(tmp_path: Path) -> None:
    """By source and id a CloudEvent is known again; another source may use the same id."""
    async with listening(tmp_path, "shop/#") as (follower, sensor, _):
        for source in ("/a", "/a", "/b"):
            event = {"specversion": "1.0", "id": "1", "source": source, "type": "x"}
            await sensor.publish("shop/orders", json.dumps(event), 1)
        await follower.until(lambda health: health["events"]["taken"] == 3)
        assert [fact.notification.detail["source"] for fact in received(follower.running)] == ["/a", "/b"]


async def test_subscriptions_follow_the_tags(tmp_path: Path) -> None:
    """A tag that comes, changes or goes, or a trigger that goes, changes what is heard, on the same connection."""
    async with listening(tmp_path, "") as (follower, sensor, _):
        ask = follower.running.ask
        await ask(commands.TagResource, "trigger", "T", {TAG: "a/#"})
        await subscribed(follower, "a/#")
        await ask(commands.TagResource, "trigger", "T", {TAG: "b"})
        await subscribed(follower, "b")
        await sensor.publish("a/1", b"{}", 1)
        await sensor.publish("b", b"{}", 1)
        await follower.until(lambda health: health["events"]["taken"] == 1)
        assert [fact.notification.detail_type for fact in received(follower.running)] == ["b"]
        await ask(commands.UntagResource, "trigger", "T", (TAG,))
        await subscribed(follower)
        await ask(commands.TagResource, "trigger", "T", {TAG: "c"})
        await subscribed(follower, "c")
        await ask(commands.RemoveTrigger, "T")
        await subscribed(follower)


async def test_subscriptions_come_back_with_the_connection(tmp_path: Path) -> None:
    """After a cut the daemon hears again; what the broker kept is no event, however often it is delivered."""
    async with listening(tmp_path, "sensors/#") as (follower, sensor, proxy):
        await sensor.publish("sensors/state", b"{}", 1, retain=True)
        await follower.until(lambda health: health["events"]["taken"] == 1)
        proxy.cut()
        await follower.until(lambda health: health["connections"] == 2)
        await subscribed(follower, "sensors/#")
        await sensor.publish("sensors/door", b"{}", 1)
        await follower.until(lambda health: health["events"]["taken"] == 2)
        assert len(received(follower.running)) == 2


@pytest.mark.parametrize("tag", ["", "#", "+/a", "$SYS/#", "a/#/b", "a/b+", "reglue/#", "reglue/v1/default/cmd/start"])
async def test_what_is_no_filter_is_refused(tmp_path: Path, tag: str) -> None:
    """A tag that is no filter, or would take the daemon's own messages by accident, is refused with the reason."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A")
        with pytest.raises(InvalidInput, match=TAG):
            await running.ask(commands.TagResource, "trigger", "T1", {TAG: tag})
        await running.ask(commands.TagResource, "trigger", "T1", {TAG: "reglue/v1/default/events/W/#"})


def test_filters_that_are_covered_are_not_subscribed_to() -> None:
    """Of filters that lie in one another only the widest is subscribed to; each still takes what is its own."""
    sources = [Source("a/#", "W"), Source("a/+", "W"), Source("a/b", "V"), Source("c", "W")]
    assert subscriptions(sources) == {"a/#", "c"}
    assert (covers("a/#", "a"), covers("a/+", "a/#"), covers("a/+", "a"), covers("a/b", "a/b")) == (
        True,
        False,
        False,
        True,
    )
