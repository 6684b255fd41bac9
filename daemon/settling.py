"""Applies a decision's events and all that follows from them, until nothing is owed any more.

Kept apart from the handler because it is pure but for the standing it brings forward: tests of rules and replays of
decisions need no log.
"""

from collections.abc import Sequence

from daemon.commands import AdmitWaiting
from daemon.decisions.announce import MOST_IN_A_UNIT, announcement, deliveries
from daemon.decisions.batches import owed_by_inbox
from daemon.decisions.decision import Decision, Situation
from daemon.decisions.follow_on import follow_on
from daemon.decisions.start import admit_waiting
from events.design import Event, JobChanged, JobRemoved, TriggerChanged, TriggerRemoved, WorkflowRemoved
from events.ledger import Fact
from events.notifications import EventReceived, Notification
from events.runs import NodeCompleted, NodeRefused
from events.vocabulary import JOB, NodeKey, StreamId, inbox_stream, is_inbox_stream, is_run_stream, node_key

Events = Sequence[tuple[StreamId, Event]]


def settle(decision: Decision, situation: Situation) -> list[Fact]:
    """The whole unit: a decision's events and what they bring about, applied to the standing in this order.

    Runs are settled first (ripe triggers fire, finished runs complete); then attempts that waited for a job which has
    room now start, in whatever run they are; then what happened is announced to the workflows that rules send it to,
    and complete batches of events begin their runs.
    """
    unit = _Unit(decision, situation)
    events: Events = decision.events or unit.owed()
    while events:
        for stream, event in events:
            unit.apply(stream, event)
        events = unit.owed()
    return unit.facts


class _Unit:
    """A unit in the making: its facts so far, and what may be owed because of them."""

    def __init__(self, decision: Decision, situation: Situation) -> None:
        self.facts: list[Fact] = []
        self._situation = situation
        self._standing = situation.standing
        self._runs: dict[StreamId, None] = {}
        self._freed: dict[NodeKey, None] = {}
        self._inboxes: dict[StreamId, None] = {}
        self._announced: list[Notification] = []
        self._has_rules = bool(self._standing.designs.rules())
        self._delivered = 0
        for stream in decision.touched:
            self._touch(stream)

    def apply(self, stream: StreamId, event: Event) -> None:
        """Takes one more event into the unit and into the standing."""
        if isinstance(event, WorkflowRemoved | TriggerRemoved | TriggerChanged):
            self._inboxes.update((inbox.stream, None) for inbox in self._standing.inboxes.waiting())
        if isinstance(event, WorkflowRemoved):
            self._inboxes[inbox_stream(stream.partition(":")[2])] = None
        version = self._standing.anticipate(stream, event)
        self.facts.append(Fact(stream, version, event))
        self._touch(stream)
        self._freed.update(dict.fromkeys(_freed(stream, event)))
        if self._has_rules:
            announced = announcement(stream, version, event, self._situation)
            if announced is not None:
                self._announced.append(announced)

    def _touch(self, stream: StreamId) -> None:
        if is_run_stream(stream):
            self._runs[stream] = None
        elif is_inbox_stream(stream):
            self._inboxes[stream] = None

    def owed(self) -> Events:
        """The next events that follow; none when the unit is complete."""
        return self._owed_by_runs() or self._owed_to_waiting() or self._owed_to_inboxes() or self._owed_by_inboxes()

    def _owed_by_runs(self) -> Events:
        """What the first of the touched runs owes; a run that owes nothing is done with until it is touched again."""
        while self._runs:
            run = next(iter(self._runs))
            graph = self._standing.runs.get(run)
            owed = follow_on(graph, self._situation) if graph is not None else ()
            if owed:
                return [(run, event) for event in owed]
            del self._runs[run]
        return ()

    def _owed_to_waiting(self) -> Events:
        """The start of an attempt that waited for a freed job, one at a time as long as the job has room."""
        while self._freed:
            node = next(iter(self._freed))
            if self._standing.slots.waiting(node):
                situation = self._situation
                admitted = admit_waiting(AdmitWaiting(situation.at, "daemon", b"", node), situation)
                if admitted.events:
                    return admitted.events
            del self._freed[node]
        return ()

    def _owed_to_inboxes(self) -> Events:
        """What has happened, told to the workflows that rules send it to."""
        found: list[tuple[StreamId, Event]] = []
        for event in self._announced:
            delivered = deliveries(event, self._situation, MOST_IN_A_UNIT - self._delivered)
            self._delivered += sum(isinstance(fact, EventReceived) for _, fact in delivered)
            found += delivered
        self._announced.clear()
        return found

    def _owed_by_inboxes(self) -> Events:
        """The run that the first of the touched inboxes begins."""
        while self._inboxes:
            stream = next(iter(self._inboxes))
            inbox = self._standing.inboxes.at(stream)
            owed = owed_by_inbox(inbox, self._situation) if inbox is not None else ()
            if owed:
                return owed
            del self._inboxes[stream]
        return ()


def _freed(stream: StreamId, event: Event) -> tuple[NodeKey, ...]:
    """The jobs whose waiting attempts an event may let go on."""
    if isinstance(event, NodeCompleted | NodeRefused):
        return (event.node,)
    if isinstance(event, JobChanged | JobRemoved):
        return (node_key(JOB, stream.partition(":")[2]),)
    return ()
