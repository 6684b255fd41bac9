"""The tab with a run's attempts over time: what waited, what ran, what the run's length hangs on.

A bar goes from an attempt's start to its end, or to now while it is under way; the thin line before it is the time
since its trigger fired, in which it waited for its job to have room. Where an earlier moment is looked at, what began
after it has its row all the same, so that rows stay where they are as one moves through the run. The critical path is
found backwards from the attempt that ended last: each attempt began when the last of those that its trigger waited for
had ended.
"""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from starlette.requests import Request

from daemon.console.seen import Seen
from daemon.console.words import look, took
from daemon.engine import Engine
from events.vocabulary import NodeKey, node_kind, node_name
from projections.design_graph import TRIGGER
from projections.run_values import Attempt, RunGraph

ROW = 26
NARROWEST = 0.25
"""A bar is never narrower than so many per cent, or one would not see it."""

MOST_ROWS = 1_500
_STEPS_SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600)
_DAY_SECONDS = 86_400
_MOST_TICKS = 8


class Scale(NamedTuple):
    """The span of time that is drawn, in milliseconds."""

    start: int
    end: int

    def x(self, moment: int) -> float:
        """Where a moment lies, in per cent."""
        return round((moment - self.start) * 100 / (self.end - self.start), 3)


async def context(engine: Engine, request: Request, seen: Seen) -> dict[str, Any]:
    """Bars for the attempts of this run itself, in order of their starts; nodes taken over are only counted. An earlier
    moment is drawn on the whole run's scale."""
    graph, newest, now = seen.graph, seen.newest, seen.now
    nodes = [key for key in graph.design.order if not key.startswith(f"{TRIGGER}:")]
    own = {key: [a for a in newest.attempts.get(key, ()) if a.run_id == graph.run_id][::-1] for key in nodes}
    shown = sorted((key for key in nodes if own[key]), key=lambda key: own[key][0].started_at)
    scale = Scale(graph.started_at, max(_end_of(newest, engine.now()), graph.started_at + 1))
    critical = critical_path(graph, now)
    then = {attempt.id: attempt for attempts in graph.attempts.values() for attempt in attempts}
    return {
        "rows": [_row(seen, own[key], then, scale) | {"critical": key in critical} for key in shown[:MOST_ROWS]],
        "hidden": max(0, len(shown) - MOST_ROWS),
        "taken_over": sum(bool(graph.attempts.get(key)) and not own[key] for key in nodes),
        "ticks": ticks(scale),
        "critical": [node_name(key) for key in critical],
        "span": {"start": scale.start, "end": scale.end},
        "moment_x": scale.x(now) if seen.place.at is not None else None,
        "chart": {"row": ROW, "height": max(1, len(shown[:MOST_ROWS])) * ROW},
    }


def critical_path(graph: RunGraph, now: int) -> list[NodeKey]:
    """The nodes that the run's length hangs on, first to last; only those that this run executed."""

    def end_of(key: NodeKey) -> int:
        newest = graph.newest(key)
        return (newest.completed_at or now) if newest is not None else 0

    own = [key for key, attempts in graph.attempts.items() if attempts[0].run_id == graph.run_id]
    path: list[NodeKey] = []
    key = max(own, key=end_of, default=None)
    while key is not None and key not in path:
        path.append(key)
        firing = graph.fired.get(graph.attempts[key][-1].trigger)
        before = [node for node, _ in firing.predecessors if node in own] if firing is not None else []
        key = max(before, key=end_of, default=None)
    return path[::-1]


def _end_of(graph: RunGraph, now: int) -> int:
    """When the last thing of the run happened; now if it goes on."""
    ends = [a.completed_at or now for own in graph.attempts.values() for a in own if a.run_id == graph.run_id]
    return max([graph.completed_at or now, *ends])


def _row(seen: Seen, attempts: list[Attempt], then: dict[str, Attempt], scale: Scale) -> dict[str, Any]:
    """A node's attempts as they are known now, each drawn as it stood at the moment that is looked at: in `then`,
    by its id."""
    graph, first = seen.newest, attempts[0]
    firing = graph.fired.get(first.trigger)
    fired = firing.at if firing is not None and firing.run_id == graph.run_id else first.started_at
    bars = [_bar(attempt, then.get(attempt.id), scale, seen.now) for attempt in attempts]
    return {
        "key": first.node,
        "kind": node_kind(first.node).lower(),
        "name": node_name(first.node),
        "wait": {"from": fired, "to": first.started_at, **_place(fired, min(first.started_at, seen.now), scale)},
        "bars": bars,
        "label": next((bar for bar in reversed(bars) if not bar["later"]), bars[0]),
        "later": bars[0]["later"],
    }


def _bar(attempt: Attempt, then: Attempt | None, scale: Scale, now: int) -> dict[str, Any]:
    """One attempt and how it stood at the moment, None if it had not begun: then it is drawn whole, and hidden."""
    drawn = then or attempt
    shown = look(drawn.state)
    end = drawn.completed_at or max(now, drawn.started_at)
    span = took((end - drawn.started_at) / 1000)
    place = _place(drawn.started_at, end, scale)
    return {
        "from": attempt.started_at,
        "to": attempt.completed_at,
        "final": look(attempt.state).style,
        "later": then is None,
        "x": place["x"],
        "width": max(NARROWEST, place["width"]),
        "style": shown.style,
        "open": drawn.completed_at is None,
        "title": f"{node_name(attempt.node)}: {shown.word.lower()}, {span}",
        "span": span,
    }


def _place(start: int, end: int, scale: Scale) -> dict[str, float]:
    return {"x": scale.x(start), "width": round(max(0.0, scale.x(end) - scale.x(start)), 3)}


def ticks(scale: Scale) -> list[dict[str, Any]]:
    """Round times since the start, and the moment of each."""
    seconds = (scale.end - scale.start) / 1000
    steps = (*_STEPS_SECONDS, *(_DAY_SECONDS * days for days in (1, 2, 5, 10, 30)))
    step = next((one for one in steps if seconds / one <= _MOST_TICKS), seconds / _MOST_TICKS)
    count = int(seconds / step)
    return [
        {
            "x": scale.x(scale.start + round(i * step * 1000)),
            "word": _since(i * step),
            "at": _clock(scale.start, i * step),
        }
        for i in range(count + 1)
    ]


def _since(seconds: float) -> str:
    return "0" if not seconds else took(seconds)


def _clock(start: int, seconds: float) -> str:
    return f"{datetime.fromtimestamp(start / 1000 + seconds, UTC):%H:%M:%S} UTC"
