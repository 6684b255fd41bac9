"""Facts about schedules: each time that one came due and was acted upon.

The fact stands in the stream of what is scheduled (a trigger, a crawler), in one unit with the start of what it
started; so a restart can neither lose a firing nor repeat it. Field names are a storage format: see the room's
docstring before renaming one.
"""

from events.design import Event


class ScheduleFired(Event, frozen=True):
    """A schedule came due at the moment `due` and what it asks for was started.

    `catch_up` says that it was late because nobody could act when it was due: no daemon ran, or the log could not be
    written. One firing then stands for all that were missed, the first of which is `missed_since` if there were more.
    `started` holds the ids of the runs or job runs; `error` says why something was not, or not fully, started.
    """

    due: int
    catch_up: bool = False
    missed_since: int | None = None
    started: tuple[str, ...] = ()
    error: str | None = None
