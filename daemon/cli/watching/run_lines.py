"""A run on the monitor's page: its head, what failed, and the table of its nodes. Pure: a run and a moment in."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import msgspec
from rich.text import Text

from daemon.cli.documents import Node, Run, Statistics
from daemon.cli.history_table import cause_told, outcome_told
from daemon.cli.looks import COPIED, RESTARTED, look, plain
from daemon.cli.run_page import blocked, ended_badly, failure_counts
from daemon.cli.short_ids import short
from daemon.cli.states import BUCKETS, NEVER_RAN, counted, labelled
from daemon.cli.times import moment, took
from daemon.cli.watching.cells import Column, fitted
from daemon.cli.watching.timeline import Span, bars

WIDEST_NAME = 40
NARROW_NAME = 22
ROOMY = 120
"""From this many columns on, attempts, triggers and job runs have columns of their own."""

VERY_ROOMY = 170
PICKED, NOT_PICKED = "◆", " "
FULL, EMPTY = "━", "─"


def head_lines(run: Run, now: datetime, width: int) -> list[Text]:
    """Two or three lines: how the run stands, how far it is, where it comes from."""
    first = Text.assemble((plain(run.workflow), "bold"), "  ", outcome_told(run))
    first.append(f"  {run.status}" if run.status not in ("RUNNING", "STOPPING") else "", "dim")
    first.append("  " + (run.run_id if width >= ROOMY else short(run.run_id)), "dim")
    if run.previous_run_id:
        first.append(f"  {COPIED} resumed from {short(run.previous_run_id)}", "cyan")
    length = took(run.started_at, run.completed_at, now)
    second = progress(run.statistics, run.total, min(30, width // 4))
    second.append("  ").append_text(counted(run.statistics, run.total))
    cause = cause_told(run, by=True)
    second.append(f"  {'took' if run.completed_at else 'for'} {length}")
    second.append(f", started {moment(run.started_at, now)}" + (f" ({cause})" if str(cause) else ""), "dim")
    lines = [first, second]
    if run.error:
        lines.append(Text(plain(run.error), "red"))
    return lines


def progress(statistics: Statistics, total: int, width: int) -> Text:
    """A bar of how many nodes stand how; the nodes that are still to come are a thin line."""
    bar = Text(no_wrap=True)
    used = 0
    done = 0
    for bucket, state in BUCKETS.items():
        count = getattr(statistics, bucket)
        done += count
        upto = round(done / max(total, done, 1) * width)
        # A single failure among thousands must be seen.
        cells = min(max(upto - used, 1 if count else 0), width - used)
        bar.append(FULL * cells, look(state).style)
        used += cells
    return bar.append(EMPTY * (width - used), "dim")


def failure_lines(run: Run, most: int) -> list[Text]:
    """What failed and why, before everything else; what never ran because of it is counted."""
    failed = [node for node in run.nodes if ended_badly(node)]
    if not failed or most < 2:
        return []
    lines = [failure_counts(failed, len(blocked(run)))]
    shown = failed[: most - 1] if len(failed) <= most - 1 else failed[: most - 2]
    for node in shown:
        error = (node.attempts[0].error or "").splitlines()[:1] if node.attempts else []
        told = Text.assemble("  ", labelled(node.state, plain(node.name)), f"  {plain(error[0]) if error else ''}")
        lines.append(told)
    if len(shown) < len(failed):
        lines.append(Text(f"  and {len(failed) - len(shown)} more (f shows failures alone)", "dim"))
    return lines


def node_columns(nodes: Sequence[Node], width: int) -> tuple[Column, ...]:
    """The columns that fit; the timeline has what is left."""
    longest = max((len(node.name) for node in nodes), default=0) + 4
    name = min(max(longest, 8), WIDEST_NAME if width >= ROOMY else NARROW_NAME)
    columns = [Column("NODE", name), Column("STATE", 9), Column("TOOK", 7, right=True)]
    if width >= ROOMY:
        columns += [Column("TRY", 3, right=True), Column("TRIGGER", 16)]
    if width >= VERY_ROOMY:
        columns += [Column("JOB RUN", 21)]
    return fitted([*columns, Column("TIMELINE", 0)], width)


def timeline_width(columns: Sequence[Column]) -> int:
    """How wide the bars are."""
    return columns[-1].width


class Seen(msgspec.Struct, frozen=True):
    """How a run is looked at: at which moment, on which scale, with which nodes picked (keys)."""

    now: datetime
    span: Span
    picked: Collection[str] = ()


def node_cells(node: Node, at: Seen, columns: Sequence[Column]) -> list[Text]:
    """A node's cells for these columns."""
    newest = node.attempts[0] if node.attempts else None
    shown = look(node.state)
    quiet = "dim" if node.copied or newest is None else "bold"
    name = Text.assemble(
        (PICKED if node.key in at.picked else NOT_PICKED, "magenta"), " ", (shown.icon, shown.style), " "
    )
    name.append(plain(node.name), quiet)
    if node.restarted:
        name.append(f" {RESTARTED}", "cyan")
    took_for = took(newest.started_at, newest.completed_at, at.now) if newest else ""
    by_title = {
        "NODE": name,
        "STATE": Text((node.state or NEVER_RAN).replace("_", " "), "dim" if node.copied else shown.style),
        "TOOK": Text(took_for, "dim" if node.copied else ""),
        "TRY": Text(str(newest.number + 1) if newest else "", "dim"),
        "TRIGGER": Text(plain(newest.trigger or "") if newest else "", "dim"),
        "JOB RUN": Text(short(newest.id) if newest else "", "dim"),
    }
    cells = [by_title[column.title] for column in columns[:-1]]
    return [*cells, bars(node, at.span, columns[-1].width)]


def matching(nodes: Iterable[Node], words: str, failed_only: bool) -> list[Node]:
    """The nodes that are to be shown: those whose name, state, trigger or error holds all the words."""
    wanted = words.lower().split()
    return [node for node in nodes if (not failed_only or ended_badly(node)) and _holds(node, wanted)]


def _holds(node: Node, words: list[str]) -> bool:
    newest = node.attempts[0] if node.attempts else None
    texts = [node.name, node.kind, node.state or NEVER_RAN]
    texts += [newest.trigger or "", newest.error or "", newest.id] if newest else []
    text = " ".join(texts).lower()
    return all(word in text for word in words)
