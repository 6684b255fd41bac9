"""A workflow's runs as a table, newest first: each with the run it resumed, as Glue's own history tab shows it."""

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from daemon.cli.documents import Summary
from daemon.cli.looks import COPIED, plain
from daemon.cli.root_causes import named
from daemon.cli.short_ids import short
from daemon.cli.states import counted, labelled
from daemon.cli.times import moment, took

LEAST_FOR_TIMES = 56
"""On fewer columns than this only the run, its outcome and its counts are shown."""

LONGEST_NAMES = 20
"""So many columns are for the names of what failed."""

_CAUSE = 16
"""So many columns are enough for a cause: a longer one is wrapped between its words."""

_ENDLESS = 1_000
_KINDS = {"RESUME": "resume", "TRIGGER": "trigger", "SCHEDULE": "schedule", "EVENT": "event"}


def history_table(runs: Sequence[Summary], now: datetime, width: int) -> Table:
    """The roomiest of three tables that shows these runs on so many columns and cuts nothing off.

    Roomy has everything beside each other; narrow has the previous run below the run, without Glue's status and who
    asked; the last one stacks what belongs together and fits everywhere.
    """
    for layout in (_roomy, _narrow):
        table = layout(runs, now)
        if _wanted(table) <= width:
            table.columns[-1].max_width = None
            return table
    return _stacked(runs, now, width)


def _wanted(table: Table) -> int:
    """How many columns a table takes where there is room without end."""
    ruler = Console(width=_ENDLESS)
    return Measurement.get(ruler, ruler.options, table).maximum


def _empty() -> Table:
    return Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")


def _roomy(runs: Sequence[Summary], now: datetime) -> Table:
    table = _empty()
    for heading in ("RUN", "PREVIOUS RUN", "OUTCOME", "STATUS"):
        table.add_column(heading, no_wrap=True)
    _add_columns_of_cells(table)
    for run in runs:
        previous = Text(short(run.previous_run_id or ""))
        head = (Text(short(run.run_id), "bold"), previous, _outcome(run), Text(run.status, "dim"))
        table.add_row(*head, *_cells(run, now), cause_told(run, by=True))
    return table


def _narrow(runs: Sequence[Summary], now: datetime) -> Table:
    table = _empty()
    for heading in (f"RUN {COPIED} PREVIOUS RUN", "OUTCOME"):
        table.add_column(heading, no_wrap=True)
    _add_columns_of_cells(table)
    for run in runs:
        table.add_row(_with_previous(run), _outcome(run), *_cells(run, now), cause_told(run, by=False))
    return table


def _outcome(run: Summary) -> Text:
    """The outcome, and below it what failed first, and that no more than this row is there."""
    told = outcome_told(run)
    if run.failures:
        names = Text(named(run.failures, run.root_failures))
        names.truncate(LONGEST_NAMES, overflow="ellipsis")
        told.append(f"\n{names.plain}", "not bold dim")
    if run.archived is not None:
        told.append("\narchived", "not bold dim")
    return told


def _add_columns_of_cells(table: Table) -> None:
    table.add_column("NODES", no_wrap=True)
    table.add_column("STARTED", no_wrap=True)
    table.add_column("TOOK", no_wrap=True, justify="right")
    table.add_column("CAUSE", overflow="fold", max_width=_CAUSE)


def _stacked(runs: Sequence[Summary], now: datetime, width: int) -> Table:
    table = _empty()
    table.add_column(f"RUN\n{COPIED} PREVIOUS RUN", no_wrap=True)
    table.add_column("OUTCOME\nNODES")
    has_times = width >= LEAST_FOR_TIMES
    if has_times:
        table.add_column("STARTED\nTOOK, CAUSE", overflow="fold")
    for run in runs:
        nodes, started, ended = _cells(run, now)
        row = [_with_previous(run), Text("\n").join((outcome_told(run), nodes))]
        times = Text("\n").join((started, Text(", ").join((ended, cause_told(run, by=False)))))
        table.add_row(*row, *([times] if has_times else []))
    return table


def cause_told(run: Summary, *, by: bool) -> Text:
    """What started the run, such as `schedule T1` or `API`, and for a person's wish who had it."""
    kind = _KINDS.get(run.cause.kind, run.cause.kind)
    asked = run.by if by and run.cause.kind in ("API", "RESUME") else ""
    if kind == "API" and asked:
        # Who came through the API has that in the name: `api:ada`.
        return Text(plain(asked))
    parts = (kind, run.cause.trigger or "", f"by {asked}" if asked else "")
    return Text(plain(" ".join(part for part in parts if part)))


def outcome_told(run: Summary) -> Text:
    """The outcome with its icon; a run that is being stopped says so."""
    return labelled(run.outcome, "STOPPING" if run.status == "STOPPING" else None)


def _with_previous(run: Summary) -> Text:
    head = Text(short(run.run_id), "bold")
    if run.previous_run_id:
        head.append(f"\n{COPIED} {short(run.previous_run_id)}", "not bold dim")
    return head


def _cells(run: Summary, now: datetime) -> tuple[Text, Text, Text]:
    """How its nodes stand, when it started, how long it took."""
    ended = took(run.started_at, run.completed_at, now)
    return counted(run.statistics, run.total), Text(moment(run.started_at, now)), Text(ended)
