"""Moves the first events of a stream out of the log: their rows go, the hashes that seals need of them stay.

Done in the transaction that appends the event which says so (`events/archives.py`), so there is no moment at which the
log holds neither.
"""

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from events.elisions import Elided, unpacked
from events.log_file import ELIDED_TABLE, INSERT_ELIDED, TABLE
from events.proofs import Tree, framed, leaf
from events.vocabulary import StreamId


class Sealed(NamedTuple):
    """The positions of one seal. It `is_whole` if each of them had an event: only then do the numbers of leaves follow
    from positions."""

    first: int
    last: int
    is_whole: bool


class Unmovable(Exception):
    """The rows are not what the event says of them, or no seal speaks for them."""


def seal_of(position: int, seals: Sequence[Sealed]) -> Sealed | None:
    """The seal that speaks for a position and may have hashes in place of its events."""
    place = bisect_left(seals, position, key=lambda seal: seal.last)
    found = seals[place] if place < len(seals) else None
    return found if found is not None and found.first <= position and found.is_whole else None


def move_out(database: sqlite3.Cursor, stream: StreamId, events: int, seals: Sequence[Sealed]) -> None:
    """Moves the versions 1 to `events` of a stream out. Raises Unmovable."""
    where = "originator_id=? AND originator_version<=?"
    columns = "rowid, CAST(originator_id AS BLOB), originator_version, CAST(topic AS BLOB), CAST(state AS BLOB)"
    rows = database.execute(f"SELECT {columns} FROM {TABLE} WHERE {where} ORDER BY rowid", (stream, events)).fetchall()
    if len(rows) != events:
        raise Unmovable(f"The stream {stream} holds {len(rows)} of the {events} events that were to be moved out.")
    for seal, part in _parts(stream, rows, seals):
        _put(database, seal, part)
    database.execute(f"DELETE FROM {TABLE} WHERE {where}", (stream, events))


def _parts(
    stream: StreamId, rows: Sequence[tuple[int, bytes, int, bytes, bytes]], seals: Sequence[Sealed]
) -> Iterator[tuple[Sealed, Elided]]:
    """The rows as ranges without gaps, each under one seal."""
    for (_, seal), group in groupby(enumerate(rows), lambda one: (one[1][0] - one[0], seal_of(one[1][0], seals))):
        part = [row for _, row in group]
        if seal is None:
            raise Unmovable(f"No whole seal speaks for position {part[0][0]}, which is of the stream {stream}.")
        tree = Tree(part[0][0] - seal.first)
        tree.add(leaf(framed((row[0], row[2]), row[1], row[3], row[4])) for row in part)
        yield seal, Elided(part[0][0], part[-1][0], tree.subtrees())


def _put(database: sqlite3.Cursor, seal: Sealed, part: Elided) -> None:
    """Puts a range in place of its rows, joined with those beside it under the same seal."""
    beside = database.execute(
        f"SELECT first, last, CAST(nodes AS BLOB) FROM {ELIDED_TABLE} "
        f"WHERE first = (SELECT MAX(first) FROM {ELIDED_TABLE} WHERE first < ?) OR first = ?",
        (part.first, part.last + 1),
    ).fetchall()
    near = [Elided(first, last, unpacked(nodes)) for first, last, nodes in beside]
    joined = [one for one in near if one.last + 1 == part.first and one.first >= seal.first]
    joined += [part, *(one for one in near if one.first == part.last + 1 and one.last <= seal.last)]
    tree = Tree(joined[0].first - seal.first)
    for one in joined:
        tree.graft(one.nodes)
        database.execute(f"DELETE FROM {ELIDED_TABLE} WHERE first = ?", (one.first,))
    database.execute(INSERT_ELIDED, Elided(joined[0].first, joined[-1].last, tree.subtrees()).row)
