"""The newest events, the latest at the bottom. It follows them unless one scrolls up. The heading stays on top."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from daemon.cli.watching.event_text import event_line
from daemon.cli.watching.payloads import Event


class Tail(ScrollView, can_focus=True):
    """Lines of events."""

    DEFAULT_CSS = "Tail { scrollbar-size-vertical: 1; overflow-x: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", show=False),
        Binding("down,j", "scroll_down", show=False),
        Binding("home,g", "scroll_home", show=False),
        Binding("end,G", "scroll_end", show=False),
    ]

    def __init__(self, *, id: str, whole: bool) -> None:
        """`whole` names workflow and run on each line."""
        super().__init__(id=id)
        self._whole = whole
        self._events: Sequence[Event] = ()
        self._now = datetime.now().astimezone()
        self._follows = True

    def show(self, events: Sequence[Event], now: datetime) -> None:
        """Show these events, the newest last."""
        if self.size.height:
            self._follows = self.scroll_offset.y >= self.max_scroll_y
        self._events, self._now = events, now
        self.virtual_size = Size(self.size.width, len(events) + 1)
        self._go_on()
        self.refresh()

    def on_resize(self) -> None:
        """Keep to the end, if one was there."""
        self._go_on()

    def _go_on(self) -> None:
        if self._follows:
            self.scroll_end(animate=False, immediate=True, force=True)

    def render_line(self, y: int) -> Strip:
        """A line of what is in view."""
        index = y + int(self.scroll_offset.y) - 1
        width = self.size.width
        if y == 0:
            text = Text.assemble(("EVENTS", "dim"))
        elif index >= len(self._events):
            text = Text.assemble(("none yet since this began" if index == 0 else "", "dim"))
        else:
            text = event_line(self._events[index], self._now, whole=self._whole, width=width)
        text.truncate(max(0, width - 1), overflow="ellipsis")
        text.end = ""
        return (
            Strip(text.render(self.app.console)).adjust_cell_length(width, self.rich_style).apply_style(self.rich_style)
        )
