"""The log as its readers outside of the daemon see it: monitors on MQTT, and `GET /v1/events`.

They see what is on the disk and nothing else, in pages after a position, with what an event's own fields do not say:
the workflow that its stream belongs to, and its run's row. What is said of an event depends on the log alone, not on
the moment it is asked for, so an event that is read twice is told twice in the same words.
"""

from collections import OrderedDict
from collections.abc import Sequence

from daemon.mqtt.messages import About, Origin
from daemon.placing import Placing, keep
from daemon.rows import Rows
from events.archives import RunArchived
from events.ledger import Ledger
from events.reading import Recorded
from events.runs import RunCompleted, RunResumed
from events.vocabulary import StreamId, is_run_stream
from projections.rebuild import RecordedEvent

NOWHERE = About()


class Feed:
    """Pages of one log, and what is known about their streams. Reads block for about a millisecond a hundred events;
    they raise UnreadableLog, UnknownEvent or DamagedEvent where the log cannot be read."""

    def __init__(self, namespace: str, ledger: Ledger, rows: Rows) -> None:
        self._namespace = namespace
        self._ledger = ledger
        self._rows = rows
        self._origin: Origin | None = None
        self._runs: OrderedDict[StreamId, About] = OrderedDict()
        self._placing = Placing(ledger)

    @property
    def head(self) -> int:
        """The position of the newest event that is on the disk; 0 when there is none."""
        return self._rows.position

    def origin(self) -> Origin | None:
        """Whose events these are; None as long as the log is empty, for then it has no id yet."""
        if self._origin is None:
            log_id = self._ledger.identity()
            self._origin = Origin(self._namespace, log_id) if log_id is not None else None
        return self._origin

    def page(self, after: int, limit: int, stream: StreamId | None = None) -> list[Recorded]:
        """The first `limit` events after a position, up to the head; of one stream, if one is given."""
        return self._ledger.page(after, self.head, limit, stream)

    def merged(self, streams: Sequence[StreamId], after: int, limit: int) -> list[Recorded]:
        """The same of some streams, in the order of the log."""
        return self._ledger.merged(streams, (after, self.head), limit)

    def versions(self, stream: StreamId, first: int, last: int) -> list[Recorded]:
        """The events of a stream from one version to another, as far as they are on the disk."""
        return [recorded for recorded in self._ledger.between(stream, first, last) if recorded.position <= self.head]

    def chain(self, run: StreamId) -> list[StreamId]:
        """A run and those that it was resumed from, itself first; empty for a run that is not there."""
        found: list[StreamId] = []
        while run and (beginning := self.page(0, 1, run)):
            found.append(run)
            first = beginning[0].event
            run = first.previous if isinstance(first, RunResumed) else ""
            if isinstance(first, RunArchived):
                run = first.run.previous
        return found

    def about(self, recorded: RecordedEvent) -> About:
        """What is known about the stream of an event, as of this event."""
        stream = recorded.stream
        if is_run_stream(stream):
            return self._of_run(stream, has_ended=isinstance(recorded.event, RunCompleted))
        workflow = self._placing.workflow(recorded)
        return About(workflow) if workflow else NOWHERE

    def _of_run(self, run: StreamId, *, has_ended: bool) -> About:
        """A run's row: as it ended where that is told, and else any of its rows, for it may be said of no more than
        what stays the same."""
        known = self._runs.get(run)
        if known is not None and not has_ended:
            return known
        summary = self._rows.use(lambda views: views.run(run))
        about = About(summary.workflow, summary) if summary is not None else NOWHERE
        keep(self._runs, run, about)
        return about
