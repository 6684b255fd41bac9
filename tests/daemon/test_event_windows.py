"""Windows of batches in an engine: the clock closes them, a restart does not lose them."""

from pathlib import Path

import pytest

from daemon import commands
from daemon.notification_commands import Incoming, ReceiveEvents
from tests.daemon.clocks import StandingClock
from tests.daemon.decisions.notified import event_trigger, notification
from tests.daemon.engines import RunningEngine

pytestmark = pytest.mark.anyio


async def define(running: RunningEngine, **condition: int) -> None:
    """A workflow `W` that events start."""
    await running.ask(commands.DefineWorkflow, "W", {})
    await running.ask(commands.DefineJob, "A", {})
    await running.ask(commands.DefineTrigger, event_trigger("W", "A", **condition))


async def notify(running: RunningEngine, *ids: str) -> None:
    """Events come, one after the other."""
    for event_id in ids:
        event = notification(event_id, detail={"of": event_id})
        await running.ask(ReceiveEvents, (Incoming(event, "W"),))


def runs(running: RunningEngine) -> list[tuple[str, ...]]:
    """The event ids of the workflow's runs, oldest first."""
    return [summary.cause.event_ids for _, summary in running.engine.runs_of("W", 100)][::-1]


async def test_clock_closes_a_window(tmp_path: Path) -> None:
    """Nothing starts a millisecond before its end; what came until then starts together."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await define(running, BatchSize=5, BatchWindow=60)
        await notify(running, "e1")
        clock.time += 59_999
        await notify(running, "e2")
        running.engine.batch_windows.run_once()
        assert runs(running) == []
        clock.time += 1
        running.engine.batch_windows.run_once()
        await running.engine.settled()
        assert runs(running) == [("e1", "e2")]
        (run,) = [summary.run_id for _, summary in running.engine.runs_of("W", 9)]
        received = running.engine.notifications_of(running.graph(run))
        assert [event.notification.detail for event in received] == [{"of": "e1"}, {"of": "e2"}]
        await running.ended(run)


async def test_full_batch_takes_its_window_along(tmp_path: Path) -> None:
    """The window of a batch that its number completed starts nothing; the next event opens another."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await define(running, BatchSize=2, BatchWindow=60)
        await notify(running, "e1")
        clock.time += 30_000
        await notify(running, "e2", "e3")
        clock.time += 30_000
        running.engine.batch_windows.run_once()
        await running.engine.settled()
        assert runs(running) == [("e1", "e2")]
        clock.time += 30_000
        running.engine.batch_windows.run_once()
        await running.engine.settled()
        assert runs(running) == [("e1", "e2"), ("e3",)]


async def test_window_survives_a_restart(tmp_path: Path) -> None:
    """What waits is there for the next engine, known ids too; a window that ended meanwhile is closed at its start."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await define(running, BatchSize=5, BatchWindow=60)
        await notify(running, "e1", "e2")
    clock.time += 30_000
    async with RunningEngine(tmp_path, clock) as running:
        await notify(running, "e2", "e3")
        assert runs(running) == []
    clock.time += 30_000
    async with RunningEngine(tmp_path, clock) as running:
        await running.until(lambda: runs(running) == [("e1", "e2", "e3")])
        (run,) = [summary.run_id for _, summary in running.engine.runs_of("W", 9)]
        await running.ended(run)


async def test_shorter_window_holds_for_what_waits(tmp_path: Path) -> None:
    """A trigger that is changed moves the end of the window."""
    clock = StandingClock()
    async with RunningEngine(tmp_path, clock) as running:
        await define(running, BatchSize=5, BatchWindow=900)
        await notify(running, "e1")
        update = {"Actions": [{"JobName": "A"}], "EventBatchingCondition": {"BatchSize": 5, "BatchWindow": 10}}
        await running.ask(commands.ChangeTrigger, "W-start", update)
        clock.time += 10_000
        running.engine.batch_windows.run_once()
        await running.engine.settled()
        assert runs(running) == [("e1",)]
