"""Workflows as a table, each with its last run."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from daemon.cli.documents import Summary
from daemon.cli.history_table import outcome_told
from daemon.cli.looks import plain
from daemon.cli.short_ids import short
from daemon.cli.states import counted
from daemon.cli.times import moment


class Row(NamedTuple):
    """A workflow: its newest run if it ever ran, how many runs it had where that was counted."""

    name: str
    last_run: Summary | None
    runs: int | None = None
    removed: bool = False


LEAST_FOR_TIMES = 70
"""On fewer columns than this the last run's start is left out."""


def workflows_table(rows: Iterable[Row], now: datetime, width: int) -> Table:
    """The table for so many columns; the counts of runs are there if the first row has one."""
    rows = list(rows)
    counts = bool(rows) and rows[0].runs is not None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False, header_style="dim")
    table.add_column("WORKFLOW", overflow="fold")
    if counts:
        table.add_column("RUNS", justify="right", no_wrap=True)
    headings = ("LAST RUN", "OUTCOME", "NODES", "STARTED")[: 4 if width >= LEAST_FOR_TIMES else 3]
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    for row in rows:
        runs = (f"{row.runs:,}",) if counts else ()
        cells = _cells(row.last_run, now)[: len(headings)] if row.last_run else ()
        table.add_row(_named(row), *runs, *cells)
    return table


def _named(row: Row) -> Text:
    name = Text(plain(row.name) or "outside of workflows", "bold")
    if row.removed and row.name:
        name.append(" (deleted)", "dim")
    return name


def _cells(last: Summary, now: datetime) -> tuple[RenderableType, ...]:
    counts = counted(last.statistics, last.total)
    return Text(short(last.run_id)), outcome_told(last), counts, moment(last.started_at, now)
