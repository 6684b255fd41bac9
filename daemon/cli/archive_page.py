"""What an archive would do and what it did, on the screen."""

from collections import Counter
from collections.abc import Iterator

from rich.filesize import decimal
from rich.text import Text

from daemon.cli.looks import plain
from daemon.cli.short_ids import short
from daemon.retention.archiving import Done
from daemon.retention.compacting import Compacted
from daemon.retention.planning import Plan

MOST_NAMED = 5


def plan_page(plan: Plan, is_verbose: bool) -> Iterator[Text]:
    """Which runs would go, and which stay though they are old enough."""
    if not plan.leaving:
        yield Text("No run would be archived.", "bold")
    else:
        yield Text(f"{_runs(len(plan.leaving))} would be archived: {_extent(plan.events, plan.bytes)}", "bold")
        yield from _by_workflow(plan)
    if is_verbose:
        yield from (Text(f"  {one.run}  {plain(one.workflow)}  {one.version:,} events") for one in plan.leaving)
    yield from _staying(plan, is_verbose)
    yield from _before(plan)


def done_page(plan: Plan, done: Done | None, is_verbose: bool) -> Iterator[Text]:
    """What was archived, and what stayed for which reason."""
    if done is None:
        yield Text("No run was archived.", "bold")
    else:
        yield Text.assemble(("✔ ", "green"), (f"{_runs(done.runs)} archived, {done.events:,} events", "bold"))
        yield Text(f"{done.file.file}")
        yield Text(f"{decimal(done.file.bytes)}, SHA-256 {done.file.sha256}", "dim")
        if done.logs is not None:
            yield Text(f"what {done.directories:,} job runs wrote is in {done.logs}", "dim")
        yield from _refused(done, is_verbose)
    yield from _staying(plan, is_verbose)
    yield from _before(plan)


def compacted_page(compacted: Compacted) -> Iterator[Text]:
    """How much room there is again."""
    yield Text(f"log and rows took {decimal(compacted.before)} and take {decimal(compacted.after)} now")


def left_over(directories: int) -> Iterator[Text]:
    """What an archive before did not come to."""
    if directories:
        yield Text(f"An archive before was interrupted: what {directories:,} job runs wrote was taken away now.", "dim")


def _by_workflow(plan: Plan) -> Iterator[Text]:
    for workflow, count in Counter(one.workflow for one in plan.leaving).most_common():
        yield Text(f"  {plain(workflow) or 'outside of workflows'}  {count:,}")


def _staying(plan: Plan, is_verbose: bool) -> Iterator[Text]:
    if not plan.staying:
        return
    count = len(plan.staying)
    verb = "stay: younger runs were resumed from them" if count > 1 else "stays: a younger run was resumed from it"
    yield Text(f"{_runs(count)} that ended long enough ago {verb} (--carry-details takes them too)")
    for one in plan.staying if is_verbose else plan.staying[:MOST_NAMED]:
        yield Text(f"  {short(one.run)}  {plain(one.workflow)}  needed by {short(one.needed_by)}", "dim")
    if count > MOST_NAMED and not is_verbose:
        yield Text(f"  and {count - MOST_NAMED:,} more; --verbose names them", "dim")


def _refused(done: Done, is_verbose: bool) -> Iterator[Text]:
    if not done.refused:
        return
    count = len(done.refused)
    yield Text(f"{_runs(count)} stayed in the log, though the file has {'it' if count == 1 else 'them'}:")
    for run, reason in list(done.refused.items())[: None if is_verbose else MOST_NAMED]:
        yield Text(f"  {short(run)}  {plain(reason)}", "dim")
    if count > MOST_NAMED and not is_verbose:
        yield Text(f"  and {count - MOST_NAMED:,} more; --verbose names them", "dim")


def _before(plan: Plan) -> Iterator[Text]:
    if plan.archived:
        yield Text(f"{_runs(plan.archived)} had been archived before", "dim")


def _runs(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"


def _extent(events: int, size: int) -> str:
    return f"{events:,} events, {decimal(size)}"
