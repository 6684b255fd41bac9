"""Moves the first events of streams out of the log: their rows go, the hashes that seals need of them stay.

Those of one commit go together, for runs that went on beside each other have the positions in between: so what lies
side by side is joined in memory, and not range by range in the file. Of each event no more than its hash is held.

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


def move_out(database: sqlite3.Cursor, streams: Sequence[tuple[StreamId, int]], seals: Sequence[Sealed]) -> None:
    """Moves the versions of streams out, of each from 1 to the one that is given with it. Raises Unmovable."""
    leaves: list[tuple[int, bytes]] = []
    for stream, events in streams:
        leaves += _taken_out(database, stream, events)
    for seal, part in _parts(sorted(leaves), seals):
        _put(database, seal, part)


def _taken_out(database: sqlite3.Cursor, stream: StreamId, events: int) -> list[tuple[int, bytes]]:
    """The positions and hashes of a stream's first events, whose rows are gone."""
    where = "originator_id=? AND originator_version<=?"
    columns = "rowid, CAST(originator_id AS BLOB), originator_version, CAST(topic AS BLOB), CAST(state AS BLOB)"
    rows = database.execute(f"SELECT {columns} FROM {TABLE} WHERE {where} ORDER BY rowid", (stream, events)).fetchall()
    if len(rows) != events:
        raise Unmovable(f"The stream {stream} holds {len(rows)} of the {events} events that were to be moved out.")
    database.execute(f"DELETE FROM {TABLE} WHERE {where}", (stream, events))
    return [(row[0], leaf(framed((row[0], row[2]), row[1], row[3], row[4]))) for row in rows]


def _parts(leaves: Sequence[tuple[int, bytes]], seals: Sequence[Sealed]) -> Iterator[tuple[Sealed, Elided]]:
    """Positions and hashes, in order, as ranges without gaps, each under one seal."""
    for _, group in groupby(enumerate(leaves), lambda one: one[1][0] - one[0]):
        part = [one for _, one in group]
        while part:
            seal = seal_of(part[0][0], seals)
            if seal is None:
                raise Unmovable(f"No whole seal speaks for position {part[0][0]}.")
            under, part = part[: seal.last + 1 - part[0][0]], part[seal.last + 1 - part[0][0] :]
            tree = Tree(under[0][0] - seal.first)
            tree.add(one for _, one in under)
            yield seal, Elided(under[0][0], under[-1][0], tree.subtrees())


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
