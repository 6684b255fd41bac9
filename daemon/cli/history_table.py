"""A workflow's runs as a table, newest first: each with the run it resumed, as Glue's own history tab shows it."""

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.table import Table
from rich.text import Text

from daemon.cli.documents import Summary
from daemon.cli.short_ids import short
from daemon.cli.states import COPIED, counted, labelled, plain
from daemon.cli.times import moment, took

ROOMY = 110
"""From this many columns on, previous run and status have columns of their own."""

_KINDS = {"RESUME": "resume", "TRIGGER": "trigger", "SCHEDULE": "schedule", "EVENT": "event"}


def history_table(runs: Sequence[Summary], now: datetime, width: int) -> Table:
    """One row a run; on a narrow screen the previous run stands below the run, and Glue's status is left out."""
    roomy = width >= ROOMY
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    for heading in ("RUN", "PREVIOUS RUN") if roomy else (f"RUN {COPIED} PREVIOUS RUN",):
        table.add_column(heading, no_wrap=True)
    for heading in ("OUTCOME", "STATUS") if roomy else ("OUTCOME",):
        table.add_column(heading, no_wrap=True)
    table.add_column("NODES")
    table.add_column("STARTED", no_wrap=True)
    table.add_column("TOOK", no_wrap=True, justify="right")
    table.add_column("CAUSE", overflow="fold")
    for run in runs:
        table.add_row(*(_roomy_head(run) if roomy else _narrow_head(run)), *_cells(run, now), cause_told(run, by=roomy))
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


def _roomy_head(run: Summary) -> tuple[Text, ...]:
    previous = Text(short(run.previous_run_id or ""))
    return Text(short(run.run_id), "bold"), previous, outcome_told(run), Text(run.status, "dim")


def _narrow_head(run: Summary) -> tuple[Text, ...]:
    head = Text(short(run.run_id), "bold")
    if run.previous_run_id:
        head.append(f"\n{COPIED} {short(run.previous_run_id)}", "not bold dim")
    return head, outcome_told(run)


def _cells(run: Summary, now: datetime) -> tuple[Text, ...]:
    ended = took(run.started_at, run.completed_at, now)
    return counted(run.statistics, run.total), Text(moment(run.started_at, now)), Text(ended)
