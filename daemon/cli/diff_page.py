"""In what two runs differ, on the screen: the runs, their properties and design, then the nodes that differ."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from daemon.cli.documents import Summary
from daemon.cli.history_table import outcome_told
from daemon.cli.looks import plain
from daemon.cli.plan_page import Design
from daemon.cli.short_ids import short
from daemon.cli.states import labelled
from daemon.cli.times import duration, moment, took
from projections.run_diff import NodeDiff, Side

MOST_NODES = 40
LONGEST_VALUE = 60


class Values(msgspec.Struct, frozen=True):
    """A property in both runs."""

    left: str | None = None
    right: str | None = None


class Designs(msgspec.Struct, frozen=True):
    """The content hashes of both designs, and what changed from the left one to the right one."""

    left: str
    right: str
    changes: Design | None = None


class Diff(msgspec.Struct, frozen=True):
    """Two runs beside each other."""

    left: Summary
    right: Summary
    design: Designs
    properties: dict[str, Values]
    nodes: tuple[NodeDiff, ...]

    @property
    def differing(self) -> list[NodeDiff]:
        """The nodes that differ in anything but how long they took."""
        return [node for node in self.nodes if node.differs]

    @property
    def is_same(self) -> bool:
        """Whether nothing differs but times."""
        return not (self.differing or self.properties or self.design.changes)


def diff_page(diff: Diff, now: datetime) -> Iterator[RenderableType]:
    """The lines of the page."""
    yield from _heads(diff, now)
    if diff.is_same:
        yield Text("\nNo difference but in times.", "green")
    for key, values in diff.properties.items():
        yield Text(f"  property {plain(key)}: {_value(values.left)} → {_value(values.right)}", "cyan")
    yield from _design(diff.design)
    if diff.differing:
        yield Text()
        yield _table(diff.differing[:MOST_NODES])
        if len(diff.differing) > MOST_NODES:
            yield Text(f"and {len(diff.differing) - MOST_NODES} more that differ (--json has all)", "dim")
        for node in diff.differing[:MOST_NODES]:
            yield from _arguments(node)
    same = len(diff.nodes) - len(diff.differing)
    shared = sum(node.same_attempt for node in diff.nodes)
    yield Text(f"\n{same} of {len(diff.nodes)} nodes do not differ; {shared} show the same attempt in both.", "dim")


def _heads(diff: Diff, now: datetime) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    for sign, run in (("-", diff.left), ("+", diff.right)):
        length = took(run.started_at, run.completed_at, now)
        head = Text(f"{sign} {short(run.run_id)}", "bold")
        table.add_row(head, plain(run.workflow), outcome_told(run), f"{moment(run.started_at, now)}  {length}")
    yield table


def _design(designs: Designs) -> Iterator[Text]:
    changes = designs.changes
    if changes is None:
        return
    yield Text("  the designs differ:", "cyan")
    told = {
        "+": (*changes.nodes_added, *(f"trigger {name}" for name in changes.triggers_added)),
        "-": (*changes.nodes_removed, *(f"trigger {name}" for name in changes.triggers_removed)),
        "~": tuple(f"trigger {name}" for name in changes.triggers_changed),
    }
    for sign, words in told.items():
        if words:
            more = f" and {len(words) - MOST_NODES} more" if len(words) > MOST_NODES else ""
            yield Text(f"    {sign} {plain(', '.join(words[:MOST_NODES]))}{more}", "cyan")


def _table(nodes: Sequence[NodeDiff]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for heading in ("NODE", "-", "+", "DIFFERS IN"):
        table.add_column(heading, overflow="fold")
    for node in nodes:
        name = node.node.partition(":")[2]
        told = ["not in its design" if one is None else one for one in (node.left, node.right)]
        cells = [Text(one, "dim") if isinstance(one, str) else _cell(one) for one in told]
        table.add_row(Text(plain(name), "bold"), *cells, ", ".join(node.differs))
    return table


def _cell(side: Side) -> Text:
    length = duration(timedelta(milliseconds=side.took)) if side.took is not None else ""
    tries = f" x{side.attempts}" if side.attempts > 1 else ""
    return Text.assemble(labelled(side.state), (f"{tries} {length}".rstrip(), "dim"))


def _arguments(node: NodeDiff) -> Iterator[Text]:
    """The arguments that differ, and the first line of the errors."""
    left, right = node.left, node.right
    if left is None or right is None:
        return
    name = plain(node.node.partition(":")[2])
    if "arguments" in node.differs:
        for key in sorted({*left.arguments, *right.arguments}):
            values = left.arguments.get(key), right.arguments.get(key)
            if values[0] != values[1]:
                yield Text(f"  {name} {plain(key)}: {_value(values[0])} → {_value(values[1])}")
    if "error" in node.differs:
        for sign, side in (("-", left), ("+", right)):
            if side.error:
                yield Text(f"  {name} {sign} {plain(side.error.splitlines()[0])}", "dim")


def _value(text: str | None) -> str:
    if text is None:
        return "(unset)"
    return plain(text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…")
