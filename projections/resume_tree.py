"""What each run of a chain of resumes did itself: what it was asked for, what it ran, and on what terms.

It is read from the run's own stream, which holds just that; the graphs need not be folded for it.
"""

from collections.abc import Iterable

import msgspec

from events.design import Event
from events.runs import NodeCompleted, NodeRefused, NodeStarted, NodeWaiting, RunResumed, RunStarted, TriggerFired
from events.vocabulary import NodeKey


class Share(msgspec.Struct):
    """One run's own part of a chain. `ran` holds the state that each node's newest attempt in this run has; `fired` the
    triggers that fired in it. `resumed` is its first event, if it is a resume; `design` the hash of its design."""

    design: str = ""
    resumed: RunResumed | None = None
    ran: dict[NodeKey, str] = {}
    fired: list[str] = []


def share_of(events: Iterable[Event]) -> Share:
    """The part that a run's stream tells of."""
    share = Share()
    for event in events:
        match event:
            case RunResumed():
                share.design, share.resumed = event.design, event
            case RunStarted():
                share.design = event.design
            case NodeStarted():
                share.ran[event.node] = "RUNNING"
            case NodeWaiting():
                share.ran[event.node] = "WAITING"
            case NodeCompleted() | NodeRefused():
                share.ran[event.node] = event.state
            case TriggerFired():
                share.fired.append(event.trigger)
    return share
