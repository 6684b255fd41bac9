"""What an event of a run changed, for scripts: the vertex and how it looks now, and how the run stands.

The live stream and the replay speak the same words. All of them come out of the fold, ready to be put on the page, so
that no script repeats a rule of it.
"""

from typing import Any, NamedTuple

from daemon.api.v1_documents import counts, moment
from daemon.console.vertex_looks import Shown, look_of
from daemon.console.words import look, parts
from projections.frames import touched
from projections.rebuild import RecordedEvent
from projections.run_history import outcome
from projections.run_values import RunGraph
from projections.tellings import told


class Change(NamedTuple):
    """One event and what stood after it. `counts` are the parts of the run's bar in the order of `words.PARTS`."""

    position: int
    version: int
    at: int
    by: str
    text: str
    vertex: str | None
    shown: Shown | None
    counts: tuple[int, ...]
    status: str
    outcome: str


def change_after(graph: RunGraph, recorded: RecordedEvent) -> Change:
    """The change of an event that the graph has taken."""
    vertex = touched(recorded.event)
    return Change(
        recorded.position,
        recorded.version,
        recorded.event.at,
        recorded.event.by,
        told(recorded.event),
        vertex,
        look_of(graph, vertex) if vertex in graph.design.order else None,
        parts(counts(graph.statistics), len(graph.design.nodes)),
        graph.status,
        outcome(graph),
    )


def change_document(change: Change) -> dict[str, Any]:
    """A change as JSON; `vertex` is null where it is the whole run's."""
    return {
        "sequence": change.position,
        "version": change.version,
        "time": moment(change.at),
        "by": change.by,
        "text": change.text,
        "vertex": vertex_document(change.vertex, change.shown) if change.vertex and change.shown else None,
        "counts": change.counts,
        "status": change.status,
        "outcome": look_document(change.outcome),
    }


def vertex_document(key: str, shown: Shown) -> dict[str, Any]:
    """A vertex and how it looks."""
    return {"key": key, **shown_document(shown)}


def shown_document(shown: Shown) -> dict[str, Any]:
    """How a vertex looks."""
    return {**shown._asdict(), "said": shown.said}


def look_document(state: str) -> dict[str, str]:
    """How a state looks."""
    found = look(state)
    return {"style": found.style, "word": found.word}
