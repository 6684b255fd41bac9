"""Schedules over days, restarts, a log that cannot be written, and kills between the moment and the commit."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import pytest

from daemon import commands, recovery
from daemon.engine import LOG_FILE, VIEWS_FILE
from daemon.errors import LogUnavailable
from tests.daemon.clocks import StandingClock
from tests.daemon.cron_table import millis
from tests.daemon.disks import BusyDisk
from tests.daemon.engines import RunningEngine, taken_turns
from tests.daemon.schedules import DAY, EVENING, HOUR, Seen, at, define, evening, firings, seen

pytestmark = pytest.mark.anyio

FIRST_NIGHT = EVENING + 6 * HOUR
SECOND_NIGHT = FIRST_NIGHT + DAY
DEADLINE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine tries again after a moment instead of seconds."""
    monkeypatch.setattr(recovery, "RETRY_SECONDS", 0.01)


async def test_walk_over_days(tmp_path: Path) -> None:
    """Minute by minute about midnight, over a leap day: each night once, when it has come."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
        for night in range(5):
            midnight = FIRST_NIGHT + night * DAY
            for time in (midnight - 1, midnight, midnight + 1, midnight + 59_999, midnight + 12 * HOUR):
                await at(running, time)
        assert seen(running) == [Seen(FIRST_NIGHT + night * DAY) for night in range(5)]
        assert firings(running)[3].due == millis("2024-03-01 00:00")


async def test_several_schedules(tmp_path: Path) -> None:
    """Each keeps its own time, and a change of one leaves the others."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
        await define(running, "T2", "cron(30 * * * ? *)", "W2")
        await at(running, EVENING + HOUR)
        change = {"Schedule": "cron(0 20 * * ? *)", "Actions": [{"JobName": "J-T2"}]}
        await running.ask(commands.ChangeTrigger, "T2", change)
        for hour in range(24):
            await at(running, EVENING + hour * HOUR + 100)
        assert [event.due for event in firings(running, "T2")] == [EVENING + HOUR // 2, EVENING + 2 * HOUR]
        assert seen(running) == [Seen(FIRST_NIGHT)]


async def test_stopped_triggers_are_let_go(tmp_path: Path) -> None:
    """Deactivated, then deleted: no moment is waited for, and none is caught up with on activation."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
        await running.ask(commands.StopTrigger, "T1")
        await at(running, FIRST_NIGHT)
        await running.ask(commands.StartTrigger, "T1")
        await at(running, SECOND_NIGHT)
        await running.ask(commands.RemoveTrigger, "T1")
        await at(running, SECOND_NIGHT + DAY)
        assert seen(running) == [Seen(SECOND_NIGHT)]


@pytest.mark.parametrize("rows", ["kept", "lost"])
@pytest.mark.parametrize(
    ("back", "expected"),
    [
        (EVENING + HOUR, []),
        (FIRST_NIGHT, [Seen(FIRST_NIGHT)]),
        (FIRST_NIGHT + 1, [Seen(FIRST_NIGHT, True)]),
        (SECOND_NIGHT + 3 * DAY + 1, [Seen(SECOND_NIGHT + 3 * DAY, True, FIRST_NIGHT)]),
    ],
    ids=["before it is due", "at the moment", "just after", "days later"],
)
async def test_missed_while_no_daemon_ran(tmp_path: Path, rows: str, back: int, expected: list[Seen]) -> None:
    """At most one firing catches up, and says so; a second restart adds nothing."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
    if rows == "lost":
        (tmp_path / VIEWS_FILE).unlink()
    for _ in range(2):
        async with RunningEngine(tmp_path, StandingClock(back)) as running:
            await at(running, back)
            assert seen(running) == expected
    async with RunningEngine(tmp_path, StandingClock(back)) as running:
        await at(running, back + DAY)
        assert len(seen(running)) == len(expected) + 1


async def test_restart_after_a_firing(tmp_path: Path) -> None:
    """What was acted upon is not repeated, also when the clock was set back meanwhile."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
        await at(running, FIRST_NIGHT + 200)
    for time in (FIRST_NIGHT + 100, FIRST_NIGHT - HOUR, FIRST_NIGHT + HOUR):
        async with RunningEngine(tmp_path, StandingClock(time)) as running:
            await at(running, time)
            assert seen(running) == [Seen(FIRST_NIGHT)]


async def test_a_machine_that_slept(tmp_path: Path) -> None:
    """The daemon ran on, but nobody acted for days: one firing, as a catch-up."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
        await at(running, SECOND_NIGHT + HOUR)
        assert seen(running) == [Seen(SECOND_NIGHT, True, FIRST_NIGHT)]


async def test_missed_while_the_log_could_not_be_written(tmp_path: Path) -> None:
    """What the log refused did not happen; it is caught up with once, when the log can be written again."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
        disk = BusyDisk(tmp_path / LOG_FILE)
        disk.hold()
        with pytest.raises(LogUnavailable):
            await at(running, FIRST_NIGHT)
        assert firings(running) == []
        with contextlib.suppress(LogUnavailable):
            await at(running, SECOND_NIGHT + 1)
        disk.let_go()
        await running.idle()
        await at(running, SECOND_NIGHT + 1)
        assert seen(running) == [Seen(SECOND_NIGHT, True, FIRST_NIGHT)]
        disk.close()


async def test_an_invalid_schedule_of_old_is_passed_over(tmp_path: Path) -> None:
    """A version that looked at the form alone may have stored it; the others go on."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running, "T0", "cron(99 0 * * ? *)", "W0")
        await define(running)
        await at(running, FIRST_NIGHT)
        assert (firings(running, "T0"), seen(running)) == ([], [Seen(FIRST_NIGHT)])


async def test_the_loop_fires_by_itself(tmp_path: Path) -> None:
    """A moment that has passed at a start is caught up with although nobody asks."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
    async with RunningEngine(tmp_path, StandingClock(FIRST_NIGHT + HOUR)) as running:
        await running.until(lambda: bool(firings(running)))
        await taken_turns()
        assert seen(running) == [Seen(FIRST_NIGHT, True)]


@pytest.mark.parametrize(("moment", "expected"), [("before", Seen(FIRST_NIGHT, True)), ("after", Seen(FIRST_NIGHT))])
async def test_killed_about_the_commit(tmp_path: Path, moment: str, expected: Seen) -> None:
    """Killed between the moment and the commit, or right after it: the firing is neither lost nor doubled."""
    async with RunningEngine(tmp_path, evening()) as running:
        await define(running)
    command = [sys.executable, "-m", "tests.daemon.doomed_scheduler", str(tmp_path), moment, str(FIRST_NIGHT)]
    died = await asyncio.create_subprocess_exec(*command)
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await died.wait() == -signal.SIGKILL
    async with RunningEngine(tmp_path, StandingClock(FIRST_NIGHT + 300)) as running:
        await at(running, FIRST_NIGHT + 300)
        assert seen(running) == [expected]
        (run,) = firings(running)[0].started
        assert (await running.ended(run)).status == "COMPLETED"
