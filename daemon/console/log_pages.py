"""The end of what a job has written, for a page: enough to see what happened, whatever the log's size."""

from pathlib import Path
from typing import NamedTuple

MOST_BYTES = 128 * 1024


class Tail(NamedTuple):
    """The last part of a file as text. `offset` is where the file goes on; `left_out` the bytes before the part."""

    text: str
    offset: int
    left_out: int


def tail(path: Path, most: int = MOST_BYTES) -> Tail:
    """The last `most` bytes from the beginning of a line on; nothing of a file that is not there (yet)."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            start = max(0, size - most)
            file.seek(start)
            body = file.read(most)
    except FileNotFoundError:
        return Tail("", 0, 0)
    end = start + len(body)
    if start:
        line = body.find(b"\n") + 1
        body, start = body[line:], start + line
    return Tail(body.decode("utf-8", errors="replace"), end, start)
