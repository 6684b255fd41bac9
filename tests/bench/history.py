"""A long history without the wait: runs that an engine recorded, written again under new ids.

The copies differ from what a daemon would have written in nothing but their times, which are those of the original.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from daemon.engine import LOG_FILE
from events.log_file import TABLE
from events.proofs import UNCHAINED, framed, link
from tests.bench.driven import driven, run
from tests.bench.floors import Row, rows_of
from tests.bench.workflows import Shape

INTERLEAVED = 20
"""How many copied runs go side by side."""

_ID = re.compile(r"(?:wr|jr)_[0-9a-f]{64}")


def record(state_dir: Path, shape: Shape, runs: int, failing: Sequence[str] = ()) -> int:
    """Fills a state directory with this many runs of one workflow; returns how many events the log then holds."""
    run_id = run(_one_run(state_dir, shape, failing))
    rows = rows_of(state_dir / LOG_FILE, run_id)
    database = sqlite3.connect(state_dir / LOG_FILE)
    with database:
        last = database.execute(f"SELECT MAX(rowid) FROM {TABLE}").fetchone()[0]
        database.executemany(
            f"INSERT INTO {TABLE} (rowid, originator_id, originator_version, topic, state, chain) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            _linked(_copies(rows, runs - 1), last),
        )
    count = database.execute(f"SELECT count(*) FROM {TABLE}").fetchone()[0]
    database.close()
    return int(count)


async def _one_run(state_dir: Path, shape: Shape, failing: Sequence[str]) -> str:
    async with driven(state_dir) as daemon:
        await daemon.define(shape, failing)
        return (await daemon.run(shape.name))[0]


def _linked(rows: Iterable[Row], position: int) -> Iterator[tuple[int, *Row, bytes]]:
    """The rows as a daemon would have appended them after a position, each with its chain."""
    newest: dict[str, bytes] = {}
    for stream, version, name, body in rows:
        position += 1
        before = newest.pop(stream, UNCHAINED)
        chain = link(before, framed((position, version), stream.encode(), name.encode(), body))
        newest[stream] = chain
        yield position, stream, version, name, body, chain


def _copies(rows: Sequence[Row], runs: int) -> Iterator[Row]:
    """The rows of that many runs, some runs side by side."""
    ids_in_row = [_ID.findall(body.decode()) for *_, body in rows]
    ids = {rows[0][0], *(found for ids in ids_in_row for found in ids)}
    for start in range(0, runs, INTERLEAVED):
        group = [_new_ids(ids, number) for number in range(start, min(start + INTERLEAVED, runs))]
        for (stream, version, name, body), inside in zip(rows, ids_in_row, strict=True):
            for new in group:
                yield new[stream], version, name, _with_new_ids(body, inside, new)


def _new_ids(ids: Iterable[str], number: int) -> dict[str, str]:
    """A new id for each old one: a little later, and as random."""
    return {old: f"{old[:3]}{int(old[3:15], 16) + number:012x}{_random(old, number)}" for old in ids}


def _random(old: str, number: int) -> str:
    return hashlib.sha256(f"{number}{old}".encode()).hexdigest()[:52]


def _with_new_ids(body: bytes, inside: Sequence[str], new: dict[str, str]) -> bytes:
    for old in inside:
        body = body.replace(old.encode(), new[old].encode())
    return body
