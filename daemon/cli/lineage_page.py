"""The tree of a run's resumes on the screen: what each run was asked for, and what it ran itself."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from rich.console import RenderableType
from rich.text import Text
from rich.tree import Tree

from daemon.cli.documents import Summary
from daemon.cli.history_table import cause_told, outcome_told
from daemon.cli.looks import COPIED, RESTARTED, look, plain
from daemon.cli.plan_page import Copied
from daemon.cli.root_causes import root_cause
from daemon.cli.short_ids import short
from daemon.cli.states import NEVER_RAN
from daemon.cli.times import moment, took

MOST_NAMED = 10


class Member(Summary, frozen=True, kw_only=True):
    """One run of the tree. `ran` are the nodes that it ran itself, each with the state it has there; `dropped` the
    picks that were left out, each with the one upstream of it."""

    design: str = ""
    asked: tuple[str, ...] = ()
    restarted: tuple[str, ...] = ()
    dropped: dict[str, str] = msgspec.field(default_factory=dict)
    set_properties: dict[str, str] = msgspec.field(default_factory=dict)
    ran: dict[str, str] = msgspec.field(default_factory=dict)


class Lineage(msgspec.Struct, frozen=True):
    """The tree that a run belongs to, its first run first, and where each result of the run comes from."""

    run_id: str
    workflow: str
    root_run_id: str
    runs: tuple[Member, ...]
    results: tuple[Copied, ...]


def lineage_page(lineage: Lineage, now: datetime) -> Iterator[RenderableType]:
    """The lines of the page."""
    count = len(lineage.runs)
    resumes = "never resumed" if count == 1 else f"{count - 1} resume{'s' if count > 2 else ''} of one run"
    yield Text.assemble((plain(lineage.workflow), "bold"), f"  {resumes}")
    yield Text()
    yield _tree(lineage, now)
    yield Text()
    yield Text(f"The results in {short(lineage.run_id)} come from:", "bold")
    for share in lineage.results:
        own = " (itself)" if share.run_id == lineage.run_id else ""
        yield Text(f"  {short(share.run_id)}{own}  {len(share.nodes)}: {_names(share.nodes)}")
    this = next((run for run in lineage.runs if run.run_id == lineage.run_id), None)
    if this is not None and this.archived is not None:
        yield Text(f"  that is told by its archive, {plain(this.archived.file)}", "dim")
    elif not lineage.results:
        yield Text(f"  its nodes {NEVER_RAN}", "dim")


def _tree(lineage: Lineage, now: datetime) -> Tree:
    designs = {run.run_id: run.design for run in lineage.runs}
    first = lineage.runs[0]
    tree = Tree(_told(first, lineage, designs, now), guide_style="dim")
    branches = {first.run_id: tree}
    for run in lineage.runs[1:]:
        above = branches.get(run.previous_run_id or "", tree)
        branches[run.run_id] = above.add(_told(run, lineage, designs, now))
    return tree


def _told(run: Member, lineage: Lineage, designs: dict[str, str], now: datetime) -> Text:
    """A run in a few lines: outcome, then what it was asked for, what it ran, and what failed first."""
    is_this = run.run_id == lineage.run_id
    length = took(run.started_at, run.completed_at, now)
    head = Text.assemble((short(run.run_id), "bold reverse" if is_this else "bold"), "  ", outcome_told(run))
    head.append(f"  {moment(run.started_at, now)}  {length}  {cause_told(run, by=True)}", "dim")
    lines = [head]
    if run.archived is not None:
        lines.append(Text(f"archived into {run.archived.file}", "dim"))
    elif run.previous_run_id:
        lines.append(Text(f"{RESTARTED} from {_names(run.asked or run.restarted)}{_options(run, designs)}", "cyan"))
    lines += [Text(f"  {told}", "dim") for told in _dropped(run)]
    lines += [] if run.archived is not None else [_ran(run)]
    if run.failures:
        lines.append(Text(root_cause(run), "red"))
    return Text("\n").join(lines)


def _options(run: Member, designs: dict[str, str]) -> str:
    """What the resume changed beside running nodes again."""
    told = [f"{key}={value}" for key, value in run.set_properties.items()]
    if designs.get(run.previous_run_id or "", run.design) != run.design:
        told.append("on the triggers of that day")
    return plain(f", with {', '.join(told)}") if told else ""


def _dropped(run: Member) -> Iterator[str]:
    """The picks that were left out, each with the reason."""
    for pick, above in list(run.dropped.items())[:MOST_NAMED]:
        yield f"{_name(pick)} left out: {f'downstream of {_name(above)}' if above else 'not in that design'}"


def _ran(run: Member) -> Text:
    if not run.ran:
        return Text("ran nothing", "dim")
    line = Text("ran ")
    # What did not go well comes first, or a large graph would hide it.
    ran = sorted(run.ran.items(), key=lambda pair: pair[1] == "SUCCEEDED")
    for place, (node, state) in enumerate(ran[:MOST_NAMED]):
        shown = look(state)
        line.append(", " if place else "").append(_name(node)).append(f" {shown.icon}", shown.style)
    if len(run.ran) > MOST_NAMED:
        line.append(f" and {len(run.ran) - MOST_NAMED} more")
    copied = run.total - len(run.ran)
    if run.previous_run_id and copied > 0:
        line.append(f"  {COPIED} others as they were", "dim")
    return line


def _names(nodes: tuple[str, ...]) -> str:
    shown = ", ".join(map(_name, nodes[:MOST_NAMED]))
    return f"{shown} and {len(nodes) - MOST_NAMED} more" if len(nodes) > MOST_NAMED else shown


def _name(key: str) -> str:
    kind, _, name = key.partition(":")
    return plain(name) if kind == "JOB" else plain(f"{name} (crawler)" if name else key)
