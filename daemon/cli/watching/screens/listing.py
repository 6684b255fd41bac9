"""A table of which only the lines in view are made: ten thousand nodes cost what thirty do."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.events import Click, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from daemon.cli.watching.cells import Column, heading, line

CURSOR, BOLD_CURSOR = Style(reverse=True), Style(reverse=True, bold=True)
"""Colours of a row under the cursor are left out: reversed they would be patches of different backgrounds."""

Cells = Callable[[str], list[Text]]
"""Makes the cells of the row with this key."""


class Listing(ScrollView, can_focus=True):
    """Rows by key, with a cursor that stays on its row while others come and go. The first line is the heading."""

    DEFAULT_CSS = "Listing { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "move(-1000000)", show=False),
        Binding("end,G", "move(1000000)", show=False),
        Binding("enter", "open", "open"),
    ]
    row = reactive(0)

    class Opened(Message):
        """Enter or a click on a row."""

        def __init__(self, listing: "Listing", key: str) -> None:
            super().__init__()
            self.listing = listing
            self.key = key

    def __init__(self, *, id: str, empty: str = "") -> None:
        """`empty` is said where there are no rows."""
        super().__init__(id=id)
        self.keys: Sequence[str] = ()
        self.empty = empty
        self.over_last: Text | None = None
        """What stands over the last column instead of its title, such as a scale."""
        self._columns: tuple[Column, ...] = ()
        self._cells: Cells | None = None

    @property
    def key(self) -> str | None:
        """The key of the row under the cursor."""
        return self.keys[self.row] if self.row < len(self.keys) else None

    @property
    def room(self) -> int:
        """How many columns of the terminal there are for a row."""
        return max(0, self.size.width - 1)

    def show(self, keys: Sequence[str], columns: tuple[Column, ...], cells: Cells) -> None:
        """Show these rows from now on."""
        if keys != self.keys:
            before = self.key
            self.keys = keys
            self.virtual_size = Size(self.size.width, len(keys) + 1)
            self.row = keys.index(before) if before in keys else min(self.row, max(0, len(keys) - 1))
        self._columns, self._cells = columns, cells
        self.refresh()

    def go_to(self, key: str) -> None:
        """Put the cursor on a row, if it is there."""
        if key in self.keys:
            self.row = self.keys.index(key)

    def render_line(self, y: int) -> Strip:
        """A line of what is in view: the heading stays on top."""
        width = self.size.width
        index = y + int(self.scroll_offset.y) - 1
        if y == 0 or self._cells is None:
            return self._strip(heading(self._columns, self.over_last), False)
        if not self.keys and index == 0:
            return self._strip(Text.assemble((self.empty, "dim")), False)
        if index >= len(self.keys):
            return Strip.blank(width, self.rich_style)
        is_chosen = index == self.row and self.has_focus
        return self._strip(line(self._cells(self.keys[index]), self._columns), is_chosen)

    def _strip(self, text: Text, is_chosen: bool) -> Strip:
        text.end = ""
        strip = Strip(text.render(self.app.console)).adjust_cell_length(self.size.width, self.rich_style)
        if not is_chosen:
            return strip.apply_style(self.rich_style)
        chosen = [Segment(part.text, BOLD_CURSOR if part.style and part.style.bold else CURSOR) for part in strip]
        return Strip(chosen, strip.cell_length)

    def validate_row(self, row: int) -> int:
        """The cursor stays on a row."""
        return max(0, min(row, len(self.keys) - 1))

    def watch_row(self) -> None:
        """Keep the cursor in view; the heading covers one line."""
        self.scroll_to_region(Region(0, self.row, 1, 2), animate=False, force=True)
        self.refresh()

    def action_move(self, by: int) -> None:
        """Move the cursor."""
        self.row += by

    def action_page(self, by: int) -> None:
        """Move the cursor by what is in view."""
        self.row += by * max(1, self.size.height - 2)

    def action_open(self) -> None:
        """Tell the screen which row was meant."""
        if self.key is not None:
            self.post_message(self.Opened(self, self.key))

    def on_click(self, event: Click) -> None:
        """Choose a row; a second click on it opens it."""
        index = event.y + int(self.scroll_offset.y) - 1
        if event.y and 0 <= index < len(self.keys):
            if index == self.row:
                self.action_open()
            self.row = index

    def on_resize(self, event: Resize) -> None:
        """The rows are as wide as the widget."""
        self.virtual_size = Size(event.size.width, len(self.keys) + 1)
