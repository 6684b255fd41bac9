"""Decides when schedules come due, and has them fired.

It keeps the next moment of everything that is scheduled, whatever its kind, and asks for a firing when one has come.
What it knows it takes from the standing: at a start, when the log was read anew, and after each commit that touches a
definition. Whether a moment is acted upon is decided by `daemon/decisions/schedule.py`, so asking once too often does
nothing.
"""

from collections.abc import Sequence

from daemon import cron
from daemon.clock import Clock
from daemon.deadlines import Deadlines
from daemon.handling import Handler
from daemon.logs import get_logger
from daemon.schedule_commands import FireSchedule
from events.ledger import Fact
from events.vocabulary import StreamId
from projections.designs import Definition
from projections.schedules import Schedule

LATE_MILLIS = 60_000
"""A firing later than this is a catch-up although the daemon ran: its machine slept, or its clock was set."""

log = get_logger()


def next_due(schedule: Schedule) -> int | None:
    """The moment that is to be acted upon next, which may have passed; None if there is none any more.

    An older version took schedules that are none; such a one never comes due.
    """
    try:
        return cron.next_after(schedule.expression, schedule.since)
    except cron.InvalidSchedule:
        return None


class Scheduler:
    """Watches the schedules of one daemon. `recover` it first."""

    def __init__(self, handler: Handler, clock: Clock) -> None:
        self._handler = handler
        self._clock = clock
        self._deadlines = Deadlines(clock)
        self._watching_since = 0

    def recover(self) -> int:
        """Watches every active schedule, and no other. What came due before now is caught up with: soon, and once
        each. Returns how many schedules there are."""
        self._deadlines.clear()
        self._watching_since = self._clock.now()
        scheduled = self._handler.standing.designs.scheduled()
        for definition in scheduled:
            self._watch(definition.stream, definition.schedule)
        return len(scheduled)

    def committed(self, facts: Sequence[Fact]) -> None:
        """Looks again at the definitions that these facts are about."""
        for stream in {fact.stream for fact in facts}:
            definition = self._handler.standing.designs.at(stream)
            if definition is not None:
                self._watch(stream, definition.schedule)

    def run_once(self) -> int:
        """Asks for every firing that is due now; returns how many."""
        return self._deadlines.run_due()

    def stop(self) -> None:
        """Watches nothing any more."""
        self._deadlines.clear()

    def _watch(self, stream: StreamId, schedule: Schedule | None) -> None:
        due = next_due(schedule) if schedule is not None and schedule.expression else None
        if due is None:
            self._deadlines.drop(stream)
        else:
            self._deadlines.set(stream, due, lambda: self._fire(stream))

    def _fire(self, stream: StreamId) -> None:
        """Asks for the latest moment that has come; it stands for all that were missed before it. While the log cannot
        be written it is let go: `recover` brings it again."""
        definition = self._handler.standing.designs.at(stream)
        schedule = definition.schedule if definition is not None else None
        if definition is None or schedule is None or not schedule.expression or self._handler.is_closed:
            return
        now = self._clock.now()
        due = cron.latest_until(schedule.expression, now)
        if due is None or due <= schedule.since:
            self._watch(stream, schedule)
        else:
            self._submit(definition, due, now)

    def _submit(self, definition: Definition, due: int, now: int) -> None:
        catch_up = due < self._watching_since or now - due > LATE_MILLIS
        log.info("schedule_due", kind=definition.kind, name=definition.name, due=due, catch_up=catch_up)
        command = FireSchedule(now, "clock", self._clock.seed(), definition.kind, definition.name, due, catch_up)
        self._handler.submit(command)
