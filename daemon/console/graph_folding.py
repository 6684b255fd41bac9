"""Folds a graph that is too large to be read: vertices that stand alike become one box.

Two vertices stand alike when they are of one kind and what leads to them and what follows them stands alike, too: five
hundred parallel chains become one chain of boxes, each for five hundred. Where that is not enough, whole layers are
folded. What a reader has opened stays open.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from daemon.api.graph_frame import edges_of
from projections.design_graph import DesignGraph

GROUP = "GROUP"
SMALLEST_GROUP = 4


class Folded(NamedTuple):
    """What is drawn: vertices and groups in order, edges between them, and the members of each group by its key."""

    vertices: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    members: dict[str, tuple[str, ...]]


def unfolded(design: DesignGraph) -> Folded:
    """Every vertex as itself."""
    return Folded(tuple(design.order), tuple(edges_of(design)), {})


def fold(design: DesignGraph, opened: frozenset[str], most: int) -> Folded:
    """The graph with at most `most` boxes, if that can be had with the `opened` groups open.

    A group's key is `GROUP:` and the key of its first member, so a link to an opened group keeps its meaning.
    """
    folded = _grouped(design, _alike(design), opened)
    if len(folded.vertices) <= most:
        return folded
    return _grouped(design, _layers(design), opened)


def _alike(design: DesignGraph) -> dict[str, int]:
    """The class of each vertex: the coarsest partition in which members of one class have alike neighbours."""
    order = tuple(design.order)
    before: dict[str, list[str]] = {vertex: [] for vertex in order}
    for source, target in edges_of(design):
        before[target].append(source)
    classes = _numbered({vertex: vertex.partition(":")[0] for vertex in order})
    count = len(set(classes.values()))
    while True:
        signs = {
            vertex: (
                classes[vertex],
                frozenset(classes[source] for source in before[vertex]),
                frozenset(classes[target] for target in design.successors[vertex]),
            )
            for vertex in order
        }
        classes = _numbered(signs)
        refined = len(set(classes.values()))
        if refined == count:
            return classes
        count = refined


def _numbered(signs: Mapping[str, object]) -> dict[str, int]:
    """Equal signs as equal numbers."""
    numbers: dict[object, int] = {}
    return {vertex: numbers.setdefault(sign, len(numbers)) for vertex, sign in signs.items()}


def _layers(design: DesignGraph) -> dict[str, int]:
    """The class of each vertex by its kind and its distance from the start; those of a cycle count from its first."""
    depth: dict[str, int] = dict.fromkeys(design.order, 0)
    for source in design.order:
        for target in design.successors[source]:
            if design.order[target] > design.order[source]:
                depth[target] = max(depth[target], depth[source] + 1)
    return _numbered({vertex: (vertex.partition(":")[0], depth[vertex]) for vertex in design.order})


def _grouped(design: DesignGraph, classes: dict[str, int], opened: Iterable[str]) -> Folded:
    """Makes a box of each class that is large enough and not opened."""
    by_class: dict[int, list[str]] = {}
    for vertex in design.order:
        by_class.setdefault(classes[vertex], []).append(vertex)
    members = {f"{GROUP}:{found[0]}": tuple(found) for found in by_class.values() if len(found) >= SMALLEST_GROUP}
    for key in opened:
        members.pop(key, None)
    box = {vertex: key for key, found in members.items() for vertex in found}
    vertices = tuple(dict.fromkeys(box.get(vertex, vertex) for vertex in design.order))
    pairs = ((box.get(source, source), box.get(target, target)) for source, target in edges_of(design))
    return Folded(vertices, tuple(dict.fromkeys(pair for pair in pairs if pair[0] != pair[1])), members)
