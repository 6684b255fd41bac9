"""Closes batches of events when their windows end.

It watches the inboxes in which events wait, and asks for the batch once the window of the oldest has ended. Whether a
run begins then is decided by `daemon/decisions/batches.py`, so asking once too often does nothing.
"""

from collections.abc import Sequence

from daemon.clock import Clock
from daemon.deadlines import Deadlines
from daemon.handling import Handler
from daemon.logs import get_logger
from daemon.notification_commands import CloseBatch
from events.design import TriggerChanged
from events.ledger import Fact
from events.notifications import BatchFired, EventReceived, EventRefused, EventsDiscarded
from projections.batching import batching_of

log = get_logger()


class BatchWindows:
    """Watches the windows of one daemon. `recover` it first."""

    def __init__(self, handler: Handler, clock: Clock) -> None:
        self._handler = handler
        self._clock = clock
        self._deadlines = Deadlines(clock)

    def recover(self) -> None:
        """Watches every inbox in which events wait, and no other. Windows that have ended meanwhile are closed soon."""
        self._deadlines.clear()
        for inbox in self._handler.standing.inboxes.waiting():
            self._watch(inbox.workflow)

    def committed(self, facts: Sequence[Fact]) -> None:
        """Looks again at the inboxes that these facts are about, and says which events a workflow did not take."""
        for stream, _, event in facts:
            match event:
                case EventReceived() | BatchFired() | EventsDiscarded():
                    self._watch(stream.partition(":")[2])
                case TriggerChanged():
                    self._watch(event.definition.workflow_name)
                case EventRefused():
                    workflow = stream.partition(":")[2]
                    log.warning("event_refused", event_id=event.notification.id, workflow=workflow, reason=event.reason)

    def run_once(self) -> int:
        """Asks for every batch whose window has ended by now; returns how many."""
        return self._deadlines.run_due()

    def stop(self) -> None:
        """Watches nothing any more."""
        self._deadlines.clear()

    def _watch(self, workflow: str) -> None:
        standing = self._handler.standing
        inbox, batching = standing.inboxes.of(workflow), batching_of(standing.designs, workflow)
        due = inbox.due_at(batching.window) if batching is not None else None
        if due is None:
            self._deadlines.drop(workflow)
        else:
            self._deadlines.set(workflow, due, lambda: self._close(workflow))

    def _close(self, workflow: str) -> None:
        """While the log cannot be written this is let go: `recover` brings it again."""
        if not self._handler.is_closed:
            self._handler.submit(CloseBatch(self._clock.now(), "clock", self._clock.seed(), workflow))
