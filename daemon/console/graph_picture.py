"""What is drawn for a graph: boxes with their shapes and states, and smooth edges. `templates/graph.svg` draws it.

Shapes are the seed page's: triggers are rectangles, jobs are round-ended; crawlers have a shape of their own, and a
folded group looks like a stack. A state shows as colour and as icon; a node taken over from an earlier run is dashed.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from daemon.console.drawings import Drawing, drawing_of
from daemon.console.graph_folding import GROUP
from daemon.console.graph_labels import lines_of
from daemon.console.graph_layout import BOX_HEIGHT, BOX_WIDTH, Point
from daemon.console.vertex_looks import Shown, looks_of, trigger_note
from daemon.console.words import look
from projections.design_graph import TRIGGER, DesignGraph
from projections.run_values import RunGraph

OUT_OF_USE = frozenset({"DEACTIVATED", "DEACTIVATING", "DELETING"})
MOST_SHOWN_AT_ONCE = 150
"""Of a larger drawing, scripts show only the boxes in sight; what is in sight first is marked for them."""

_SIGHT = (1_900, 900)
_WORST_FIRST = ("failed", "error", "timeout", "stopped", "running", "waiting", "stopping", "none", "fired", "succeeded")

Href = Callable[[str], str]
"""The link behind a vertex or group, by its key."""


class View(NamedTuple):
    """What a reader looks at: the groups that were opened, the vertex that is selected, the nodes picked to resume."""

    opened: frozenset[str] = frozenset()
    selected: str = ""
    picked: frozenset[str] = frozenset()


class Box(NamedTuple):
    """One vertex or group, placed. `lines` are cut to fit, `title` is whole; `icon` is the state's."""

    key: str
    kind: str
    name: str
    lines: tuple[str, ...]
    x: float
    y: float
    shown: Shown
    href: str
    selected: bool
    picked: bool
    icon: str
    near: bool = False

    @property
    def title(self) -> str:
        """What a reader without sight of the picture, or with the pointer on it, is told."""
        what = self.note_of_group if self.kind == "group" else f"{self.kind.capitalize()} {self.name}"
        return f"{what}: {self.shown.said}"

    @property
    def members_kind(self) -> str:
        """What the vertex is; of a group, what its members are."""
        return self.name.partition(":")[0].lower() if self.kind == "group" else self.kind

    @property
    def note_of_group(self) -> str:
        """What a group is, in words."""
        return f"Group of {self.lines[0]}"


class Edge(NamedTuple):
    """One edge; `active` says that it was followed: its source fired or ended, and its target came of that."""

    source: str
    target: str
    path: str
    active: bool


class Picture(NamedTuple):
    """A whole drawing, in pixels. `folded` counts the vertices that stand in groups."""

    width: float
    height: float
    boxes: list[Box]
    edges: list[Edge]
    folded: int
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT

    @property
    def is_sparse(self) -> bool:
        """Whether scripts are to show only what is in sight."""
        return len(self.boxes) > MOST_SHOWN_AT_ONCE


async def run_picture(graph: RunGraph, view: View, href: Href) -> Picture:
    """The graph of a run as it stands."""
    drawing = await drawing_of(graph.design, view.opened)
    shown = looks_of(graph)
    await asyncio.sleep(0)  # of a thousand boxes each half takes some ten milliseconds
    return _picture(drawing, shown, view, href)


async def design_picture(design: DesignGraph, view: View, href: Href) -> Picture:
    """The graph of a workflow as it is defined now. Nothing ran in it, so icons say what a vertex is, and only triggers
    that are out of use have a colour."""
    shown = {node: Shown("none", "defined", node.partition(":")[0].capitalize()) for node in design.nodes}
    for name, trigger in design.triggers.items():
        state = look(trigger.state)
        style = state.style if trigger.state in OUT_OF_USE else "none"
        note = trigger_note(trigger.definition.type, state.word.lower())
        shown[f"{TRIGGER}:{name}"] = Shown(style, state.word, note)
    picture = _picture(await drawing_of(design, view.opened), shown, view, href)
    boxes = [box._replace(icon=box.members_kind) if box.shown.style == "none" else box for box in picture.boxes]
    return picture._replace(boxes=boxes)


def _picture(drawing: Drawing, shown: Mapping[str, Shown], view: View, href: Href) -> Picture:
    folded, layout = drawing
    standing = {key: _of_group(members, shown) for key, members in folded.members.items()} | dict(shown)
    middle = layout.places.get(view.selected) or min(layout.places.values(), default=(0.0, 0.0))
    boxes = [
        _box(key, standing[key], layout.places[key], len(folded.members.get(key, ())))._replace(
            href=href(key),
            selected=key == view.selected,
            picked=key in view.picked,
            near=_is_near(layout.places[key], middle),
        )
        for key in folded.vertices
    ]
    done = {key for key, how in standing.items() if how.style != "none"}
    edges = [Edge(s, t, curve(layout.paths[s, t]), s in done and t in done) for s, t in folded.edges if s != t]
    count = sum(map(len, folded.members.values()))
    return Picture(layout.width, layout.height, boxes, edges, count)


def _is_near(place: Point, middle: Point) -> bool:
    """Whether a box is in sight, or almost, when the page is opened: around the selected one, else around the first."""
    return abs(place[0] - middle[0]) < _SIGHT[0] and abs(place[1] - middle[1]) < _SIGHT[1]


def _of_group(members: Sequence[str], shown: Mapping[str, Shown]) -> Shown:
    """A group shows its worst member, and counts all."""
    counts = Counter(shown[member].style for member in members)
    worst = min(counts, key=_WORST_FIRST.index)
    words = {shown[member].style: shown[member].word.lower() for member in members}
    parts = [f"{counts[style]} {words[style]}" for style in _WORST_FIRST if style in counts]
    note = parts[0] if len(parts) == 1 else f"{parts[0]} of {len(members)}"
    return Shown(worst, ", ".join(parts), note, all(shown[member].copied for member in members))


def _box(key: str, shown: Shown, place: Point, members: int) -> Box:
    kind, _, name = key.partition(":")
    if kind == GROUP:
        what = name.partition(":")[0].lower()
        return Box(key, "group", name, (f"{members} {what}s",), *place, shown, "", False, False, shown.style)
    return Box(key, kind.lower(), name, lines_of(name), *place, shown, "", False, False, shown.style)


def curve(points: tuple[Point, ...]) -> str:
    """A path of SVG that goes smoothly through the points, level at each of them."""
    parts = [f"M{points[0][0]:g} {points[0][1]:.6g}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (x + to_x) / 2
        parts.append(f"C{middle:g} {y:.6g} {middle:g} {to_y:.6g} {to_x:g} {to_y:.6g}")
    return "".join(parts)
