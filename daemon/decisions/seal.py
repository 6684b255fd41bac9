"""Seals: whether one continues the seal before it. What it says of the log was read off the disk by whoever asks."""

from daemon.decisions.decision import Decision, Situation, on_stream
from daemon.errors import InvalidInput
from daemon.seal_commands import SealLog
from events.seals import sealed
from events.vocabulary import SEAL_STREAM


def seal_log(command: SealLog, situation: Situation) -> Decision:
    """The seal, if its range begins where that of the seal before ends, and it names that one. A signature covers the
    moment, so the event is taken as it was made."""
    before, event = situation.standing.seal, command.event
    first, previous = (before.last + 1, before.hash) if before is not None else (1, "")
    if (event.first, event.previous) != (first, previous):
        raise InvalidInput(
            f"The seal of positions {event.first} to {event.last} does not continue the log's newest seal, which asks "
            f"for one from position {first} on."
        )
    if event.last < event.first:
        raise InvalidInput(f"A seal from position {event.first} to {event.last} seals nothing.")
    number = before.number + 1 if before is not None else 1
    return on_stream(SEAL_STREAM, event, answer=sealed(number, event))
