"""A run's history as frames, one for each of its events: what happened, and what it changed in the graph.

Whoever has the graph as of the run's first event and lays the frames' states over it, one by one, has the graph as of
each event. They come out of the same fold as all else, and each costs what its event touches.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from events.catalogue import STORED_NAMES
from events.design import Event
from events.runs import TriggerFired
from projections.design_graph import TRIGGER, trigger_key
from projections.rebuild import RecordedEvent
from projections.run_graph import evolve
from projections.run_history import outcome
from projections.run_values import RunGraph
from projections.tellings import told

FIRED = "FIRED"
"""The state of a trigger that fired; like a node that never ran, one that did not has none."""


class Frame(msgspec.Struct, frozen=True):
    """One event of a run and what stood after it. `at` is milliseconds; `type` the event's stored name; `text` what
    happened, for people.

    `vertex` is what the event touched (`JOB:x`, `CRAWLER:x`, `TRIGGER:x`), `state` how that stands now: a node by its
    newest attempt, a trigger that fired as FIRED. Both are None for an event that is the whole run's.
    """

    position: int
    version: int
    at: int
    by: str
    type: str
    text: str
    vertex: str | None
    state: str | None
    status: str
    outcome: str
    statistics: dict[str, int]


def frames(graph: RunGraph, following: Iterable[RecordedEvent]) -> Iterator[Frame]:
    """The frames of the events that follow, in order. The graph is brought forward on the way."""
    for recorded in following:
        evolve(graph, recorded.event)
        yield frame_after(graph, recorded)


def frame_after(graph: RunGraph, recorded: RecordedEvent) -> Frame:
    """The frame of an event that the graph has just taken."""
    event = recorded.event
    vertex = touched(event)
    return Frame(
        recorded.position,
        recorded.version,
        event.at,
        event.by,
        STORED_NAMES[type(event)],
        told(event),
        vertex,
        state_of(graph, vertex) if vertex is not None else None,
        graph.status,
        outcome(graph),
        dict(graph.statistics),
    )


def touched(event: Event) -> str | None:
    """The vertex of the graph that an event of a run changes."""
    if isinstance(event, TriggerFired):
        return trigger_key(event.trigger)
    node: Any = getattr(event, "node", None)  # each event about an attempt has it
    return node if isinstance(node, str) else None


def state_of(graph: RunGraph, vertex: str) -> str | None:
    """How a node or a trigger stands; None for a node that never ran and a trigger that did not fire."""
    kind, _, name = vertex.partition(":")
    if kind == TRIGGER:
        return FIRED if name in graph.fired else None
    newest = graph.newest(vertex)
    return newest.state if newest is not None else None
