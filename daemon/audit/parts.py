"""A long log in two parts: where it is cut, how the rows of a part are looked at, and what is told of the second part.

The second part may be looked at by another process (daemon/audit/second_process.py) while the first is. What it says
counts only if it found nothing and both parts fit together; else whoever looked at the first part goes on with the
second. So a log gives the same report either way, and what is wrong with it is always named by one who saw all of it
that comes before.
"""

import os
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from daemon.audit.chains import Chains, Followed
from daemon.audit.sealed_ranges import SealedRanges
from daemon.audit.uncollected import uncollected
from events.elisions import Elided
from events.proofs import StoredRow
from events.reading import ReadOnlyLog

SHORTEST = 100_000
"""A log of fewer events is looked at before a second process would be much of a help."""

HEAD_START = 20_000
"""So many more events belong to the first part: another process has to start meanwhile."""

ROWS = 500
"""So many rows are taken at a time: few enough to stay near the processor until all was done with them."""

_MOST_TRIED = 100


class SecondPart(msgspec.Struct, frozen=True):
    """What another process is to look at: the rows of a log after a cut up to its end, if as many events stand as
    hashes in it then as did when it was cut."""

    path: bytes
    cut: int
    end: int
    elided: int
    is_archive: bool


def where_to_cut(log: ReadOnlyLog, end: int, ranges: SealedRanges) -> int:
    """The position of the last row of the first part. It is the log's end for one that is short, and for one that has
    no good place for a cut near its middle: at the end of a seal's range, or after them all."""
    events = end - log.elided_events()
    if events < SHORTEST:
        return end
    before = (events + HEAD_START) // 2
    lasts = [seal.last for seal in ranges.seals if 0 < seal.last < end]
    places = [end - (events - before)]
    if lasts and places[0] < lasts[-1]:
        middle = bisect_left(lasts, before, key=lambda last: last - log.elided_events(last))
        places = [lasts[index] for index in sorted(range(len(lasts)), key=lambda index: abs(index - middle))]
    return next((place for place in places[:_MOST_TRIED] if ranges.may_be_cut(place) and _has_row(log, place)), end)


def _has_row(log: ReadOnlyLog, position: int) -> bool:
    return any(log.pages(position - 1, position))


def look_through(log: ReadOnlyLog, span: tuple[int, int], chains: Chains, ranges: SealedRanges) -> Iterator[int]:
    """Has chains and seals take the rows after one position up to another; gives the position after each page."""
    after, until = span
    for page in log.pages(after, until, ROWS):
        elided = tuple(log.elided(after, page[-1][0]))
        _look_at(page, elided, chains, ranges)
        after = page[-1][0]
        yield after


def _look_at(page: Sequence[StoredRow], elided: Sequence[Elided], chains: Chains, ranges: SealedRanges) -> None:
    """Takes the next rows, and the ranges without rows that come before the last of them."""
    positions = [row[0] for row in page]
    first = min(positions[0], elided[0].first) if elided else positions[0]
    wanted = ranges.reach(first, positions[-1])
    if elided:
        chains.expect(elided, positions)
        ranges.look_at(elided)
    leaves = chains.follow(page, wanted)
    if wanted:
        ranges.take(positions, leaves, [row[5] is not None for row in page], elided)


def look_at_second(part: SecondPart, told: Callable[[int], None]) -> Followed | None:
    """What is to be said of a second part; None if anything is wrong with it, or if the log is not what it was when it
    was cut. `told` is how many positions are done. Raises UnreadableLog."""
    with uncollected(), ReadOnlyLog(Path(os.fsdecode(part.path))) as log, log.still():
        if log.elided_events() != part.elided:
            return None
        chains, ranges = Chains(log, part.cut), SealedRanges(log, part.end, (), part.is_archive)
        for position in look_through(log, (part.cut, part.end), chains, ranges):
            told(position - part.cut)
            if not chains.is_in_order:
                return None
        return chains.followed() if ranges.fit_after(part.cut) else None
