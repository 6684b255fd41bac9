"""Tables as lines of cells: columns of fixed widths, so that a table is drawn line by line, only where it is seen."""

from collections.abc import Iterable, Sequence

import msgspec
from rich.cells import cell_len
from rich.text import Text

GAP = 2


class Column(msgspec.Struct, frozen=True):
    """A heading and a width in cells; `right` aligns numbers and times."""

    title: str
    width: int
    right: bool = False


def fitted(columns: Iterable[Column], total: int) -> tuple[Column, ...]:
    """The columns, the last of them with what is left of the total width."""
    *first, last = columns
    used = sum(column.width + GAP for column in first)
    return (*first, msgspec.structs.replace(last, width=max(0, total - used)))


def line(cells: Sequence[Text], columns: Sequence[Column]) -> Text:
    """One row: each cell cut or padded to its column."""
    row = Text(no_wrap=True, end="")
    for cell, column in zip(cells, columns, strict=True):
        if not column.width:
            continue
        if row:
            row.append(" " * GAP)
        row.append_text(_sized(cell, column))
    return row


def heading(columns: Sequence[Column], over_last: Text | None = None) -> Text:
    """The titles of the columns; the last may have something else over it."""
    titles = [Text(column.title, "dim") for column in columns]
    return line([*titles[:-1], over_last] if over_last is not None else titles, columns)


def _sized(cell: Text, column: Column) -> Text:
    length = cell_len(cell.plain)
    if length > column.width:
        cut = cell.copy()
        cut.truncate(column.width, overflow="ellipsis")
        return cut
    padding = " " * (column.width - length)
    return Text(padding).append_text(cell) if column.right else cell.copy().append(padding)
