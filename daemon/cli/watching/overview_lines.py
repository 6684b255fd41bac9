"""Workflows and runs as rows of tables. Pure: what the board knows and a moment in."""

from collections.abc import Sequence
from datetime import datetime

from rich.text import Text

from daemon.cli.documents import Summary
from daemon.cli.history_table import cause_told, outcome_told
from daemon.cli.looks import COPIED, look, plain
from daemon.cli.short_ids import short
from daemon.cli.states import counted
from daemon.cli.times import moment, took
from daemon.cli.watching.cells import Column, fitted
from daemon.cli.watching.fold import last_run_row
from daemon.cli.watching.payloads import WorkflowState
from daemon.cli.watching.run_lines import ROOMY, VERY_ROOMY, progress

WIDEST_WORKFLOW = 24
OUTCOME = 16
PROGRESS = "PROGRESS"
NARROW_PROGRESS = 10
ROOMY_PROGRESS = 16
NOT_YET = Text("not run yet", "dim")


def workflow_columns(names: Sequence[str], width: int) -> tuple[Column, ...]:
    """The columns of the workflows; on a narrow screen the active runs are not counted, they are listed below."""
    columns = [Column("WORKFLOW", _name_width(names, width)), Column("LAST RUN", OUTCOME)]
    if width < ROOMY:
        return fitted([*columns, Column("STARTED", 12), Column("TOOK", 7, right=True), Column("NODES", 0)], width)
    columns += [Column("STARTED", 12), Column("TOOK", 7, right=True), Column("ACTIVE", 6, right=True)]
    return fitted([*columns, Column(PROGRESS, ROOMY_PROGRESS), Column("NODES", 0)], width)


def workflow_cells(state: WorkflowState, now: datetime, columns: Sequence[Column]) -> list[Text]:
    """A workflow's cells for these columns: its newest run."""
    row = last_run_row(state)
    shown = look(row.outcome if row else None)
    by_title = {
        "WORKFLOW": Text.assemble((shown.icon, shown.style), " ", (plain(state.workflow), "bold")),
        "LAST RUN": NOT_YET,
        "ACTIVE": Text(str(state.active_runs or ""), "cyan"),
    }
    return _in_columns(by_title | (_of_run(row, now, columns) if row else {}), columns)


def run_columns(rows: Sequence[Summary], width: int, *, named: bool) -> tuple[Column, ...]:
    """The columns of runs; `named` if they are of several workflows. A narrow screen leaves out what the icon says."""
    roomy = width >= ROOMY
    columns = [Column("RUN", 19)]
    if named:
        columns.append(Column("WORKFLOW", _name_width([row.workflow for row in rows], width) - 2))
    columns += [Column("OUTCOME", OUTCOME)] if roomy or not named else []
    columns.append(Column(PROGRESS, ROOMY_PROGRESS if roomy else NARROW_PROGRESS))
    columns += [Column("STARTED", 12)] if roomy or not named else []
    columns.append(Column("TOOK", 7, right=True))
    if width >= VERY_ROOMY:
        columns += [Column("CAUSE", 24), Column("PREVIOUS RUN", 19)]
    return fitted([*columns, Column("NODES", 0)], width)


def run_cells(row: Summary, now: datetime, columns: Sequence[Column]) -> list[Text]:
    """A run's cells for these columns."""
    shown = look("STOPPING" if row.status == "STOPPING" else row.outcome)
    previous = f"{COPIED} {short(row.previous_run_id)}" if row.previous_run_id else ""
    by_title = {
        "RUN": Text.assemble((shown.icon, shown.style), " ", (short(row.run_id), "bold")),
        "WORKFLOW": Text(plain(row.workflow)),
        "OUTCOME": outcome_told(row),
        "CAUSE": cause_told(row, by=True),
        "PREVIOUS RUN": Text(previous, "dim"),
    }
    return _in_columns(by_title | _of_run(row, now, columns), columns)


def _of_run(row: Summary, now: datetime, columns: Sequence[Column]) -> dict[str, Text]:
    """What the rows of workflows and of runs have in common."""
    width = next((column.width for column in columns if column.title == PROGRESS), 0)
    return {
        "LAST RUN": outcome_told(row),
        "STARTED": Text(moment(row.started_at, now), "dim"),
        "TOOK": Text(took(row.started_at, row.completed_at, now)),
        PROGRESS: progress(row.statistics, row.total, width),
        "NODES": counted(row.statistics, row.total),
    }


def _in_columns(by_title: dict[str, Text], columns: Sequence[Column]) -> list[Text]:
    return [by_title.get(column.title, Text()) for column in columns]


def _name_width(names: Sequence[str], width: int) -> int:
    longest = max((len(name) for name in names), default=0) + 2
    return min(max(longest, 10), WIDEST_WORKFLOW if width >= ROOMY else 20)
