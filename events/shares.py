"""Cuts the streams of a log into shares, for readers that each read one of them.

Ids of runs begin with the moment at which they were minted, so runs are cut by the stretch of time in which they began.
To leave out the runs of others that way costs a reader little more than the step over their rows.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from events.vocabulary import CRAWL_STREAM_PREFIX, MILLIS_DIGITS, RUN_PREFIXES, StreamId

BEGINNING = 0
END = 16**MILLIS_DIGITS
_AFTER_ANY_DIGIT = "~"
_BEFORE_DASH = 8
_MOMENT = re.compile(
    f"(?:{'|'.join(RUN_PREFIXES)})([0-9a-f]{{{_BEFORE_DASH}}})-?([0-9a-f]{{{MILLIS_DIGITS - _BEFORE_DASH}}})"
)


class Share(NamedTuple):
    """The runs, job runs and crawls that began from one moment on and before another, by the milliseconds in their
    ids. All streams that hold no runs, and all that have no such ids, are in the share from the beginning on.

    Of shares of which each goes on where the one before ends, from BEGINNING to END, each stream is in just one, with
    all its events.
    """

    since: int
    to: int

    @property
    def condition(self) -> str:
        """What SQL has to ask of a row of the log."""
        if self == WHOLE:
            return "TRUE"
        if self.since != BEGINNING:
            return _any_of([(_bound(prefix, self.since), _bound(prefix, self.to)) for prefix in RUN_PREFIXES])
        others = [(_bound(prefix, self.to), _bound(prefix, END)) for prefix in sorted(RUN_PREFIXES)]
        gaps = [(before[1], after[0]) for before, after in pairwise(others)]
        # Last first: most rows are of workflow runs, and SQL looks no further than it has to.
        return f"({_any_of(gaps[::-1])} OR originator_id < '{others[0][0]}' OR originator_id >= '{others[-1][1]}')"


WHOLE = Share(BEGINNING, END)
"""All streams."""


def began(stream: StreamId) -> int:
    """The milliseconds in the id of a run, job run or crawl; BEGINNING for a stream that has none."""
    found = _MOMENT.match(stream)
    return int(found[1] + found[2], 16) if found is not None else BEGINNING


def _bound(prefix: str, moment: int) -> StreamId:
    """Before any id that was minted at the moment, and after any that was before."""
    if moment == END:
        return prefix + _AFTER_ANY_DIGIT
    digits = f"{moment:0{MILLIS_DIGITS}x}"
    return prefix + (f"{digits[:_BEFORE_DASH]}-{digits[_BEFORE_DASH:]}" if prefix == CRAWL_STREAM_PREFIX else digits)


def _any_of(ranges: list[tuple[StreamId, StreamId]]) -> str:
    # The plus keeps SQLite from looking the streams up by name, one after the other, and sorting all of their events.
    return "(" + " OR ".join(f"+originator_id >= '{low}' AND +originator_id < '{high}'" for low, high in ranges) + ")"
