"""A sealed log, and what somebody who can write its file does to it: with a plain SQLite connection, past all our code.

A tamperer may stop at the rows, make the chains anew, or the seals as well: as far as the hashes are public, so can
everybody.
"""

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from events.catalogue import decode, encode
from events.design import JobChanged
from events.elisions import Elided
from events.ledger import Fact, Ledger
from events.log_file import INSERT_ELIDED, INSERT_ORIGIN
from events.proofs import UNCHAINED, Tree, framed, leaf, link
from events.reading import ReadOnlyLog
from events.seals import LogSealed, Seal, sealed
from events.vocabulary import SEAL_STREAM

EVENTS = 60
SEALED_AT = (20, 40, 58)
"""After so many events of jobs comes a seal."""

Rows = list[tuple[int, str, int, str, bytes, bytes | None]]
Sign = Callable[[Seal], str]


def fact(number: int) -> Fact:
    """The event of this number: of four jobs in turn, as their versions go on."""
    return Fact(f"job:J{number % 4}", number // 4 + 1, JobChanged(number, "api:test", {"Timeout": number}))


def written(path: Path, events: int = EVENTS, sealed_at: Sequence[int] = SEALED_AT) -> Path:
    """A closed log with seals in it, as a daemon would have written it."""
    ledger = Ledger(path)
    newest: Seal | None = None
    for number in range(events):
        last = ledger.commit([fact(number)])
        if number + 1 in sealed_at:
            newest = seal(path, newest, last)
            ledger.commit([Fact(SEAL_STREAM, newest.number, event_of(newest))])
    ledger.close()
    return path


def seal(path: Path, before: Seal | None, last: int) -> Seal:
    """The seal that goes on from another, up to a position."""
    first = before.last + 1 if before is not None else 1
    tree, chained = Tree(), 0
    with ReadOnlyLog(path) as log:
        for page in log.pages(first - 1, last):
            tree.add(leaf(framed((row[0], row[2]), row[1], row[3], row[4])) for row in page)
            chained += sum(row[5] is not None for row in page)
    previous = before.hash if before is not None else ""
    event = LogSealed(last, "daemon", first, last, tree.size, chained, tree.root().hex(), previous)
    return sealed(before.number + 1 if before is not None else 1, event)


def event_of(seal: Seal) -> LogSealed:
    """The event of a seal."""
    return LogSealed(**{name: getattr(seal, name) for name in LogSealed.__struct_fields__ if name != "by"}, by="daemon")


def seals_of(path: Path) -> list[Seal]:
    """The seals of a log."""
    with ReadOnlyLog(path) as log:
        events = [(recorded.version, recorded.event) for recorded in log.stream(SEAL_STREAM)]
    return [sealed(version, event) for version, event in events if isinstance(event, LogSealed)]


def rows_of(path: Path) -> Rows:
    """All rows."""
    database = sqlite3.connect(path)
    try:
        return database.execute(
            "SELECT rowid, originator_id, originator_version, topic, state, chain FROM stored_events ORDER BY rowid"
        ).fetchall()
    finally:
        database.close()


def put(path: Path, rows: Rows) -> None:
    """Writes all rows anew, and the table's count of positions as if nothing else had ever been there."""
    database = sqlite3.connect(path, isolation_level=None)
    database.execute("BEGIN")
    database.execute("DELETE FROM stored_events")
    database.execute("DELETE FROM sqlite_sequence")
    database.executemany(
        "INSERT INTO stored_events (rowid, originator_id, originator_version, topic, state, chain) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    database.execute("COMMIT")
    database.close()


def change(path: Path, position: int) -> None:
    """Makes an event say something else."""
    changed = "CAST(replace(CAST(state AS TEXT), 'api:test', 'api:tess') AS BLOB)"
    _run(path, f"UPDATE stored_events SET state={changed} WHERE rowid=?", position)


def remove(path: Path, position: int) -> None:
    """Takes an event out."""
    _run(path, "DELETE FROM stored_events WHERE rowid=?", position)


def remove_and_close_the_gap(path: Path, position: int) -> None:
    """Takes an event out, counts the versions of its stream and all positions anew, and the count as well."""
    stream = next(row[1] for row in rows_of(path) if row[0] == position)
    kept = [row for row in rows_of(path) if row[0] != position]
    put(
        path,
        [
            (p - (p > position), s, v - (s == stream and p > position), topic, state, chain)
            for p, s, v, topic, state, chain in kept
        ],
    )


def insert(path: Path, position: int) -> None:
    """Puts an event of a job of its own in, and makes room for it."""
    topic, state = encode(JobChanged(7, "api:test", {"Timeout": 7}))
    rows = rows_of(path)
    new = [(position, "job:New", 1, topic, state, bytes(16))]
    put(path, [r for r in rows if r[0] < position] + new + [(r[0] + 1, *r[1:]) for r in rows if r[0] >= position])


def reorder(path: Path, position: int) -> None:
    """Has two neighbours change their places."""
    rows = {row[0]: row for row in rows_of(path)}
    other = position - 1 if position - 1 in rows else position + 1
    rows[position], rows[other] = (position, *rows[other][1:]), (other, *rows[position][1:])
    put(path, [rows[place] for place in sorted(rows)])


def rechain(path: Path) -> None:
    """Makes the chains of all streams anew."""
    newest: dict[str, bytes] = {}
    rows: Rows = []
    for position, stream, version, topic, state, _ in rows_of(path):
        frame = framed((position, version), stream.encode(), topic.encode(), state)
        newest[stream] = link(newest.get(stream, UNCHAINED), frame)
        rows.append((position, stream, version, topic, state, newest[stream]))
    put(path, rows)


def reseal(path: Path) -> None:
    """Makes all seals anew, as far as that goes without a key, and then the chains."""
    before: Seal | None = None
    for position, stream, _, topic, state, _ in rows_of(path):
        event = decode(topic, state) if stream == SEAL_STREAM else None
        if isinstance(event, LogSealed):
            before = msgspec.structs.replace(seal(path, before, min(event.last, position - 1)), key_id=event.key_id)
            body = encode(event_of(msgspec.structs.replace(before, signature=event.signature)))[1]
            database = sqlite3.connect(path)
            database.execute("UPDATE stored_events SET state=? WHERE rowid=?", (body, position))
            database.commit()
            database.close()
    rechain(path)


def _run(path: Path, statement: str, position: int) -> None:
    database = sqlite3.connect(path)
    with database:
        database.execute(statement, (position,))
    database.close()


def elide(path: Path, first: int, last: int) -> None:
    """Removes events and leaves the hashes for them under the seal that speaks for them."""
    of_it = next(seal for seal in seals_of(path) if seal.first <= first and last <= seal.last)
    part = Tree(first - of_it.first)
    part.add(
        leaf(framed((row[0], row[2]), row[1].encode(), row[3].encode(), row[4]))
        for row in rows_of(path)
        if first <= row[0] <= last
    )
    database = sqlite3.connect(path)
    with database:
        database.execute("DELETE FROM stored_events WHERE rowid BETWEEN ? AND ?", (first, last))
        database.execute(INSERT_ELIDED, Elided(first, last, part.subtrees()).row)
    database.close()


def import_from_archive(path: Path) -> None:
    """Has the log say that it was read from an archive."""
    database = sqlite3.connect(path)
    with database:
        database.execute(INSERT_ORIGIN, ('{"kind": "archive"}',))
    database.close()
