"""Places a graph's boxes: layers from left to right, few crossings. The library does it; this module feeds it.

How the picture looks is not decided here: this knows vertices, edges and pixels only. As a program it lays out the
graph that it reads: the library lets nobody else work meanwhile.
"""

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

import fast_sugiyama
import msgspec

BOX_WIDTH = 160
BOX_HEIGHT = 52
LAYER_STEP = 200
ROW_STEP = 70
MARGIN = 24
MOST_DRAWN = 1_500
"""Larger graphs are folded: nobody reads more boxes than this, and browsers get slow."""

_UNIT = 10.0

Point = tuple[float, float]
Pair = tuple[str, str]
_Turns = dict[tuple[int, int], tuple[int, ...]]


class Graph(NamedTuple):
    """What is to be laid out."""

    vertices: tuple[str, ...]
    edges: tuple[Pair, ...]


class Layout(NamedTuple):
    """`places` holds the upper left corner of each vertex's box, `paths` the points that each edge goes through, from
    the right side of its source to the left side of its target; all in pixels within `width` and `height`."""

    width: float
    height: float
    places: dict[str, Point]
    paths: dict[Pair, tuple[Point, ...]]


def lay_out(vertices: Sequence[str], edges: Sequence[Pair]) -> Layout:
    """Places vertices so that edges lead to the right. Parts that are not connected stand below one another."""
    number = {vertex: place for place, vertex in enumerate(vertices)}
    pairs = [(number[source], number[target]) for source, target in edges if source != target]
    places: dict[int, Point] = {}
    steps_from: dict[int, list[int]] = {}
    top = 0.0
    for nodes, steps in _connected_parts(pairs):
        top = _stack(places, nodes, top)
        for source, target in steps:
            steps_from.setdefault(source, []).append(target)
    for lone in (place for vertex, place in number.items() if place not in places):
        places[lone] = (0.0, top)
        top += 1
    return _layout(number, edges, places, _turns(steps_from, len(vertices)))


def in_layers(vertices: Sequence[str], edges: Sequence[Pair]) -> Layout:
    """Places vertices without the library, for graphs that it takes too long for: each in the layer after those that
    lead to it, one below the other in the order given. Edges that lead back in that order do not count."""
    number = {vertex: place for place, vertex in enumerate(vertices)}
    before: dict[int, list[int]] = {}
    for source, target in edges:
        if number[source] < number[target]:
            before.setdefault(number[target], []).append(number[source])
    layers: list[int] = []
    filled: dict[int, int] = {}
    places: dict[int, Point] = {}
    for vertex in range(len(vertices)):
        layer = max((layers[source] + 1 for source in before.get(vertex, ())), default=0)
        layers.append(layer)
        places[vertex] = (float(layer), float(filled.get(layer, 0)))
        filled[layer] = filled.get(layer, 0) + 1
    return _layout(number, edges, places, {})


def _layout(number: dict[str, int], edges: Sequence[Pair], places: dict[int, Point], turns: _Turns) -> Layout:
    pixels = {vertex: _pixels(place) for vertex, place in places.items()}
    paths = {(s, t): _path(number[s], number[t], turns, pixels) for s, t in edges if s != t}
    return Layout(
        width=max((x for x, _ in pixels.values()), default=0) + BOX_WIDTH + MARGIN,
        height=max((y for _, y in pixels.values()), default=0) + BOX_HEIGHT + MARGIN,
        places={vertex: pixels[place] for vertex, place in number.items()},
        paths=paths,
    )


def _connected_parts(pairs: list[tuple[int, int]]) -> list[tuple[list[tuple[int, Point]], list[tuple[int, int]]]]:
    """Each connected part of the graph: where its vertices stand, and its edges, those over several layers in steps."""
    if not pairs:
        return []
    parts: Any = fast_sugiyama.from_edges(pairs, vertex_spacing=_UNIT, dummy_size=1.0)  # typed for names as well
    return [(nodes, steps) for nodes, _, _, steps in parts]


def _stack(places: dict[int, Point], nodes: Sequence[tuple[int, Point]], top: float) -> float:
    """Puts a connected part below `top`, in layers and rows; the library has sources at the greatest y and goes down.
    Returns where the next part begins."""
    left = min(x for _, (x, _) in nodes)
    first = max(y for _, (_, y) in nodes)
    for node, (x, y) in nodes:
        places[node] = ((first - y) / _UNIT, top + (x - left) / _UNIT)
    return max(places[node][1] for node, _ in nodes) + 1


def _pixels(place: Point) -> Point:
    return MARGIN + place[0] * LAYER_STEP, MARGIN + place[1] * ROW_STEP


def _turns(steps_from: dict[int, list[int]], ours: int) -> _Turns:
    """By edge, the vertices that the library put between its ends where it crosses layers. Ours have lower numbers."""
    found: _Turns = {}
    for source, firsts in steps_from.items():
        for first in firsts if source < ours else ():
            between: list[int] = []
            step = first
            while step >= ours:
                between.append(step)
                step = steps_from[step][0]
            found[source, step] = tuple(between)
    return found


def _path(source: int, target: int, turns: _Turns, pixels: dict[int, Point]) -> tuple[Point, ...]:
    """The points of an edge. One that the library turned round (it closes a cycle) goes straight back."""
    between = [pixels[vertex] for vertex in turns.get((source, target), ())]
    (x, y), (to_x, to_y) = pixels[source], pixels[target]
    middle = BOX_HEIGHT / 2
    return ((x + BOX_WIDTH, y + middle), *((a + BOX_WIDTH / 2, b + middle) for a, b in between), (to_x, to_y + middle))


if __name__ == "__main__":
    asked = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Graph)
    sys.stdout.buffer.write(msgspec.msgpack.encode(lay_out(*asked)))
