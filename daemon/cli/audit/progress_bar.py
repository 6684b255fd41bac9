"""A bar on standard error for what takes its time, if that is a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from daemon.cli.session import Screen


@contextmanager
def progress_bar(doing: str) -> Iterator[Callable[[int, int], None]]:
    """Hands out what is to be told how far it is: the position, and the end."""
    screen = Screen(stderr=True)
    if not screen.is_terminal:
        yield lambda position, end: None
        return
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda position, end: bar.update(task, completed=position, total=end)
