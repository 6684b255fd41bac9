"""What an inbox owes: the run that a complete batch begins.

A batch is complete when as many events wait as the trigger's BatchSize says, or when the BatchWindow that the first of
them opened has ended. Every unit that brings events is followed by this question, and the clock asks it when a window
ends; the answer is in the same unit, so no crash comes between a batch and its run.
"""

from daemon.decisions.decision import Decision, Situation
from daemon.decisions.start import start_unasked
from daemon.notification_commands import CloseBatch
from events.design import Event
from events.notifications import BatchFired, EventsDiscarded
from events.vocabulary import Cause, EventBatch, StreamId, inbox_stream
from projections.batching import Batching, batching_of
from projections.inboxes import Inbox, Waiting

EVENT_IDS = "aws:eventIds"
"""The run property that holds the events' ids: one text, `[id1, id2]`, because scripts that read it cut off the
brackets."""


def close_batch(command: CloseBatch, situation: Situation) -> Decision:
    """Decides nothing itself: what the inbox owes follows."""
    return Decision(touched=(inbox_stream(command.workflow),))


def owed_by_inbox(inbox: Inbox, situation: Situation) -> tuple[tuple[StreamId, Event], ...]:
    """The run of the oldest complete batch; none while events wait for more of them, or for the window's end.

    A workflow that is gone leaves no known events either: one made anew under its name was told of none.
    """
    is_gone = situation.standing.designs.workflow(inbox.workflow) is None
    if not inbox.waiting and not (is_gone and inbox.known):
        return ()
    batching = batching_of(situation.standing.designs, inbox.workflow)
    if batching is None:
        reason = f"Workflow {inbox.workflow!r} is gone, or has no EVENT trigger any more."
        discarded = EventsDiscarded(situation.at, situation.by, len(inbox.waiting), reason)
        return ((inbox.stream, discarded),)
    due = inbox.due_at(batching.window)
    if len(inbox.waiting) < batching.size and due is not None and situation.at < due:
        return ()
    return _fired(inbox, batching, situation)


def _fired(inbox: Inbox, batching: Batching, situation: Situation) -> tuple[tuple[StreamId, Event], ...]:
    taken = inbox.waiting[: batching.size]
    ids = tuple(waiting.id for waiting in taken)
    cause = Cause("EVENT", batching.trigger, ids, batch=_batch(taken, batching))
    properties = {EVENT_IDS: f"[{', '.join(ids)}]"}
    workflow = situation.standing.designs.workflow(inbox.workflow)
    assert workflow is not None
    begun = start_unasked(workflow, cause, properties, situation)
    fired = BatchFired(situation.at, situation.by, begun.answer, len(taken))
    return (*begun.events, (inbox.stream, fired))


def _batch(taken: tuple[Waiting, ...], batching: Batching) -> EventBatch:
    """Glue tells in StartingEventBatchCondition which of the two fired: the other is zero."""
    by_number = len(taken) >= batching.size
    hops = max(waiting.hops for waiting in taken) + 1
    size, window = (len(taken), 0) if by_number else (0, batching.window)
    return EventBatch(taken[0].version, taken[-1].version, size, window, hops)
