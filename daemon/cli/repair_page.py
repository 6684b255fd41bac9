"""A repair on the screen: the groups of runs that failed alike with what a resume of each would do, and the report."""

from collections import Counter
from collections.abc import Iterator, Sequence

import msgspec
from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from daemon.cli.documents import Run
from daemon.cli.looks import COPIED, RESTARTED, plain
from daemon.cli.plan_page import Plan
from daemon.cli.repairs import Group
from daemon.cli.short_ids import short
from daemon.cli.states import labelled

MOST_RUNS_NAMED = 3
MOST_FAILURES = 3
MOST_REFUSALS = 10


class Planned(msgspec.Struct, frozen=True):
    """A run to be resumed: by a plan, or not at all because `refusal` says why."""

    run_id: str
    workflow: str
    plan: Plan | None = None
    refusal: str = ""


def group_lines(group: Group, planned: Sequence[Planned]) -> Iterator[RenderableType]:
    """A group: what failed first, which runs, and what resuming them would run and copy."""
    count = len(group.runs)
    runs = f"{count} run{'s' if count > 1 else ''} of {plain(group.workflow)}"
    yield Text.assemble((runs, "bold"), f"  {_some_ids([run.run_id for run in group.runs])}")
    for failure in group.failures[:MOST_FAILURES]:
        name = plain(failure.node.partition(":")[2])
        yield Text.assemble("  ", labelled(failure.state, name), f"  {failure.state}")
        for line in (failure.error or "").splitlines()[:1]:
            yield Padding(Text(plain(line)), (0, 0, 0, 4), expand=False)
    if group.root_failures > MOST_FAILURES:
        yield Text(f"  and {group.root_failures - MOST_FAILURES} more", "dim")
    blocked = sum(run.blocked for run in group.runs)
    if blocked:
        yield Text(f"  {blocked} nodes never ran because of that", "dim")
    yield from _would(planned)


def _would(planned: Sequence[Planned]) -> Iterator[Text]:
    plans = [one.plan for one in planned if one.plan is not None]
    if plans:
        starts, runs = sum(len(plan.starting) for plan in plans), sum(len(plan.running) for plan in plans)
        copied = sum(len(share.nodes) for plan in plans for share in plan.copied)
        told = f"{starts} nodes start, {runs} run in all if all goes well"
        yield Text(f"  {RESTARTED} {told}; {COPIED} {copied} are copied", "cyan")
    kinds = Counter(f"{_subject(one.subject)}: {one.text}" for plan in plans for one in plan.obstacles)
    yield from (Text(f"  in the way of {n}: {plain(told)}", "yellow") for told, n in kinds.most_common(MOST_FAILURES))
    for one in planned:
        if one.refusal:
            yield Text(f"  {short(one.run_id)} cannot be resumed: {plain(one.refusal)}", "red")


def _subject(key: str) -> str:
    return key.partition(":")[2] or key


def _some_ids(ids: Sequence[str]) -> str:
    shown = ", ".join(map(short, ids[:MOST_RUNS_NAMED]))
    return f"{shown}, ..." if len(ids) > MOST_RUNS_NAMED else shown


def ended_lines(runs: Sequence[Run]) -> Iterator[Text]:
    """How many of the resumed runs ended how."""
    counts = Counter(run.outcome for run in runs)
    yield Text("  ").join(Text.assemble(f"{count} ", labelled(outcome)) for outcome, count in counts.most_common())
