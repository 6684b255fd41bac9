"""What the screens have in common: the line on top with the state of the connection, the filter, the line of keys."""

import contextlib
import time
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.events import Key
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input, Static

from daemon.cli.watching.freshness import DOWN, LIVE, freshness
from daemon.cli.watching.screens.dialogs import help_box
from daemon.cli.watching.screens.tail import Tail

if TYPE_CHECKING:
    from daemon.cli.watching.screens.app import Monitor

_STYLES = {LIVE: "green", DOWN: "bold red"}
_ICONS = {LIVE: "●", DOWN: "✘"}


class Page(Screen[None]):
    """A screen that is painted by the app when something has changed, ten times a second at most."""

    DEFAULT_CSS = """
    Page Static { height: auto; }
    #top { height: 1; }
    #keys { height: 1; dock: bottom; }
    #filter { dock: bottom; height: 1; border: none; padding: 0; display: none; background: ansi_default; }
    #filter.shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", show=False),
        Binding("slash", "filter", show=False),
        Binding("f", "failures", show=False),
        Binding("question_mark", "help", show=False),
        Binding("q", "app.quit", show=False),
    ]
    KEYS = ""

    def __init__(self) -> None:
        super().__init__()
        self.words = ""
        self.failed_only = False

    @property
    def monitor(self) -> "Monitor":
        """The app."""
        return cast("Monitor", self.app)

    def compose(self) -> ComposeResult:
        """The frame, with the page's own widgets inside."""
        yield Static(id="top")
        yield from self.inside()
        yield Input(id="filter", placeholder="filter: words of the name, state or error; Enter keeps it, Esc clears it")
        yield Static(id="keys")

    def inside(self) -> ComposeResult:
        """The page's own widgets."""
        yield Widget()

    def draw(self, now: datetime) -> None:
        """Draw the page's own widgets."""

    def paint(self) -> None:
        """Draw everything as it stands."""
        if not self.is_mounted:
            return
        # A page that is coming or going has some of its widgets only.
        with contextlib.suppress(NoMatches):
            self.query_one("#top", Static).update(self._top())
            self.query_one("#keys", Static).update(self._keys())
            self.draw(datetime.now().astimezone())

    def on_mount(self) -> None:
        """Show what is known at once."""
        self.call_after_refresh(self.paint)

    def on_screen_resume(self) -> None:
        """Others were in front meanwhile."""
        self.call_after_refresh(self.paint)

    def _top(self) -> Text:
        fresh = freshness(self.monitor.board, self.monitor.link, time.monotonic())
        style = _STYLES.get(fresh.level, "yellow")
        told = Text(f"{_ICONS.get(fresh.level, '○')} {fresh.text}", style)
        source = self.monitor.source
        left = Text.assemble(("reglue watch", "bold"), f"  {source.namespace} on {source.shown}")
        room = self.size.width - cell_len(told.plain) - 2
        left.truncate(max(room, 12), overflow="ellipsis", pad=True)
        line = left.append("  ").append_text(told)
        line.truncate(self.size.width, overflow="ellipsis")
        return line

    def _keys(self) -> Text:
        line = Text(no_wrap=True, overflow="ellipsis")
        if self.failed_only:
            line.append(" failures only ", "reverse").append(" ")
        if self.words:
            line.append(f" /{self.words} ", "reverse").append(" ")
        for pair in self.KEYS.split("  "):
            key, _, word = pair.partition(" ")
            line.append(key, "bold").append(f" {word}  ", "dim")
        return line

    def action_back(self) -> None:
        """Clear the filter, or go back to the page before; the first page stays."""
        if self.words or self.failed_only:
            self.words, self.failed_only = "", False
            self.query_one("#filter", Input).value = ""
            self.paint()
        elif len(self.app.screen_stack) > 2:
            self.app.pop_screen()

    def action_filter(self) -> None:
        """Type words to filter by."""
        field = self.query_one("#filter", Input)
        field.add_class("shown")
        field.focus()

    def action_failures(self) -> None:
        """Show failures alone, or everything again."""
        self.failed_only = not self.failed_only
        self.paint()

    def action_help(self) -> None:
        """The keys."""
        self.app.push_screen(help_box())

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter as one types."""
        self.words = event.value
        self.paint()

    def on_input_submitted(self) -> None:
        """Keep the filter."""
        self._close_filter()

    def on_key(self, event: Key) -> None:
        """Escape in the filter clears it."""
        field = self.query_one("#filter", Input)
        if event.key == "escape" and field.has_focus:
            field.value = ""
            self._close_filter()
            event.stop()

    def _close_filter(self) -> None:
        self.query_one("#filter", Input).remove_class("shown")
        self.screen.focus_next()
        self.paint()

    def show_tail(self, now: datetime, run_id: str | None, workflow: str | None) -> None:
        """Show the newest events of a run, of a workflow, or all."""
        events = [
            event
            for event in self.monitor.board.events
            if (run_id is None or event.facts.run_id == run_id)
            and (workflow is None or event.facts.workflow == workflow)
        ]
        self.query_one("#tail", Tail).show(events, now)
