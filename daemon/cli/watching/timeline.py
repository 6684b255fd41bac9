"""When nodes ran, as bars beside each other: one line a node, all on the same scale. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec
from rich.text import Text

from daemon.cli.documents import Attempt, Node, Run
from daemon.cli.looks import COPIED, look
from daemon.cli.short_ids import short
from daemon.cli.times import duration

BAR, WAITS = "━", "┄"
HEAD, TAIL = "╺", "╸"


class Span(msgspec.Struct, frozen=True):
    """What the whole width stands for: from the run's start to its end, or to now."""

    start: datetime
    end: datetime

    def cells(self, at: datetime, width: int) -> float:
        """Where a moment lies, in cells from the left."""
        whole = max((self.end - self.start).total_seconds(), 1e-3)
        return min(max((at - self.start).total_seconds() / whole, 0.0), 1.0) * width


def span_of(run: Run, now: datetime) -> Span:
    """The run's span. A clock that is behind the daemon's does not make it end before it started."""
    last = max((one.completed_at for node in run.nodes for one in node.attempts[:1] if one.completed_at), default=None)
    end = run.completed_at or max(now, last or now)
    return Span(run.started_at, max(end, run.started_at + timedelta(milliseconds=1)))


def scale(span: Span, width: int) -> Text:
    """The line above the bars: where they begin, and how long the whole is."""
    whole = duration(span.end - span.start)
    return Text("0" + " " * max(1, width - 1 - len(whole)) + whole, "dim")


def bars(node: Node, span: Span, width: int) -> Text:
    """A node's attempts as bars, open ones up to the end of the span; a copied node names the run it comes from."""
    if node.copied:
        return Text(f"{COPIED} {short(node.executed_in or '')}", "dim")
    cells: list[tuple[str, str]] = [(" ", "")] * width
    for attempt in reversed(node.attempts):
        _draw(cells, attempt, span)
    line = Text(no_wrap=True)
    for character, style in _joined(cells):
        line.append(character, style)
    return line


def _draw(cells: list[tuple[str, str]], attempt: Attempt, span: Span) -> None:
    if attempt.started_at is None or not cells:
        return
    width = len(cells)
    style = look(attempt.state).style
    left = span.cells(attempt.started_at, width)
    # A clock that was set back must not make a node vanish.
    right = max(left, span.cells(attempt.completed_at or span.end, width))
    first, last = min(int(left), width - 1), min(int(right), width - 1)
    mark = WAITS if attempt.state == "WAITING" else BAR
    for index in range(first, last + 1):
        cells[index] = (mark, style)
    if mark is BAR and attempt.completed_at is not None:
        _round_ends(cells, (left, right), style)


def _round_ends(cells: list[tuple[str, str]], ends: tuple[float, float], style: str) -> None:
    """Half cells at both ends, so that short bars can be told apart."""
    width = len(cells)
    first, last = (min(int(end), width - 1) for end in ends)
    if first == last:
        if ends[1] - ends[0] < 0.5:
            cells[first] = (HEAD if ends[0] - first >= 0.5 else TAIL, style)
        return
    if ends[0] - first >= 0.5:
        cells[first] = (HEAD, style)
    if ends[1] - last < 0.5:
        cells[last] = (TAIL, style)


def _joined(cells: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    joined: list[tuple[str, str]] = []
    for character, style in cells:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + character, style)
        else:
            joined.append((character, style))
    return joined
