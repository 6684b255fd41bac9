"""A run's history for the slider: at each event which vertex looks how, and how the run stands.

They are plain assignments. Laid over the looks as of the run's first event, in order, they give the picture at each
event; laid back, the one before. Keys and looks come up again and again, so frames name them by their number in a
table.
"""

from typing import Any, Generic, TypeVar

import orjson

from daemon.api.v1_documents import moment
from daemon.console.changes import Change, change_after, look_document, shown_document
from daemon.console.vertex_looks import Shown, looks_of
from daemon.console.words import PARTS
from daemon.engine import Engine
from events.reading import Recorded
from events.vocabulary import StreamId
from projections.run_values import RunGraph

AT_ONCE = 2_000
"""Frames in one answer."""

Entry = TypeVar("Entry")


async def frames_after(engine: Engine, run: StreamId, after: int) -> bytes:
    """The frames after a position as JSON, and where to go on; with `beginning`, each vertex's look as of the first
    event, where the frames begin there. Raises EntityNotFound."""
    vertices, looks, outcomes = _Table[str](), _Table[Shown](), _Table[str]()
    beginning: list[tuple[int, int]] = []

    def vertex(change: Change) -> tuple[int, int]:
        if change.vertex is None or change.shown is None:
            return -1, -1
        return vertices.number(change.vertex), looks.number(change.shown)

    def shape(graph: RunGraph, recorded: Recorded) -> list[Any]:
        if recorded.version == 1:
            beginning.extend((vertices.number(key), looks.number(shown)) for key, shown in looks_of(graph).items())
        change = change_after(graph, recorded)
        return [*_event(change), *vertex(change), change.counts, change.status, outcomes.number(change.outcome)]

    page = await engine.replays.shaped(run, after, AT_ONCE, shape)
    document = {
        "parts": PARTS,
        "vertices": vertices.found,
        "looks": [shown_document(shown) for shown in looks.found],
        "outcomes": [look_document(outcome) for outcome in outcomes.found],
        "beginning": beginning,
        "frames": page.frames,
        "next": page.next,
    }
    return orjson.dumps(document)


def _event(change: Change) -> tuple[int, int, str | None, str, str]:
    return change.version, change.position, moment(change.at), change.by, change.text


class _Table(Generic[Entry]):
    """Numbers what comes up again and again."""

    def __init__(self) -> None:
        self._numbers: dict[Entry, int] = {}

    @property
    def found(self) -> list[Entry]:
        """The entries in the order of their numbers."""
        return list(self._numbers)

    def number(self, entry: Entry) -> int:
        """The entry's number; the next one for a new entry."""
        return self._numbers.setdefault(entry, len(self._numbers))
