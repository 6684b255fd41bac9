"""All workflows with their newest runs, and the runs that are under way; or one workflow with its history."""

import asyncio
from datetime import datetime

from rich.text import Text
from textual.app import ComposeResult
from textual.widgets import Static

from daemon.cli.failures import Failure
from daemon.cli.watching.cells import line
from daemon.cli.watching.fold import take_rows
from daemon.cli.watching.overview_lines import run_cells, run_columns, workflow_cells, workflow_columns
from daemon.cli.watching.screens.listing import Listing
from daemon.cli.watching.screens.page import Page
from daemon.cli.watching.screens.run import RunPage
from daemon.cli.watching.screens.tail import Tail

ENDED_WELL = ("SUCCEEDED", "RUNNING")


class Overview(Page):
    """See the module; `workflow` is None for all."""

    CSS = """
    #workflows { height: auto; max-height: 40%; }
    #runs { height: auto; max-height: 40%; margin: 1 0 0 0; }
    #tail { height: 1fr; min-height: 3; margin: 1 0 0 0; }
    """
    KEYS = "Enter open  Tab next table  / filter  f failures  ? help  q quit"

    def __init__(self, workflow: str | None = None) -> None:
        super().__init__()
        self.workflow = workflow
        self.note = ""

    def inside(self) -> ComposeResult:
        """The tables and the events."""
        if self.workflow is None:
            yield Listing(id="workflows", empty="no workflows yet")
        else:
            yield Static(id="head")
        yield Listing(id="runs", empty="no runs under way or ended lately")
        yield Tail(id="tail", whole=True)

    def on_mount(self) -> None:
        """A workflow's history is asked of the daemon, the broker knows only its newest runs."""
        super().on_mount()
        self.query(Listing).first().focus()
        if self.workflow is not None:
            self.run_worker(self._load(self.workflow))

    async def _load(self, workflow: str) -> None:
        monitor = self.monitor
        try:
            client = monitor.reads.client(monitor.board)
            rows = await asyncio.to_thread(monitor.reads.history, client, workflow)
        except Failure as error:
            self.note = f"Older runs are not shown. {error.message}".partition("\n")[0]
        else:
            take_rows(monitor.board, rows)
        self.paint()

    def draw(self, now: datetime) -> None:
        """Draw the tables and the events."""
        if self.workflow is None:
            self._draw_workflows(now)
        else:
            self._draw_head(self.workflow, now)
        self._draw_runs(now)
        self.show_tail(now, None, self.workflow)

    def _draw_workflows(self, now: datetime) -> None:
        states = self.monitor.board.workflows
        listing = self.query_one("#workflows", Listing)
        shown = [
            name
            for name in sorted(states)
            if self._is_wanted(name, states[name].outcome if states[name].last_run_id else "SUCCEEDED")
        ]
        columns = workflow_columns(shown, listing.room)
        listing.show(shown, columns, lambda name: workflow_cells(states[name], now, columns))

    def _draw_head(self, workflow: str, now: datetime) -> None:
        state = self.monitor.board.workflows.get(workflow)
        head = self.query_one("#head", Static)
        if state is None:
            text = Text(self.note or "Nothing is known here of this workflow yet.", "yellow")
        else:
            columns = workflow_columns([workflow], self.size.width - 1)
            text = line(workflow_cells(state, now, columns), columns)
            text.append(f"\n{self.note}" if self.note else "", "dim")
        text.overflow, text.no_wrap = "ellipsis", True
        head.update(text)

    def _draw_runs(self, now: datetime) -> None:
        board = self.monitor.board
        rows = {run.run_id: run.summary() for run in board.runs_of(self.workflow) if run.row.workflow}
        shown = [key for key, row in rows.items() if self._is_wanted(f"{row.workflow} {key} {row.by}", row.outcome)]
        listing = self.query_one("#runs", Listing)
        columns = run_columns([rows[key] for key in shown], listing.room, named=self.workflow is None)
        listing.show(shown, columns, lambda key: run_cells(rows[key], now, columns))

    def _is_wanted(self, text: str, outcome: str | None) -> bool:
        if self.failed_only and (outcome is None or outcome in ENDED_WELL):
            return False
        told = f"{text} {outcome or ''}".replace("_", " ").lower()
        return all(word in told for word in self.words.lower().split())

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """A workflow or a run."""
        if event.listing.id == "workflows":
            self.app.push_screen(Overview(event.key))
        else:
            self.app.push_screen(RunPage(event.key))
