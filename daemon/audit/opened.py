"""Opens the log for the command line, which never reaches into files itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from events.reading import ReadOnlyLog


@contextmanager
def opened(path: Path) -> Iterator[ReadOnlyLog]:
    """The log at a path, to be read only. Raises UnreadableLog."""
    with ReadOnlyLog(path) as log:
        yield log
