"""Where a schedule stands: the expression that is active, since when its moments count, and its last firing."""

import msgspec

from events.design import Event
from events.schedules import ScheduleFired


class Schedule(msgspec.Struct, frozen=True):
    """A definition's schedule. `expression` is empty while the definition is not to fire.

    Moments after `since` (milliseconds since the epoch) are still to be acted upon: it is when the expression became
    active, or the moment that was acted upon last. `last` is the last firing, whatever has changed since.
    """

    expression: str
    since: int
    last: ScheduleFired | None = None


def rescheduled(before: Schedule | None, expression: str, event: Event) -> Schedule | None:
    """The schedule after one more event of its definition's stream, by which `expression` is the active one."""
    if isinstance(event, ScheduleFired):
        return Schedule(expression, event.due, event)
    if before is None:
        return Schedule(expression, event.at) if expression else None
    if expression == before.expression:
        return before
    return Schedule(expression, event.at, before.last)
