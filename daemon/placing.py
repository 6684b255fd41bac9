"""Which workflow an event belongs to, where its own fields do not say.

What is said depends on the log alone and on nothing that came after the event.
"""

from collections import OrderedDict
from typing import NamedTuple, TypeVar

from events.crawlers import CrawlRequested
from events.design import DesignRecorded, TriggerChanged, TriggerDefined
from events.reading import Reading
from events.runs import JobRunRequested, RunResumed, RunStarted
from events.vocabulary import StreamId
from projections.rebuild import RecordedEvent

CACHED_STREAMS = 512
_PLACED = (TriggerDefined, TriggerChanged)
_BEGINNINGS = (RunStarted, RunResumed, JobRunRequested, CrawlRequested)
_Kept = TypeVar("_Kept")


class _Placed(NamedTuple):
    """The workflow of a trigger, and the versions of its stream for which that is known."""

    first: int
    last: int
    workflow: str


class Placing:
    """Finds the workflows of one log's events; remembers the streams that were asked for last."""

    def __init__(self, log: Reading) -> None:
        self._log = log
        self._triggers: OrderedDict[StreamId, _Placed] = OrderedDict()
        self._runs: OrderedDict[StreamId, str] = OrderedDict()

    def workflow(self, recorded: RecordedEvent) -> str:
        """The workflow of an event that is no run's; empty where there is none."""
        stream, event = recorded.stream, recorded.event
        if isinstance(event, DesignRecorded):
            return event.snapshot.workflow_name
        kind, _, name = stream.partition(":")
        if kind in ("workflow", "inbox"):
            return name
        return self._of_trigger(recorded) if kind == "trigger" else ""

    def workflow_of_run(self, recorded: RecordedEvent) -> str:
        """The workflow of an event of a run, which the run's first event names."""
        known = self._runs.get(recorded.stream)
        if known is None:
            first = recorded.event
            if not isinstance(first, _BEGINNINGS):
                first = self._log.between(recorded.stream, 1, 1)[0].event
            known = str(getattr(first, "workflow", ""))
        keep(self._runs, recorded.stream, known)
        return known

    def _of_trigger(self, recorded: RecordedEvent) -> str:
        """A deleted trigger may be defined again in another workflow, so its version tells where it was. Events that
        are read in their order are placed without a look into the log."""
        stream, version, event = recorded.stream, recorded.version, recorded.event
        placed = self._triggers.get(stream)
        if isinstance(event, _PLACED):
            placed = _Placed(version, version, event.definition.workflow_name)
        elif placed is None or not placed.first <= version <= placed.last + 1:
            placed = self._looked_up(stream, version)
        elif version > placed.last:
            placed = placed._replace(last=version)
        keep(self._triggers, stream, placed)
        return placed.workflow

    def _looked_up(self, stream: StreamId, version: int) -> _Placed:
        found = self._log.latest_named(stream, version, _PLACED)
        if found is None or not isinstance(found.event, _PLACED):
            return _Placed(version, version, "")
        return _Placed(found.version, version, found.event.definition.workflow_name)


def keep(cache: OrderedDict[StreamId, _Kept], stream: StreamId, value: _Kept) -> None:
    """Remembers what is known of a stream, and forgets the stream that was not asked for the longest."""
    cache[stream] = value
    cache.move_to_end(stream)
    if len(cache) > CACHED_STREAMS:
        cache.popitem(last=False)
