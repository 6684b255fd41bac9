"""The monitor as a program of the terminal: the subscriber fills the board, a clock paints the page in front."""

import asyncio
import time

from textual.app import App
from textual.worker import Worker, WorkerState

from daemon.cli.failures import Failure
from daemon.cli.lookup import run_of_any_workflow
from daemon.cli.watching.board import Board
from daemon.cli.watching.catching_up import CatchingUp
from daemon.cli.watching.daemon_reads import DaemonReads, Span
from daemon.cli.watching.fold import Message, receive, take_history
from daemon.cli.watching.lines import Scope
from daemon.cli.watching.screens.overview import Overview
from daemon.cli.watching.screens.page import Page
from daemon.cli.watching.screens.run import RunPage
from daemon.cli.watching.source import Source
from daemon.cli.watching.subscriber import Follower, Link

PAINT_SECONDS = 0.1
CATCH_UP_SECONDS = 0.5
CLOCK_SECONDS = 1.0
PAST_EVENTS = 200


class Monitor(App[None]):
    """See the module. It keeps to the terminal's own colours, so that it looks right on light and dark ones."""

    TITLE = "reglue watch"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Page { background: ansi_default; color: ansi_default; }
    Box { background: transparent; }
    Toast { background: ansi_default; border: round ansi_default; padding: 0 1; width: auto; max-width: 90%; }
    """

    def __init__(self, subscriber: Follower, reads: DaemonReads, scope: Scope) -> None:
        # Said here too: textual chooses what NO_COLOR does before there is a theme.
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.source: Source = subscriber.source
        self.reads = reads
        self.board = Board(self.source.namespace)
        self.link = Link("connecting", time.monotonic())
        self.catching_up = CatchingUp(self.board, reads)
        self._subscriber = subscriber
        self._scope = scope
        self._painted = (-1, 0)
        self._past_is_asked = False

    def on_mount(self) -> None:
        """Start to follow, and open what was asked for."""
        self.run_worker(self._subscriber.follow(self._take, self._take_link), group="follow")
        self.set_interval(PAINT_SECONDS, self._paint)
        self.set_interval(CATCH_UP_SECONDS, self._catch_up)
        self.push_screen(Overview())
        if self._scope.workflow is not None:
            self.push_screen(Overview(self._scope.workflow))
        if self._scope.run is not None:
            self.run_worker(self._open(self._scope.run))

    async def _open(self, typed: str) -> None:
        """Open a run by the beginning of its id, which the daemon knows best; else the broker may."""
        client = self.reads.client(self.board)
        try:
            run_id = await asyncio.to_thread(run_of_any_workflow, client, typed)
        except Failure as error:
            found = [run_id for run_id in self.board.runs if run_id.startswith(typed)]
            if len(found) != 1:
                self.notify(error.message, title=f"{typed} is not found", severity="error", timeout=15, markup=False)
                return
            run_id = found[0]
        self.push_screen(RunPage(run_id))

    def _take(self, message: Message) -> None:
        receive(self.board, message)
        if not self._past_is_asked and self.board.sequence.highest:
            self._past_is_asked = True
            self.run_worker(self._ask_past(self.board.sequence.highest))

    def _take_link(self, link: Link) -> None:
        self.link = link
        self.board.version += 1

    async def _ask_past(self, head: int) -> None:
        """The events before the first that came, so that the list does not begin empty; if they are to be had."""
        client = self.reads.client(self.board)
        try:
            past = await asyncio.to_thread(self.reads.events, client, Span(max(0, head - PAST_EVENTS), PAST_EVENTS))
        except Failure:
            return
        take_history(self.board, (event for event in past if event.log_id == self.board.log_id))

    async def _catch_up(self) -> None:
        filled = await self.catching_up.look()
        if filled.lost:
            first, last = filled.lost
            self.notify(
                filled.reason, title=f"Events {first} to {last} are missing here", severity="warning", markup=False
            )

    def _paint(self) -> None:
        """Paint what has changed; clocks go on every second without it."""
        now = (self.board.version, int(time.monotonic() / CLOCK_SECONDS))
        if now != self._painted and isinstance(self.screen, Page):
            self._painted = now
            self.screen.paint()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The follower never ends by itself."""
        if event.worker.group == "follow" and event.state is WorkerState.ERROR:
            raise RuntimeError("The subscriber failed") from event.worker.error


def show(subscriber: Follower, reads: DaemonReads, scope: Scope) -> int:
    """Run the monitor until it is left; returns the exit code."""
    app = Monitor(subscriber, reads, scope)
    app.run()
    return app.return_code or 0
