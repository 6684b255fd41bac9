"""One run on the screen: its outcome, what failed and why, then its graph and what to do next."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from daemon.cli.documents import InArchive, Node, Run
from daemon.cli.graph_lines import graph_lines
from daemon.cli.history_table import cause_told, outcome_told
from daemon.cli.looks import COPIED, RESTARTED, plain
from daemon.cli.root_causes import root_cause
from daemon.cli.short_ids import short
from daemon.cli.states import NEVER_RAN, labelled, told
from daemon.cli.times import moment, took

MOST_FAILURES = 10
ENDED_BADLY = ("FAILED", "ERROR", "TIMEOUT", "STOPPED", "CANCELLED", "EXPIRED")
"""The states of a node from which `reglue resume --failed` resumes."""

_STATE_WORDS = {
    "FAILED": "failed",
    "TIMEOUT": "timed out",
    "ERROR": "could not start",
    "STOPPED": "stopped",
    "CANCELLED": "stopped",
    "EXPIRED": "expired",
}

CommandLine = Callable[..., str]
"""Writes a command to type next out of its words."""


def run_page(run: Run, now: datetime, command_line: CommandLine) -> Iterator[RenderableType]:
    """The lines of a run's page."""
    yield from run_head(run, now)
    yield from _events(run, command_line)
    if run.archived is not None:
        yield from _archived(run, run.archived, now)
        return
    yield Text()
    if any(ended_badly(node) for node in run.nodes):
        yield from _failures(run, command_line)
        yield Text()
    yield from graph_lines(run, now)
    yield from _way_out(run, command_line)


def run_end(run: Run, now: datetime, command_line: CommandLine) -> Iterator[RenderableType]:
    """The page of a run that was waited for: how it ended, without its graph."""
    yield from run_head(run, now)
    if any(ended_badly(node) for node in run.nodes):
        yield Text()
        yield from _failures(run, command_line)
    yield from _way_out(run, command_line)


def run_line(run: Run, now: datetime) -> Iterator[RenderableType]:
    """One run in two lines at most: outcome and id, then what failed first."""
    length = took(run.started_at, run.completed_at, now)
    span = f"took {length}" if run.completed_at else f"going on for {length}"
    yield Text.assemble(outcome_told(run), f"  {plain(run.workflow)}  {short(run.run_id)}  ", (span, "dim"))
    if run.failures:
        yield Padding(Text(root_cause(run), "dim"), (0, 0, 0, 4), expand=False)


def ended_badly(node: Node) -> bool:
    """Whether the node ran and its last attempt did not succeed."""
    return node.state in ENDED_BADLY


def blocked(run: Run) -> list[Node]:
    """The nodes that never ran although a node that ended badly leads to them."""
    after: dict[str, set[str]] = {}
    for trigger in run.triggers:
        for condition in trigger.conditions:
            after.setdefault(condition.node, set()).update(trigger.actions)
    reached: set[str] = set()
    ahead = [node.key for node in run.nodes if ended_badly(node)]
    while ahead:
        following = after.get(ahead.pop(), set()) - reached
        reached |= following
        ahead += following
    return [node for node in run.nodes if node.state is None and node.key in reached]


def failure_counts(failed: Sequence[Node], never: int) -> Text:
    """`2 failed, 18 never ran because of them:`."""
    counts = Counter(_STATE_WORDS.get(node.state or "", "did not succeed") for node in failed)
    because = f", {never} {NEVER_RAN} because of {'it' if len(failed) == 1 else 'them'}" if never else ""
    return Text(", ".join(f"{count} {word}" for word, count in counts.items()) + because + ":", "bold")


def run_head(run: Run, now: datetime) -> Iterator[Text]:
    """What the run is, how it stands, where it comes from."""
    yield Text.assemble((plain(run.workflow), "bold"), "  ", outcome_told(run), (f"  {run.status}", "dim"))
    yield Text(run.run_id)
    if run.previous_run_id:
        first = f", first run {short(run.root_run_id)}" if run.depth > 1 and run.root_run_id else ""
        yield Text(f"{COPIED} resumed from {short(run.previous_run_id)}{first}")
    if run.resumed_by:
        yield Text(f"{RESTARTED} resumed as {', '.join(map(short, run.resumed_by))}")
    yield Text(told(run.statistics, run.total) or "no nodes", "bold")
    length = took(run.started_at, run.completed_at, now)
    span = f"took {length}" if run.completed_at else f"going on for {length}"
    yield Text(f"started {moment(run.started_at, now)} ({cause_told(run, by=True)}), {span}", "dim")
    if run.error:
        yield Text(plain(run.error), "red")


def _events(run: Run, command_line: CommandLine) -> Iterator[Text]:
    """How many events began the run, and how to see them."""
    count = len(run.cause.event_ids or ())
    if count:
        told = f"{count} event{'s' if count > 1 else ''} began it: {command_line('notifications', short(run.run_id))}"
        yield Text(told, "dim")


def _archived(run: Run, gone: InArchive, now: datetime) -> Iterator[Text]:
    """Where the rest is."""
    if run.failures:
        yield Text(root_cause(run), "red")
    yield Text()
    yield Text(f"Its graph and its events were archived {moment(gone.at, now)} by {plain(gone.by)} into", "bold")
    yield Text(f"    {plain(gone.file)}")
    yield Text("Read that file into an empty state directory to look at them:", "dim")
    yield Text(f"    reglue audit import {plain(gone.file)} --state-dir DIR", "dim")


def _failures(run: Run, command_line: CommandLine) -> Iterator[RenderableType]:
    failed = [node for node in run.nodes if ended_badly(node)]
    yield failure_counts(failed, len(blocked(run)))
    for node in failed[:MOST_FAILURES]:
        yield from _failure(node, command_line)
    if len(failed) > MOST_FAILURES:
        yield Text(f"  and {len(failed) - MOST_FAILURES} more below", "dim")


def _failure(node: Node, command_line: CommandLine) -> Iterator[RenderableType]:
    newest = node.attempts[0]
    yield Text.assemble("  ", labelled(node.state, plain(node.name)), f"  {node.state}")
    for line in (newest.error or "").splitlines()[:1]:
        yield Padding(Text(plain(line)), (0, 0, 0, 4), expand=False)
    if node.kind == "JOB":
        yield Text(f"    {command_line('logs', short(newest.id))}", "dim")


def _way_out(run: Run, command_line: CommandLine) -> Iterator[Text]:
    if run.outcome == "PARTLY_FAILED" and not run.resumed_by and run.archived is None:
        yield Text()
        yield Text("Repair the cause, then:", "dim")
        yield Text(f"    {command_line('resume', run.workflow, short(run.run_id), '--failed')}")
