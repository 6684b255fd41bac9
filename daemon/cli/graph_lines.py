"""The graph of a run as lines: each trigger, and below it the nodes that it started.

Triggers and nodes come in the order of execution. A node stands below the trigger that started it, and if it never
ran below the first that could start it; other triggers that start it too refer to it. A long chain must not indent
and the first lines must not wait for the last, so there is neither a tree nor a table to measure: cells are padded.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec
from rich.cells import cell_len
from rich.text import Text

from daemon.cli.documents import Node, Run, Trigger
from daemon.cli.looks import COPIED, FIRED, NOT_FIRED, RESTARTED, plain
from daemon.cli.short_ids import short
from daemon.cli.states import labelled
from daemon.cli.times import moment, took

MOST_CONDITIONS = 4
WIDEST_NAME = 40
_GAP = "  "
_TYPES = {"ON_DEMAND": "on demand", "SCHEDULED": "on schedule", "EVENT": "on events"}


class _Row(msgspec.Struct, frozen=True):
    """A node's cells, still to be padded."""

    name: Text
    state: Text
    took: Text
    job_run: Text
    note: Text


def graph_lines(run: Run, now: datetime) -> Iterator[Text]:
    """All triggers and nodes of the run."""
    rows = {node.key: _row(node, now) for node in run.nodes}
    widths = _widths(rows.values())
    below = _placed(run)
    for trigger in run.triggers:
        yield _trigger_line(trigger, run, now)
        for key in trigger.actions:
            if below.get(key) == trigger.name and key in rows:
                yield _padded(rows[key], widths)
            elif key in below:
                yield Text(f"    {_name(key)}: see {plain(below[key])}", "dim")
    unplaced = [node.key for node in run.nodes if node.key not in below]
    if unplaced:
        yield Text("Watched, but started by no trigger", "bold")
        yield from (_padded(rows[key], widths) for key in unplaced)


def _placed(run: Run) -> dict[str, str]:
    """By node key, the trigger below which it is shown."""
    below: dict[str, str] = {}
    for trigger in run.triggers:
        for key in trigger.actions:
            below.setdefault(key, trigger.name)
    starters = {node.key: node.attempts[0].trigger for node in run.nodes if node.attempts}
    for trigger in run.triggers:
        below |= {key: trigger.name for key in trigger.actions if starters.get(key) == trigger.name}
    return below


def _trigger_line(trigger: Trigger, run: Run, now: datetime) -> Text:
    fired = trigger.fired_at is not None
    line = Text.assemble((FIRED if fired else NOT_FIRED, "green" if fired else "dim"), f" {plain(trigger.name)}")
    line.stylize("bold", 2)
    line.append(f"{_GAP}{_when(trigger)}{_GAP}")
    line.append(_firing(trigger, run, now), "dim")
    return line


def _when(trigger: Trigger) -> str:
    """`after J1 and J2 SUCCEEDED`, `on demand`."""
    if not trigger.conditions:
        return _TYPES.get(trigger.type, trigger.type.lower())
    joined = " or " if trigger.logical == "ANY" else " and "
    states = {condition.state for condition in trigger.conditions}
    if len(states) > 1:
        return "after " + joined.join(_some([f"{_name(one.node)} {one.state}" for one in trigger.conditions]))
    return f"after {joined.join(_some([_name(one.node) for one in trigger.conditions]))} {states.pop()}"


def _some(words: list[str]) -> list[str]:
    if len(words) <= MOST_CONDITIONS:
        return words
    return [*words[: MOST_CONDITIONS - 1], f"{len(words) - MOST_CONDITIONS + 1} more"]


def _firing(trigger: Trigger, run: Run, now: datetime) -> str:
    if trigger.fired_at is not None:
        where = f"{COPIED} {short(trigger.fired_in)}" if trigger.copied and trigger.fired_in else ""
        return f"fired {moment(trigger.fired_at, now)} {where}".rstrip()
    if trigger.conditions and trigger.state not in ("ACTIVATED", ""):
        return f"not activated ({trigger.state}), so it cannot fire"
    return "not yet fired" if run.completed_at is None else "did not fire"


def _row(node: Node, now: datetime) -> _Row:
    newest = node.attempts[0] if node.attempts else None
    tries = f" x{len(node.attempts)}" if len(node.attempts) > 1 else ""
    style = "dim" if node.copied or newest is None else ""
    icon, word = str(labelled(node.state)).split(" ", 1)
    look = labelled(node.state).style
    return _Row(
        Text.assemble((icon, look), " ", (plain(node.name), style or "bold")),
        Text(word + tries, "dim" if node.copied else look),
        Text(took(newest.started_at, newest.completed_at, now) if newest else "", style),
        Text(short(newest.id) if newest else "", "dim"),
        _note(node),
    )


def _note(node: Node) -> Text:
    if node.restarted:
        return Text(f"{RESTARTED} resumed here", "cyan")
    if node.copied and node.executed_in:
        return Text(f"{COPIED} {short(node.executed_in)}", "dim")
    return Text()


def _widths(rows: Iterable[_Row]) -> tuple[int, ...]:
    """How wide each column is: its widest cell, for names up to a limit."""
    widths = [0] * len(_Row.__struct_fields__)
    for row in rows:
        cells = msgspec.structs.astuple(row)
        widths = [max(width, cell_len(cell.plain)) for width, cell in zip(widths, cells, strict=True)]
    return (min(widths[0], WIDEST_NAME), *widths[1:])


def _padded(row: _Row, widths: tuple[int, ...]) -> Text:
    line = Text("   ")
    for width, cell in zip(widths, msgspec.structs.astuple(row), strict=True):
        if width:
            padding = " " * max(0, width - cell_len(cell.plain))
            line.append(" " if cell is row.name else _GAP).append_text(cell).append(padding)
    line.rstrip()
    return line


def _name(key: str) -> str:
    """The name in a node's key; a crawler's with its kind, as jobs are the usual case."""
    kind, _, name = key.partition(":")
    return plain(name) if kind == "JOB" else plain(f"{name} (crawler)")
