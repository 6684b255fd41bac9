"""Brings how things stand up to date from the log: at a start from the persisted rows on, or from nothing.

The same `Standing.apply` that the living daemon uses takes every event, so what is rebuilt equals what was.
"""

import contextlib
from collections.abc import Iterable, Sequence
from typing import Protocol

from events.archives import RunArchived
from events.design import Event
from events.vocabulary import StreamId, is_run_stream
from projections.references import ReadStream
from projections.standing import Standing
from projections.store import StaleViews, ViewStore

PAGE = 2_000


class RecordedEvent(Protocol):
    """An event as the log holds it."""

    @property
    def position(self) -> int: ...
    @property
    def stream(self) -> StreamId: ...
    @property
    def version(self) -> int: ...
    @property
    def event(self) -> Event: ...


class Log(Protocol):
    """As much of the log as a rebuild needs."""

    def position(self) -> int:
        """The position of the newest event."""

    def after(self, position: int, until: int | None = None) -> Iterable[RecordedEvent]:
        """Every event after a position, in order."""

    def stream(self, stream: StreamId, up_to: int | None = None) -> Sequence[RecordedEvent]:
        """The events of one stream."""


def reader(log: Log) -> ReadStream:
    """How folds read a stream of the log."""
    return lambda stream, up_to: [recorded.event for recorded in log.stream(stream, up_to)]


def catch_up(log: Log, views: ViewStore) -> Standing:
    """How things stand now, from the persisted rows and the events after them; the rows are brought up to date on the
    way, as far as they can be written.

    Raises StaleViews when the rows are ahead of the log: they belong to another one.
    """
    if views.position > log.position():
        raise StaleViews(f"the rows are at {views.position}, the log at {log.position()}")
    standing = Standing(reader(log))
    standing.references.checkpoint = views.checkpoint
    standing.resumes.persisted = views.resumes_of
    for row in views.definitions():
        standing.put(row)
    standing.recorded_designs.update(views.recorded_designs())
    page: list[RecordedEvent] = []
    for recorded in log.after(views.position):
        replay(standing, recorded)
        page.append(recorded)
        if len(page) == PAGE:
            _flush(views, page, standing)
    _flush(views, page, standing)
    missing = (standing.references.graph(run) for run in views.active_runs() if run not in standing.runs)
    standing.take([graph for graph in missing if graph.is_active])
    return standing


def replay(standing: Standing, recorded: RecordedEvent) -> None:
    """Applies one recorded event, unless what it touches was read with it included already.

    The row of a definition may be newer than the position of all rows, which waits for the one that is written last.
    """
    stream, version = recorded.stream, recorded.version
    if not is_run_stream(stream):
        known = standing.row(stream)
        if known is None or known.version < version:
            standing.apply(stream, recorded.event)
        return
    if version > 1 and stream not in standing.runs and not isinstance(recorded.event, RunArchived):
        standing.resume_replay(stream, version - 1)
    standing.apply(stream, recorded.event)


def _stretches(page: list[RecordedEvent]) -> Iterable[list[RecordedEvent]]:
    """The parts of a page that have consecutive positions: where events were moved out of the log there are gaps."""
    start = 0
    for place in range(1, len(page)):
        if page[place].position != page[place - 1].position + 1:
            yield page[start:place]
            start = place
    yield page[start:]


def _flush(views: ViewStore, page: list[RecordedEvent], standing: Standing) -> None:
    if page:
        for stretch in _stretches(page):
            facts = [(r.stream, r.version, r.event) for r in stretch]
            views.note(facts, stretch[-1].position, standing)
            standing.noted(facts)
        # On a full disk the rows stay in memory, laid over what the file says, and are written when there is room.
        with contextlib.suppress(OSError):
            views.flush()
        page.clear()
