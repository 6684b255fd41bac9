"""What is drawn for a graph: boxes with their shapes and states, and smooth edges. `templates/graph.svg` draws it.

Shapes are the seed page's: triggers are rectangles, jobs are round-ended; crawlers have a shape of their own. A state
shows as colour and as icon; a node taken over from an earlier run is dashed and leads there.
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from daemon.api.graph_frame import edges_of
from daemon.console.graph_layout import BOX_HEIGHT, BOX_WIDTH, Layout, Point, layout_of
from daemon.console.words import look
from projections.design_graph import TRIGGER, DesignGraph

LONGEST_LABEL = 20
_TYPES = {"ON_DEMAND": "on demand", "SCHEDULED": "schedule", "EVENT": "events", "CONDITIONAL": "condition"}


class Box(NamedTuple):
    """One vertex. `style` names state colour and icon; `label` is cut to fit, `title` is whole."""

    key: str
    kind: str
    name: str
    label: str
    note: str
    style: str
    word: str
    x: float
    y: float
    copied: bool
    restarted: bool
    resumable: bool
    href: str

    @property
    def title(self) -> str:
        """What a reader without sight of the picture, or with the pointer on it, is told."""
        copied = ", taken over from an earlier run" if self.copied else ""
        return f"{self.kind.capitalize()} {self.name}: {self.word.lower()}{copied}"


class Edge(NamedTuple):
    """One edge; `active` says that its source has fired or ended so that it was followed."""

    source: str
    target: str
    path: str
    active: bool


class Picture(NamedTuple):
    """A whole drawing, in pixels."""

    width: float
    height: float
    boxes: list[Box]
    edges: list[Edge]
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


Href = Callable[[str], str]
"""The link behind a vertex, by its key."""


def run_picture(design: DesignGraph, document: Mapping[str, Any], href: Href) -> Picture:
    """The graph of a run, from its document of `/v1`."""
    layout = layout_of(design)
    nodes = {node["key"]: node for node in document["nodes"]}
    triggers = {trigger["name"]: trigger for trigger in document["triggers"]}
    boxes = []
    for key in design.order:
        kind, _, name = key.partition(":")
        shown = _trigger_box(triggers[name]) if kind == TRIGGER else _node_box(nodes[key])
        boxes.append(_box(key, layout.places[key], shown | {"href": href(key)}))
    fired = {f"{TRIGGER}:{name}" for name, trigger in triggers.items() if trigger["fired_at"]}
    ran = {key for key, node in nodes.items() if node["state"] is not None}
    return _picture(design, layout, boxes, lambda s, t: (s in fired and t in ran) or (s in ran and t in fired))


def design_picture(design: DesignGraph, href: Href) -> Picture:
    """The graph of a workflow as it is defined now."""
    layout = layout_of(design)
    boxes = []
    for key in design.order:
        kind, _, name = key.partition(":")
        shown = {"note": kind.lower(), "style": "none", "word": "defined"}
        if kind == TRIGGER:
            trigger = design.triggers[name]
            state = look(trigger.state)
            shown = {"note": _TYPES[trigger.definition.type], "style": state.style, "word": state.word}
        boxes.append(_box(key, layout.places[key], shown | {"href": href(key)}))
    return _picture(design, layout, boxes, lambda source, target: False)


def _picture(design: DesignGraph, layout: Layout, boxes: list[Box], followed: Callable[[str, str], bool]) -> Picture:
    edges = [Edge(s, t, curve(layout.paths[s, t]), followed(s, t)) for s, t in edges_of(design) if s != t]
    return Picture(layout.width, layout.height, boxes, edges)


def _node_box(node: Mapping[str, Any]) -> dict[str, Any]:
    state = look(node["state"])
    tries = f" x{len(node['attempts'])}" if len(node["attempts"]) > 1 else ""
    return {
        "note": f"{state.word}{tries}",
        "style": state.style,
        "word": state.word,
        "copied": node["copied"],
        "restarted": node["restarted"],
        "resumable": bool(node["attempts"]),
    }


def _trigger_box(trigger: Mapping[str, Any]) -> dict[str, Any]:
    fired = trigger["fired_at"] is not None
    kind = _TYPES.get(trigger["type"], trigger["type"].lower())
    word = "fired" if fired else "not fired"
    return {
        "note": f"{kind}, {word}",
        "style": "fired" if fired else "none",
        "word": word,
        "copied": trigger["copied"],
    }


def _box(key: str, place: Point, shown: Mapping[str, Any]) -> Box:
    kind, _, name = key.partition(":")
    label = name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"
    flags = {"copied": False, "restarted": False, "resumable": False}
    return Box(key=key, kind=kind.lower(), name=name, label=label, x=place[0], y=place[1], **flags | dict(shown))


def curve(points: tuple[Point, ...]) -> str:
    """A path of SVG that goes smoothly through the points, level at each of them."""
    parts = [f"M{points[0][0]:g} {points[0][1]:.5g}"]
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (x + to_x) / 2
        parts.append(f"C{middle:g} {y:.5g} {middle:g} {to_y:.5g} {to_x:g} {to_y:.5g}")
    return "".join(parts)
