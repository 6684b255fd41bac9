"""Shares of a log: each stream is in one of them, and runs are where they began."""

import sqlite3
from contextlib import closing
from itertools import chain, pairwise
from pathlib import Path

import pytest

from events.design import JobChanged
from events.ledger import Fact, Ledger
from events.reading import ReadOnlyLog
from events.shares import BEGINNING, END, Share, began
from events.vocabulary import (
    CRAWL_STREAM_PREFIX,
    JOB_RUN_ID_PREFIX,
    RUN_ID_PREFIX,
    IdSource,
    StreamId,
    crawl_stream,
)

AT = 1_700_000_000_000
NO_RUNS = [
    "",
    "\0",
    "job:1",
    "workflow:W2",
    "design:7",
    "inbox:W",
    "seal",
    "Wr_1",
    "wr",
    "zr_1",
    "\u00e4",
    b"wr_1",
    b"",
    11,
]
NO_IDS = ["wr_", "wr_\u00e4", "wr_z\0", "jr_~~", "crawl:-"]


def log_of(path: Path, streams: list[object]) -> Path:
    """A log with one event in each of these streams, whatever they are."""
    with closing(Ledger(path)) as ledger:
        ledger.commit([Fact(f"old:{number}", 1, JobChanged(1, "api:test", {})) for number in range(len(streams))])
    database = sqlite3.connect(path)
    with database:
        rows = [(stream, number) for number, stream in enumerate(streams, 1)]
        database.executemany("UPDATE stored_events SET originator_id=? WHERE rowid=?", rows)
    database.close()
    return path


def positions(path: Path, *cuts: int) -> list[list[int]]:
    """The positions of the events in each of the shares between these moments."""
    with ReadOnlyLog(path) as log:
        shares = [Share(since, to) for since, to in pairwise([BEGINNING, *cuts, END])]
        return [[position for position, *_ in log.shared(share, 0, log.position())] for share in shares]


def minted(prefix: str, at: int) -> StreamId:
    """The stream of a run of this kind that began at a moment."""
    ids = IdSource(at, b"seed")
    return crawl_stream(ids.mint_uuid()) if prefix == CRAWL_STREAM_PREFIX else ids.mint(prefix)


@pytest.mark.parametrize("prefix", [RUN_ID_PREFIX, JOB_RUN_ID_PREFIX, CRAWL_STREAM_PREFIX])
def test_runs_are_where_they_began(tmp_path: Path, prefix: str) -> None:
    """A share has the runs from its first moment on up to the last before the next share's, to the millisecond."""
    moments = [0, AT - 1, AT, AT + 1, AT + 999, AT + 1_000, END - 1]
    path = log_of(tmp_path / "log.db", [minted(prefix, at) for at in moments])
    assert positions(path, AT, AT + 1_000) == [[1, 2], [3, 4, 5], [6, 7]]


@pytest.mark.parametrize("cuts", [(), (1,), (AT,), (AT, AT + 1), (1, AT, END - 1)])
def test_every_stream_is_in_one_share(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    """What anybody may have put into the file as a stream's id belongs to one share, and to the first if it is no
    run's."""
    runs = [minted(prefix, AT) for prefix in (RUN_ID_PREFIX, JOB_RUN_ID_PREFIX, CRAWL_STREAM_PREFIX)]
    path = log_of(tmp_path / "log.db", [*NO_RUNS, *NO_IDS, *runs])
    found = positions(path, *cuts)
    assert sorted(chain(*found)) == list(range(1, len(NO_RUNS) + len(NO_IDS) + len(runs) + 1))
    assert set(range(1, len(NO_RUNS) + 1)) <= set(found[0])


def test_moments_are_read_from_ids(tmp_path: Path) -> None:
    """Of all kinds of runs; what holds no runs, or has an id that nobody minted, is of the beginning."""
    streams = [minted(prefix, AT) for prefix in (RUN_ID_PREFIX, JOB_RUN_ID_PREFIX, CRAWL_STREAM_PREFIX)]
    path = log_of(tmp_path / "log.db", ["job:9", *streams, *NO_IDS, b"wr_\xff", 11])
    with ReadOnlyLog(path) as log:
        found = log.streams_at([1, 2, 3, 4, 5, 10, 11, 12])
    assert [position for position, _ in found] == [1, 2, 3, 4, 5, 10, 11]
    assert [began(stream) for _, stream in found] == [BEGINNING, AT, AT, AT, BEGINNING, BEGINNING, BEGINNING]


def test_gaps_are_stepped_over(tmp_path: Path) -> None:
    """Neither many positions without an event nor many events of other shares end the reading before its end."""
    runs = [minted(RUN_ID_PREFIX, at) for at in range(AT, AT + 1_000)]
    path = log_of(tmp_path / "log.db", [*runs])
    database = sqlite3.connect(path)
    with database:
        database.execute("UPDATE stored_events SET rowid=rowid+100000 WHERE rowid>500")
    database.close()
    late = list(range(100_501, 101_001))
    assert positions(path, AT + 500) == [list(range(1, 501)), late]
    assert positions(path, AT + 990) == [[*range(1, 501), *late[:490]], late[490:]]
    assert positions(path) == [[*range(1, 501), *late]]
