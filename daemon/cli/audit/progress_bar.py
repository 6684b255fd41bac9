"""A bar on standard error for what takes its time, if that is a terminal."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from daemon.cli.session import Screen

Told = Callable[[int, int], None]


@contextmanager
def progress_bar(doing: str) -> Iterator[Told]:
    """Hands out what is to be told how far it is: the position, and the end."""
    with progress_bars(doing) as (told,):
        yield told


@contextmanager
def progress_bars(*doing: str) -> Iterator[Sequence[Told]]:
    """The same for work in several steps, one after the other: each has what is to be told of it."""
    screen = Screen(stderr=True)
    if not screen.is_terminal:
        yield [lambda position, end: None for _ in doing]
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        yield [_step(bar, bar.add_task(name, total=None, visible=False)) for name in doing]


def _step(bar: Progress, task: TaskID) -> Told:
    """A step shows when it begins, and goes when another does."""

    def told(position: int, end: int) -> None:
        for other in bar.tasks:
            if other.visible != (other.id == task):
                bar.update(other.id, visible=other.id == task)
        bar.update(task, completed=position, total=end)

    return told
