"""The log as readers outside see it: pages up to the disk, and what is known about each event's stream."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from daemon import commands, recovery
from daemon.engine import LOG_FILE
from daemon.errors import LogUnavailable
from daemon.feed import Feed
from daemon.mqtt.messages import cloud_event
from daemon.mqtt.topics import event_topic
from events.ledger import Ledger
from events.vocabulary import TriggerDefinition
from tests.daemon.disks import BusyDisk
from tests.daemon.engines import RunningEngine

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log that could not be written is tried again after a moment instead of seconds."""
    monkeypatch.setattr(recovery, "RETRY_SECONDS", 0.01)


def documents(feed: Feed) -> list[dict[str, Any]]:
    """Every event of the log as a monitor reads it."""
    origin = feed.origin()
    assert origin is not None
    return [cloud_event(recorded, origin, feed.about(recorded)) for recorded in feed.page(0, 10_000)]


def topics(feed: Feed) -> list[str]:
    """Where every event of the log is published, from the workflow on."""
    found = [event_topic("n", r.stream, r.event, feed.about(r).workflow) for r in feed.page(0, 10_000)]
    return [topic.removeprefix("reglue/v1/n/events/") for topic in found]


async def test_pages_cover_the_log_once(tmp_path: Path) -> None:
    """Page after page gives every event up to the head once and in order, and then nothing."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A\nT2: A -> B")
        run = await running.ask(commands.StartRun, "W")
        await running.ended(run)
        feed, seen = running.engine.feed, [0]
        while page := feed.page(seen[-1], 3):
            seen += [recorded.position for recorded in page]
        assert seen == list(range(feed.head + 1))
        assert feed.head == running.ledger.position()
        assert [r.stream for r in feed.page(0, 2, run)] == [run, run]


async def test_what_is_not_on_the_disk_is_not_seen(tmp_path: Path) -> None:
    """An event that waits for the disk is in memory, and neither in the head nor in a page."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A")
        before = running.engine.feed.head
        running.engine.handler.submit(commands.RemoveWorkflow(1, "api:test", b"s", "W"))
        assert running.engine.standing.designs.workflow("W") is None
        assert running.engine.feed.head == before
        assert not running.engine.feed.page(before, 10)
        await running.engine.settled()
        assert [r.position for r in running.engine.feed.page(before, 10)] == [before + 1]


async def test_the_id_is_that_of_the_log(tmp_path: Path) -> None:
    """A copy of a log has its id, another log has another, and an empty one has none."""
    ids = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        async with RunningEngine(tmp_path / name) as running:
            assert running.engine.feed.origin() is None
            await running.define(f"W{name}", "T1: -> A")
            origin = running.engine.feed.origin()
            assert origin is not None
            ids.append(origin.log_id)
    assert len(set(ids)) == 2
    assert all(len(log_id) == 16 for log_id in ids)
    shutil.copy(tmp_path / "one" / LOG_FILE, tmp_path / "copy.db")
    copy = Ledger(tmp_path / "copy.db")
    assert copy.identity() == ids[0]
    copy.close()


async def test_events_are_told_the_same_ever_after(tmp_path: Path) -> None:
    """A monitor that reads a log again reads the same documents, also after a restart and in pages of any size."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A\nT2: A -> B", A={"--outcome": "FAILED"})
        first = await running.ask(commands.StartRun, "W")
        live = documents(running.engine.feed)
        await running.ended(first)
        second = await running.resume(first, "A")
        await running.ended(second)
        told = documents(running.engine.feed)
        assert told[: len(live)] == live
    async with RunningEngine(tmp_path) as running:
        assert documents(running.engine.feed) == told
    ends = [document["data"] for document in told if document["type"] == "reglue.run.completed"]
    assert [(d["run_id"], d["outcome"], d.get("previous_run_id")) for d in ends] == [
        (first, "PARTLY_FAILED", None),
        (second, "PARTLY_FAILED", first),
    ]
    assert {document["traceparent"] for document in told if document["subject"] in (first, second)}


async def test_events_are_placed_in_their_workflow(tmp_path: Path) -> None:
    """Runs, triggers, designs and workflows are below their workflow's name; jobs are below none."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A")
        run = await running.ask(commands.StartRun, "W")
        await running.ended(run)
        placed = topics(running.engine.feed)
    assert placed[:3] == ["W/-/workflow/W/created", "-/-/job/A/created", "W/-/trigger/T1/created"]
    assert any(topic.startswith("W/-/design/") for topic in placed)
    assert f"W/{run}/run/completed" in placed
    assert f"W/{run}/node/A/succeeded" in placed


async def test_a_trigger_defined_anew_elsewhere(tmp_path: Path) -> None:
    """The events of a trigger that was deleted and defined in another workflow stay where they were, in whatever order
    they are read."""
    async with RunningEngine(tmp_path) as running:
        for workflow in ("V", "W"):
            await running.define(workflow, "")
        for workflow in ("V", "W"):
            await running.ask(commands.DefineTrigger, TriggerDefinition("T", "CONDITIONAL", workflow), False)
            await running.ask(commands.TagResource, "trigger", "T", {"a": "b"})
            await running.ask(commands.RemoveTrigger, "T")
        feed = running.engine.feed
        in_order = [topic for topic in topics(feed) if "/trigger/" in topic]
        assert in_order == [
            *("V/-/trigger/T/created", "V/-/trigger/T/tagged", "V/-/trigger/T/deleted"),
            *("W/-/trigger/T/created", "W/-/trigger/T/tagged", "W/-/trigger/T/deleted"),
        ]
        ours = feed.page(0, 100, "trigger:T")
        assert [feed.about(recorded).workflow for recorded in reversed(ours)] == list("WWWVVV")
        assert [feed.about(ours[place]).workflow for place in (1, 4, 2)] == list("VWV")


async def test_a_refused_unit_is_never_seen(tmp_path: Path) -> None:
    """What the disk refused is neither in the head nor in a page, and the log read anew goes on from there."""
    async with RunningEngine(tmp_path) as running:
        await running.define("W", "T1: -> A")
        disk, before = BusyDisk(tmp_path / LOG_FILE), running.engine.feed.head
        disk.hold()
        with pytest.raises(LogUnavailable):
            await running.ask(commands.RemoveWorkflow, "W")
        assert running.engine.feed.head == before
        assert not running.engine.feed.page(before, 10)
        disk.let_go()
        await running.idle()
        await running.ask(commands.RemoveWorkflow, "W")
        assert [type(r.event).__name__ for r in running.engine.feed.page(before, 10)] == ["WorkflowRemoved"]
        disk.close()
