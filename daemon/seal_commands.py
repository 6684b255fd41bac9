"""What the daemon asks of itself about the log as a whole, as in `daemon/commands.py`."""

from daemon.commands import Command
from events.seals import LogSealed


class SealLog(Command, frozen=True):
    """Append a seal that was made of what the log holds. It is refused when another seal came first. Answers the
    Seal."""

    event: LogSealed
