"""What a rendered graph shows whichever run it belongs to: its vertices in topological order with their ids, its edges,
its triggers.

A client that watches a run asks for the same graph again and again, so this part is made once per design and kept for
the designs asked for last.
"""

from functools import lru_cache
from typing import NamedTuple

import orjson

from daemon.api.render_definitions import trigger
from events.vocabulary import unique_id
from projections.design_graph import TRIGGER, DesignGraph

FRAMES_KEPT = 8
"""Of so many designs. A frame takes about a kilobyte per node."""


class Vertex(NamedTuple):
    """A trigger, job or crawler of a graph; `key` is the one that the design's graph has for it."""

    key: str
    kind: str
    name: str
    unique_id: str


class Frame(NamedTuple):
    """`edges` and the values of `triggers` are JSON already: Glue's Edges, and a whole node for each trigger's key."""

    vertices: tuple[Vertex, ...]
    edges: orjson.Fragment
    triggers: dict[str, orjson.Fragment]


@lru_cache(maxsize=FRAMES_KEPT)
def frame_of(design: DesignGraph) -> Frame:
    """The frame of a design."""
    vertices = tuple(vertex_of(design.workflow, key) for key in design.order)
    ids = {vertex.key: vertex.unique_id for vertex in vertices}
    edges = [{"SourceId": ids[source], "DestinationId": ids[target]} for source, target in edges_of(design)]
    triggers = {v.key: orjson.Fragment(orjson.dumps(_trigger_node(design, v))) for v in vertices if v.kind == TRIGGER}
    return Frame(vertices, orjson.Fragment(orjson.dumps(edges)), triggers)


def edges_of(design: DesignGraph) -> list[tuple[str, str]]:
    """Every edge as the keys of its two ends, in the order of the sources."""
    return [(source, target) for source in design.order for target in design.successors[source]]


def vertex_of(workflow: str, key: str) -> Vertex:
    """A vertex of a workflow's graph by its key."""
    kind, _, name = key.partition(":")
    return Vertex(key, kind, name, unique_id(workflow, kind, name))


def _trigger_node(design: DesignGraph, vertex: Vertex) -> dict[str, object]:
    snapshot = design.triggers[vertex.name]
    shown = trigger(snapshot.definition, snapshot.state)
    return {
        "Type": TRIGGER,
        "Name": vertex.name,
        "UniqueId": vertex.unique_id,
        "TriggerDetails": {"Trigger": shown},
    }
