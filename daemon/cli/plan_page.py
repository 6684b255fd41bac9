"""A resume that is only planned, on the screen: what would run, what is copied from where, what may be in the way."""

from collections.abc import Iterator, Sequence

import msgspec
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from daemon.cli.looks import COPIED, FIRED, RESTARTED, plain
from daemon.cli.short_ids import short

MOST_NAMED = 12
MOST_LINES = 8


class Start(msgspec.Struct, frozen=True):
    """A node that starts at once, and the trigger whose arguments hold for it."""

    node: str
    trigger: str | None = None


class Copied(msgspec.Struct, frozen=True):
    """The nodes whose results come from a run."""

    run_id: str
    nodes: tuple[str, ...]


class Reasoned(msgspec.Struct, frozen=True):
    """A node, and why something is so with it."""

    node: str
    reason: str | None = None


class Obstacle(msgspec.Struct, frozen=True):
    """What may be in the way; `refuses` says that the resume would be refused now."""

    kind: str
    subject: str
    text: str
    refuses: bool = False


class Change(msgspec.Struct, frozen=True):
    """A run property before and after."""

    before: str | None = msgspec.field(name="from", default=None)
    after: str | None = msgspec.field(name="to", default=None)


class Design(msgspec.Struct, frozen=True):
    """How the design of today differs from the run's own."""

    nodes_added: tuple[str, ...] = ()
    nodes_removed: tuple[str, ...] = ()
    triggers_added: tuple[str, ...] = ()
    triggers_removed: tuple[str, ...] = ()
    triggers_changed: tuple[str, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """A resume's preview as `/v1` writes it; nodes are given by their keys."""

    plan: str
    run_id: str
    workflow: str
    starting: tuple[Start, ...]
    running: tuple[str, ...]
    firing: tuple[str, ...]
    copied: tuple[Copied, ...]
    dropped: tuple[Reasoned, ...]
    idle: tuple[Reasoned, ...]
    obstacles: tuple[Obstacle, ...]
    properties: dict[str, Change]
    design: Design | None = None


def plan_page(plan: Plan, again: str) -> Iterator[RenderableType]:
    """The lines of a plan; `again` is the command that carries it out."""
    yield Text(f"A resume of {plain(plan.workflow)} {short(plan.run_id)} would be a new run:", "bold")
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for label, text, style in _rows(plan):
        table.add_row(Text(label, style), Text(text))
    yield table
    for reason, nodes in _by_reason(plan.idle).items():
        yield Text(f"  {_names(nodes)}: {reason}", "dim")
    yield from _in_the_way(plan.obstacles)
    yield Text()
    yield Text("Nothing was changed. To do just this:", "dim")
    yield Text(f"    {again}")


def _rows(plan: Plan) -> Iterator[tuple[str, str, str]]:
    at_once = [one.node for one in plan.starting]
    later = [node for node in plan.running if node not in at_once]
    yield f"{RESTARTED} {_count(at_once, 'starts', 'start')} at once", _names(at_once), "cyan"
    if later:
        yield f"  {_count(later, 'runs', 'run')} after that", f"{_names(later)}, if all goes well", "cyan"
    if plan.firing:
        yield f"{FIRED} {_count(plan.firing, 'trigger fires', 'triggers fire')}", _some(plan.firing), ""
    for copied in plan.copied:
        yield (
            f"{COPIED} {_count(copied.nodes, 'is', 'are')} copied",
            f"{_names(copied.nodes)} from {short(copied.run_id)}",
            "dim",
        )
    for dropped in plan.dropped[:MOST_LINES]:
        yield "  left out", f"{_name(dropped.node)}: {plain(dropped.reason or '')}", "yellow"
    if len(plan.dropped) > MOST_LINES:
        yield "", f"and {len(plan.dropped) - MOST_LINES} more", "dim"
    for key, change in plan.properties.items():
        before = "(unset)" if change.before is None else change.before
        yield "  property", plain(f"{key}: {before} → {change.after}"), "cyan"
    if plan.design is not None:
        yield from _design(plan.design)
    if plan.idle:
        yield (
            f"· {_count(plan.idle, 'has', 'have')} no result",
            f"{_names([one.node for one in plan.idle])}, even then",
            "dim",
        )


def _design(design: Design) -> Iterator[tuple[str, str, str]]:
    """What is new, gone or changed on the triggers of today."""
    rows = {
        "  new today": [*map(_name, design.nodes_added), *(f"trigger {plain(name)}" for name in design.triggers_added)],
        "  gone today": [*map(_name, design.nodes_removed), *(f"trigger {plain(n)}" for n in design.triggers_removed)],
        "  changed": [f"trigger {plain(name)}" for name in design.triggers_changed],
    }
    yield from ((label, _some(words), "cyan") for label, words in rows.items() if words)


def _in_the_way(obstacles: Sequence[Obstacle]) -> Iterator[Text]:
    if obstacles:
        yield Text()
        yield Text("What may be in the way:", "bold yellow")
    for one in obstacles[:MOST_LINES]:
        subject = short(one.subject) if one.kind == "resumed_already" else _name(one.subject)
        refused = " The resume would be refused now." if one.refuses else ""
        yield Text(f"  {subject}: {plain(one.text)}.{refused}", "bold" if one.refuses else "")
    if len(obstacles) > MOST_LINES:
        yield Text(f"  and {len(obstacles) - MOST_LINES} more (--json has all)", "dim")


def _by_reason(idle: Sequence[Reasoned]) -> dict[str, list[str]]:
    """The nodes that will not run, by the reason, a few of these."""
    found: dict[str, list[str]] = {}
    for one in idle:
        if one.reason:
            found.setdefault(plain(one.reason), []).append(one.node)
    return dict(list(found.items())[:MOST_LINES])


def _count(things: Sequence[object], one: str, many: str) -> str:
    return f"{len(things)} {one if len(things) == 1 else many}"


def _names(nodes: Sequence[str]) -> str:
    return _some([_name(node) for node in nodes])


def _some(words: Sequence[str]) -> str:
    shown = plain(", ".join(words[:MOST_NAMED]))
    return f"{shown} and {len(words) - MOST_NAMED} more" if len(words) > MOST_NAMED else shown


def _name(key: str) -> str:
    """A node's name; a crawler's with its kind. What is no node's key stands as it is."""
    kind, _, name = key.partition(":")
    if kind == "JOB" and name:
        return plain(name)
    return plain(f"{name} (crawler)" if kind == "CRAWLER" and name else key)
