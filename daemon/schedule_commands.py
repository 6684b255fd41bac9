"""What the clock asks of the daemon about schedules, as in `daemon/commands.py`."""

from daemon.commands import Command
from projections.designs import Kind


class FireSchedule(Command, frozen=True):
    """Start what a definition's schedule asks for at the moment `due` (milliseconds since the epoch).

    `catch_up` says that nobody could act when it was due. Nothing happens unless the schedule is active, comes due at
    that moment, and has not been acted upon since: the command may come twice, or late. Answers the ids of what was
    started.
    """

    kind: Kind
    name: str
    due: int
    catch_up: bool = False
