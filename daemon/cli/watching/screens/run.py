"""One run, live: how far it is, what failed, its nodes with a timeline, its newest events; resume and stop."""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from daemon.cli.documents import Node, Run
from daemon.cli.failures import Failure
from daemon.cli.hints import command_line
from daemon.cli.looks import COPIED, plain
from daemon.cli.short_ids import short
from daemon.cli.states import labelled
from daemon.cli.times import moment, took
from daemon.cli.watching.fold import take_run
from daemon.cli.watching.orders import Order, way_to
from daemon.cli.watching.plans import Plan, resume_plan, stop_plan
from daemon.cli.watching.run_lines import Seen, failure_lines, head_lines, matching, node_cells, node_columns
from daemon.cli.watching.screens.dialogs import Box, Question
from daemon.cli.watching.screens.listing import Listing
from daemon.cli.watching.screens.page import Page
from daemon.cli.watching.screens.tail import Tail
from daemon.cli.watching.timeline import scale, span_of

LOAD_AGAIN_SECONDS = 5.0
TALL = 40
"""From this many lines on there is room for more failures."""


class RunPage(Page):
    """See the module."""

    CSS = """
    #failures { margin: 1 0 0 0; }
    #below { height: 1fr; }
    #nodes { height: auto; max-height: 70%; margin: 1 0 0 0; }
    #tail { height: 1fr; min-height: 3; margin: 1 0 0 0; }
    """
    KEYS = "Enter node  Space pick  r resume  s stop  f failures  / filter  ? help  q quit"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "pick", show=False),
        Binding("r", "resume", show=False),
        Binding("s", "stop", show=False),
        Binding("p", "previous", show=False),
    ]

    def __init__(self, run_id: str) -> None:
        super().__init__()
        self.run_id = run_id
        self.picked: set[str] = set()
        self.note = ""
        self._known: tuple[int, Run] | None = None

    def inside(self) -> ComposeResult:
        """Head, failures, nodes, events."""
        yield Static(id="head")
        yield Static(id="failures")
        with Vertical(id="below"):
            yield Listing(id="nodes", empty="no nodes to show")
            yield Tail(id="tail", whole=False)

    def on_mount(self) -> None:
        """Triggers, earlier attempts and the order of the nodes are asked of the daemon, if it answers."""
        super().on_mount()
        self.query_one("#nodes").focus()
        self.run_worker(self._load(), exclusive=True)
        self.set_interval(LOAD_AGAIN_SECONDS, lambda: self.run_worker(self._load(), exclusive=True))

    async def _load(self) -> None:
        monitor = self.monitor
        view = monitor.board.runs.get(self.run_id)
        if view is not None and view.loaded:
            return
        sequence = monitor.board.sequence.highest
        client = monitor.reads.client(monitor.board)
        try:
            run = await asyncio.to_thread(monitor.reads.run, client, self.run_id)
        except Failure as error:
            self.note = error.message
        else:
            self.note = ""
            take_run(monitor.board, run, sequence)
        self.paint()

    def run_document(self) -> Run | None:
        """The run as far as it is known, made once for each change."""
        board = self.monitor.board
        view = board.runs.get(self.run_id)
        if view is None:
            return None
        if self._known is None or self._known[0] != board.version:
            self._known = (board.version, view.document())
        return self._known[1]

    def draw(self, now: datetime) -> None:
        """Draw the run."""
        run = self.run_document()
        if run is None:
            self._draw_unknown()
        else:
            self._draw_known(run, now)
        self.show_tail(now, self.run_id, None)

    def _draw_unknown(self) -> None:
        client = self.monitor.reads.client(self.monitor.board)
        hint = command_line(client.endpoint, "show", self.run_id)
        told = self.note or "Looking for this run."
        why = f"{told}\nThe broker keeps runs that are under way or ended lately. Others: {hint}"
        self.query_one("#head", Static).update(Text(why, "yellow"))
        self.query_one("#failures").display = False

    def _draw_known(self, run: Run, now: datetime) -> None:
        width = self.size.width
        head = head_lines(run, now, width)
        view = self.monitor.board.runs[self.run_id]
        if not view.is_complete and run.total:
            missing = max(run.total - len(run.nodes), view.omitted)
            head.append(Text(f"{missing} nodes are not shown. {self.note}".rstrip(), "yellow"))
        for one in head:
            one.truncate(width, overflow="ellipsis")
        self.query_one("#head", Static).update(Text("\n").join(head))
        failures = failure_lines(run, 12 if self.size.height >= TALL else 4)
        box = self.query_one("#failures", Static)
        box.display = bool(failures)
        for one in failures:
            one.truncate(width, overflow="ellipsis")
        box.update(Text("\n").join(failures))
        self._draw_nodes(run, now)

    def _draw_nodes(self, run: Run, now: datetime) -> None:
        listing = self.query_one("#nodes", Listing)
        shown = {node.key: node for node in matching(run.nodes, self.words, self.failed_only)}
        columns = node_columns(run.nodes, listing.room)
        at = Seen(now, span_of(run, now), self.picked)
        listing.show(list(shown), columns, lambda key: node_cells(shown[key], at, columns))
        listing.over_last = scale(at.span, columns[-1].width)

    def on_listing_opened(self, event: Listing.Opened) -> None:
        """A node in full."""
        run = self.run_document()
        node = next((one for one in run.nodes if one.key == event.key), None) if run else None
        if node is not None:
            endpoint = self.monitor.reads.client(self.monitor.board).endpoint
            self.app.push_screen(Box(plain(node.name), node_lines(node, datetime.now().astimezone(), endpoint)))

    def action_pick(self) -> None:
        """Pick the node under the cursor to resume from, or let it go."""
        key = self.query_one("#nodes", Listing).key
        if key is not None:
            self.picked ^= {key}
            self.query_one("#nodes", Listing).action_move(1)
            self.paint()

    def action_previous(self) -> None:
        """The run that this one was resumed from."""
        run = self.run_document()
        if run is not None and run.previous_run_id:
            self.app.push_screen(RunPage(run.previous_run_id))
        else:
            self.notify("It was not resumed from another run.")

    def action_resume(self) -> None:
        """Resume from what is picked, or from all that failed."""
        run = self.run_document()
        if run is not None:
            self._ask(resume_plan(run, self.picked))

    def action_stop(self) -> None:
        """Stop the run."""
        run = self.run_document()
        if run is not None:
            self._ask(stop_plan(run))

    def _ask(self, plan: Plan) -> None:
        if plan.order is None:
            self.app.push_screen(Box(plan.title, plan.lines))
            return
        monitor, order = self.monitor, plan.order
        way = way_to(monitor.board, monitor.source, monitor.reads.client(monitor.board))

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.run_worker(self._give(order))

        self.app.push_screen(Question(plan, way.way), answered)

    async def _give(self, order: Order) -> None:
        monitor = self.monitor
        way = way_to(monitor.board, monitor.source, monitor.reads.client(monitor.board))
        try:
            run_id = await way.give(order)
        except Failure as error:
            self.notify(error.message, title="Not done", severity="error", timeout=15, markup=False)
            return
        if order.nodes:
            self.picked.clear()
            self.notify(f"Resumed as {short(run_id)}.", markup=False)
            self.app.push_screen(RunPage(run_id))
        else:
            self.notify("It is being stopped.", markup=False)


def node_lines(node: Node, now: datetime, endpoint: str) -> Iterable[Text]:
    """A node with all its attempts, errors in full."""
    kind = "crawler" if node.kind == "CRAWLER" else "job"
    yield Text.assemble(labelled(node.state), ("  " + kind, "dim"))
    if node.copied:
        yield Text(f"{COPIED} copied from {node.executed_in}", "dim")
    for attempt in node.attempts:
        yield Text()
        head = Text.assemble(("attempt " + str(attempt.number + 1), "bold"), "  ", labelled(attempt.state))
        head.append(f"  {took(attempt.started_at, attempt.completed_at, now)}")
        began = moment(attempt.started_at, now) if attempt.started_at else "not started"
        trigger = f", started by {plain(attempt.trigger)}" if attempt.trigger else ""
        code = f", exit code {attempt.exit_code}" if attempt.exit_code is not None else ""
        yield head.append(f"  {began}{trigger}{code}", "dim")
        yield Text(attempt.id, "dim")
        for line in (attempt.error or "").splitlines():
            yield Text(f"  {plain(line)}", "red")
        if attempt.id and kind == "job":
            yield Text(f"  {command_line(endpoint, 'logs', short(attempt.id))}")
