"""An engine with a schedule, a clock that walks, and what the log then says of its firings."""

from typing import NamedTuple

from daemon import commands
from events.schedules import ScheduleFired
from events.vocabulary import Action, TriggerDefinition, trigger_stream
from tests.daemon.clocks import StandingClock
from tests.daemon.cron_table import millis
from tests.daemon.engines import RunningEngine

HOUR = 3_600_000
DAY = 24 * HOUR
EVENING = millis("2024-02-26 18:00")
NIGHTLY = "cron(0 0 * * ? *)"


class Seen(NamedTuple):
    """A firing as the log has it: the moment it was for, whether it caught up, the first moment missed."""

    due: int
    catch_up: bool = False
    missed_since: int | None = None


def evening() -> StandingClock:
    """A clock that stands at six in the evening, some days before a leap day."""
    return StandingClock(EVENING)


async def define(running: RunningEngine, name: str = "T1", schedule: str = NIGHTLY, workflow: str = "W") -> None:
    """A workflow that an activated scheduled trigger starts, with one job."""
    await running.ask(commands.DefineWorkflow, workflow, {})
    await running.ask(commands.DefineJob, f"J-{name}", {})
    actions = (Action(f"J-{name}"),)
    definition = TriggerDefinition(name, "SCHEDULED", workflow, schedule=schedule, actions=actions)
    await running.ask(commands.DefineTrigger, definition, True)


async def at(running: RunningEngine, time: int) -> None:
    """It is this time: what is due is asked for, and all that follows is on the disk."""
    assert isinstance(running.clock, StandingClock)
    running.clock.time = time
    running.engine.scheduler.run_once()
    await running.engine.settled()


def firings(running: RunningEngine, name: str = "T1") -> list[ScheduleFired]:
    """The firings of a trigger in the log, oldest first."""
    events = [recorded.event for recorded in running.ledger.stream(trigger_stream(name))]
    return [event for event in events if isinstance(event, ScheduleFired)]


def seen(running: RunningEngine, name: str = "T1") -> list[Seen]:
    """The same in short. Each names a run that is there, and every run is named."""
    fired = firings(running, name)
    runs = [run.run_id for _, run in running.engine.runs_of("W", 1_000)]
    assert [run for event in reversed(fired) for run in event.started] == runs
    return [Seen(event.due, event.catch_up, event.missed_since) for event in fired]
