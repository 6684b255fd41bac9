"""The log as its readers outside of the daemon see it: monitors on MQTT, and `GET /v1/events`.

They see what is on the disk and nothing else, in pages after a position, with what an event's own fields do not say:
the workflow that its stream belongs to, and its run's row. What is said of an event depends on the log alone, not on
the moment it is asked for, so an event that is read twice is told twice in the same words.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from daemon.mqtt.messages import About, Origin
from daemon.rows import Rows
from events.design import DesignRecorded, TriggerChanged, TriggerDefined
from events.ledger import Ledger
from events.reading import Recorded
from events.runs import RunCompleted, RunResumed
from events.vocabulary import StreamId, is_run_stream
from projections.rebuild import RecordedEvent

CACHED_STREAMS = 512
_PLACED = (TriggerDefined, TriggerChanged)
NOWHERE = About()
_Kept = TypeVar("_Kept")


class _Placed(NamedTuple):
    """The workflow of a trigger, and the versions of its stream for which that is known."""

    first: int
    last: int
    about: About


class Feed:
    """Pages of one log, and what is known about their streams. Reads block for about a millisecond a hundred events;
    they raise UnreadableLog, UnknownEvent or DamagedEvent where the log cannot be read."""

    def __init__(self, namespace: str, ledger: Ledger, rows: Rows) -> None:
        self._namespace = namespace
        self._ledger = ledger
        self._rows = rows
        self._origin: Origin | None = None
        self._runs: OrderedDict[StreamId, About] = OrderedDict()
        self._triggers: OrderedDict[StreamId, _Placed] = OrderedDict()

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

    def chain(self, run: StreamId) -> list[StreamId]:
        """A run and those that it was resumed from, itself first; empty for a run that is not there."""
        found: list[StreamId] = []
        while run and (beginning := self.page(0, 1, run)):
            found.append(run)
            first = beginning[0].event
            run = first.previous if isinstance(first, RunResumed) else ""
        return found

    def about(self, recorded: RecordedEvent) -> About:
        """What is known about the stream of an event, as of this event."""
        stream, event = recorded.stream, recorded.event
        if is_run_stream(stream):
            return self._of_run(stream, has_ended=isinstance(event, RunCompleted))
        if isinstance(event, DesignRecorded):
            return About(event.snapshot.workflow_name)
        kind, _, name = stream.partition(":")
        if kind in ("workflow", "inbox"):
            return About(name)
        return self._of_trigger(recorded) if kind == "trigger" else NOWHERE

    def _of_run(self, run: StreamId, *, has_ended: bool) -> About:
        """A run's row: as it ended where that is told, and else any of its rows, for it may be said of no more than
        what stays the same."""
        known = self._runs.get(run)
        if known is not None and not has_ended:
            return known
        summary = self._rows.use(lambda views: views.run(run))
        about = About(summary.workflow, summary) if summary is not None else NOWHERE
        _keep(self._runs, run, about)
        return about

    def _of_trigger(self, recorded: RecordedEvent) -> About:
        """A deleted trigger may be defined again in another workflow, so its version tells where it was. Events that
        are read in their order are placed without a look into the log."""
        stream, version, event = recorded.stream, recorded.version, recorded.event
        placed = self._triggers.get(stream)
        if isinstance(event, _PLACED):
            placed = _Placed(version, version, About(event.definition.workflow_name))
        elif placed is None or not placed.first <= version <= placed.last + 1:
            placed = self._looked_up(stream, version)
        elif version > placed.last:
            placed = placed._replace(last=version)
        _keep(self._triggers, stream, placed)
        return placed.about

    def _looked_up(self, stream: StreamId, version: int) -> _Placed:
        found = self._ledger.latest_named(stream, version, _PLACED)
        if found is None or not isinstance(found.event, _PLACED):
            return _Placed(version, version, NOWHERE)
        return _Placed(found.version, version, About(found.event.definition.workflow_name))


def _keep(cache: OrderedDict[StreamId, _Kept], stream: StreamId, value: _Kept) -> None:
    cache[stream] = value
    cache.move_to_end(stream)
    if len(cache) > CACHED_STREAMS:
        cache.popitem(last=False)
