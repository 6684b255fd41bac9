"""Applies a decision's events and all that follows from them, until nothing is owed any more.

Kept apart from the handler because it is pure but for the standing it brings forward: tests of rules and replays of
decisions need no log.
"""

from collections.abc import Sequence

from daemon.commands import AdmitWaiting
from daemon.decisions.decision import Decision, Situation
from daemon.decisions.follow_on import follow_on
from daemon.decisions.start import admit_waiting
from events.design import Event, JobChanged, JobRemoved
from events.ledger import Fact
from events.runs import NodeCompleted, NodeRefused
from events.vocabulary import JOB, NodeKey, StreamId, is_run_stream, node_key

Events = Sequence[tuple[StreamId, Event]]


def settle(decision: Decision, situation: Situation) -> list[Fact]:
    """The whole unit: a decision's events and what they bring about, applied to the standing in this order.

    Runs are settled first (ripe triggers fire, finished runs complete); then attempts that waited for a job which has
    room now start, in whatever run they are.
    """
    facts: list[Fact] = []
    touched: dict[StreamId, None] = dict.fromkeys(decision.touched)
    freed: dict[NodeKey, None] = {}
    events: Events = decision.events or _owed_by_runs(touched, situation)
    while events:
        for stream, event in events:
            facts.append(Fact(stream, situation.standing.anticipate(stream, event), event))
            if is_run_stream(stream):
                touched[stream] = None
            freed.update(dict.fromkeys(_freed(stream, event)))
        events = _owed_by_runs(touched, situation) or _owed_to_waiting(freed, situation)
    return facts


def _freed(stream: StreamId, event: Event) -> tuple[NodeKey, ...]:
    """The jobs whose waiting attempts an event may let go on."""
    if isinstance(event, NodeCompleted | NodeRefused):
        return (event.node,)
    if isinstance(event, JobChanged | JobRemoved):
        return (node_key(JOB, stream.partition(":")[2]),)
    return ()


def _owed_by_runs(touched: dict[StreamId, None], situation: Situation) -> Events:
    """What the first of the touched runs owes; a run that owes nothing is done with until it is touched again."""
    while touched:
        run = next(iter(touched))
        graph = situation.standing.runs.get(run)
        owed = follow_on(graph, situation) if graph is not None else ()
        if owed:
            return [(run, event) for event in owed]
        del touched[run]
    return ()


def _owed_to_waiting(freed: dict[NodeKey, None], situation: Situation) -> Events:
    """The start of an attempt that waited for a freed job, one at a time as long as the job has room."""
    while freed:
        node = next(iter(freed))
        if situation.standing.slots.waiting(node):
            admitted = admit_waiting(AdmitWaiting(situation.at, "daemon", b"", node), situation)
            if admitted.events:
                return admitted.events
        del freed[node]
    return ()
