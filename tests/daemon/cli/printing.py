"""What renderables look like on a screen of a given width, without colours."""

from collections.abc import Iterable
from datetime import UTC, datetime

from rich.console import Console, RenderableType
from rich.text import Text

from daemon.cli.client import DEFAULT_ENDPOINT
from daemon.cli.hints import command_line

NOW = datetime(2026, 11, 3, 14, 3, tzinfo=UTC)


def printed(parts: Iterable[RenderableType], width: int = 80) -> list[str]:
    """The lines, without the spaces at their ends."""
    console = Console(width=width, color_system=None, highlight=False, markup=False, emoji=False)
    with console.capture() as capture:
        for part in parts:
            console.print(part, soft_wrap=isinstance(part, Text))
    return [line.rstrip() for line in capture.get().splitlines()]


def typed(*words: str) -> str:
    """A command to type next, for a daemon at the usual place."""
    return command_line(DEFAULT_ENDPOINT, *words)
