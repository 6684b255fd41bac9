"""Lines of a job's output as log events: where they lie in their file, and when they came.

A line is an event. It is named by the bytes it takes in its file, so a token or an event id means the same for ever.
While its job runs, a last line without an end is not an event yet. A line longer than `LONGEST_LINE` is several.
Bytes that are no UTF-8 are shown as U+FFFD.

A file does not keep when each of its lines was written. What was there when the daemon first looked counts as written
at the file's time of modification, what is found later as written at the moment it was found. Such moments are kept
in memory for the files looked at last; so a line's time may be another one after a restart, but never while somebody
follows.

Nothing here holds more than a page of lines, whatever the size of the file.
"""

import os
import stat
from bisect import bisect_left
from collections import OrderedDict
from pathlib import Path
from typing import NamedTuple

LONGEST_LINE = 256 * 1024
PAGE_BYTES = 1024 * 1024
FILES_KEPT = 1_000
MARKS_KEPT = 500
_BLOCK = 64 * 1024


class Line(NamedTuple):
    """One event: the bytes [start, end) of the file, and their text without the line's end."""

    start: int
    end: int
    text: str


class Times:
    """When the lines of one file came: what ends after `ends[i-1]`, up to `ends[i]`, at `moments[i]` (ms)."""

    def __init__(self) -> None:
        self.ends: list[int] = []
        self.moments: list[int] = []

    @property
    def end(self) -> int:
        """How far the file is known."""
        return self.ends[-1] if self.ends else 0

    def of(self, line: Line) -> int:
        """When a line came."""
        return self.moments[bisect_left(self.ends, line.end)]

    def between(self, since: int | None, until: int | None) -> tuple[int, int]:
        """The bytes [start, end) of what came in [since, until)."""
        first = bisect_left(self.moments, since) if since is not None else 0
        behind = bisect_left(self.moments, until) if until is not None else len(self.ends)
        start = self.ends[first - 1] if first else 0
        return start, max(start, self.ends[behind - 1] if behind else 0)

    def note(self, end: int, moment: int) -> None:
        """The file has grown up to `end`. The oldest of very many moments are taken together."""
        self.ends.append(end)
        self.moments.append(max(moment, self.moments[-1] if self.moments else 0))
        if len(self.ends) > MARKS_KEPT:
            del self.ends[0], self.moments[0]


class Observed:
    """The times of all files that were looked at, those looked at the longest ago forgotten."""

    def __init__(self) -> None:
        self._files: OrderedDict[Path, Times] = OrderedDict()

    def look(self, path: Path, is_growing: bool, now: int) -> Times:
        """What is known of a file after a look at it now (ms). A file that is not there (yet) is empty."""
        times = self._files.pop(path, None) or Times()
        self._files[path] = times
        while len(self._files) > FILES_KEPT:
            self._files.popitem(last=False)
        size, modified_at = _measured(path)
        end = _end_of_lines(path, times.end, size) if is_growing else size
        if end > times.end:
            times.note(end, now if times.ends else modified_at)
        return times


def _measured(path: Path) -> tuple[int, int]:
    """Size and time of modification (ms)."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0
    return (found.st_size if stat.S_ISREG(found.st_mode) else 0), found.st_mtime_ns // 1_000_000


def _end_of_lines(path: Path, start: int, size: int) -> int:
    """Where the last whole line before `size` ends. What is longer than a line can be is whole up to there."""
    end = size
    with path.open("rb") if size > start else open(os.devnull, "rb") as file:
        while end > start and size - end < LONGEST_LINE:
            begin = max(start, end - _BLOCK)
            file.seek(begin)
            place = file.read(end - begin).rfind(b"\n")
            if place >= 0:
                return begin + place + 1
            end = begin
    return start if end <= start else start + (size - start) // LONGEST_LINE * LONGEST_LINE


def forward(path: Path, span: tuple[int, int], most: int) -> list[Line]:
    """The first lines of the bytes [start, end), up to `most` of them and about PAGE_BYTES."""
    start, end = span
    lines: list[Line] = []
    if end <= start:
        return lines
    with path.open("rb") as file:
        place = file.seek(start)
        while place < end and len(lines) < most and place - start < PAGE_BYTES:
            taken = file.readline(min(LONGEST_LINE, end - place))
            if not taken:
                break
            lines.append(Line(place, place + len(taken), taken.removesuffix(b"\n").decode("utf-8", "replace")))
            place += len(taken)
    return lines


def backward(path: Path, span: tuple[int, int], most: int) -> list[Line]:
    """The last lines of the bytes [start, end), in their order."""
    begin = max(span[0], span[1] - PAGE_BYTES)
    lines = forward(path, (begin, span[1]), most=PAGE_BYTES)
    if begin > span[0] and len(lines) > 1:
        del lines[0]  # it began before
    return lines[-most:]
