"""The chain that links each event to the one before it in its stream, and logs from before there was one."""

import hashlib
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest

from events import ledger as ledger_module
from events.design import TriggerActivated
from events.ledger import Fact, Ledger, VersionConflict
from events.log_file import SCHEMA_VERSION
from events.proofs import CHAIN_BYTES, Tree, framed, leaf, link
from events.reading import ReadOnlyLog
from tests.events.old_logs import schema_1

Row = tuple[Any, ...]


def facts(stream: str, count: int, first: int = 1) -> list[Fact]:
    """Facts at consecutive versions."""
    return [Fact(stream, version, TriggerActivated(version, stream)) for version in range(first, first + count)]


COLUMNS = "rowid, originator_id, originator_version, topic, state"


def rows(path: Path, columns: str = f"{COLUMNS}, chain") -> list[Row]:
    """The rows of a log, in order, its chains included."""
    database = sqlite3.connect(path)
    try:
        return database.execute(f"SELECT {columns} FROM stored_events ORDER BY rowid").fetchall()
    finally:
        database.close()


def expected(found: list[Row]) -> list[bytes]:
    """The chains that these rows should have, by the words of docs/events.md and nothing of ours."""
    newest: dict[str, bytes] = {}
    chains = []
    for position, stream, version, topic, state, _ in found:
        name, kind = stream.encode(), topic.encode()
        head = struct.pack(">QQHH", position, version, len(name), len(kind))
        before = newest.get(stream, bytes(16))
        newest[stream] = hashlib.blake2b(before + head + name + kind + state, digest_size=16).digest()
        chains.append(newest[stream])
    return chains


def chains_of(found: list[Row]) -> list[bytes | None]:
    """The chains that rows have."""
    return [row[-1] for row in found]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log of the test lies."""
    return tmp_path / "log.db"


def test_each_event_is_linked_to_the_one_before_it_in_its_stream(path: Path) -> None:
    """Over commits, streams side by side and restarts, each row's chain is what the page on stored events says."""
    ledger = Ledger(path)
    ledger.commit([*facts("a", 2), *facts("日本", 1), *facts("a", 1, 3)])
    ledger.commit([*facts("日本", 600, 2), *facts("a", 1, 4)])
    ledger.close()
    again = Ledger(path)
    again.commit([*facts("c", 1), *facts("a", 2, 5), *facts("日本", 1, 602)])
    again.close()
    found = rows(path)
    assert [row[0] for row in found] == list(range(1, len(found) + 1))
    assert chains_of(found) == expected(found)


def test_chains_go_on_when_their_streams_are_no_longer_remembered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer remembers the newest streams only; the chain of any other is read from the log."""
    monkeypatch.setattr(ledger_module, "_KNOWN_CHAINS", 3)
    ledger = Ledger(path)
    for version in (1, 2, 3):
        for number in range(20):
            ledger.commit(facts(f"s{number}", 1, version))
    ledger.close()
    found = rows(path)
    assert chains_of(found) == expected(found)


def test_refused_commit_leaves_the_chain_alone(path: Path) -> None:
    """A commit that was refused has linked nothing: the next one goes on from what is there."""
    ledger = Ledger(path)
    ledger.commit(facts("a", 2))
    with pytest.raises(VersionConflict):
        ledger.commit([*facts("a", 3, 3), *facts("b", 1), *facts("a", 1, 1)])
    ledger.commit([*facts("b", 1), *facts("a", 1, 3)])
    ledger.close()
    found = rows(path)
    assert chains_of(found) == expected(found)


def test_log_without_chains_is_taken_over_as_it_is(path: Path) -> None:
    """A log from before chains gets the column when a daemon opens it; its rows stay, what follows is linked."""
    old = [*facts("a", 3), *facts("b", 1)]
    before = rows(schema_1(path, old), COLUMNS)
    ledger = Ledger(path)
    assert [Fact(r.stream, r.version, r.event) for r in ledger.after(0)] == old
    ledger.commit([*facts("a", 2, 4), *facts("c", 1)])
    ledger.close()
    found = rows(path)
    assert [row[:-1] for row in found[:4]] == before
    assert [row[-1] is None for row in found] == [True] * 4 + [False] * 3
    # The first link after unchained events goes on from nothing, as that of a new stream does.
    assert chains_of(found[4:]) == expected(found[4:])
    assert Ledger(path).position() == 7


def test_reading_a_log_without_chains_changes_nothing(path: Path) -> None:
    """A log of an older form is read as it is; only a daemon that writes brings it up to date."""
    before = schema_1(path, facts("a", 3)).read_bytes()
    with ReadOnlyLog(path) as log:
        assert (log.schema, log.position(), len(log.stream("a"))) == (1, 3, 3)
    assert path.read_bytes() == before
    Ledger(path).close()
    with ReadOnlyLog(path) as log:
        assert log.schema == SCHEMA_VERSION


def test_frames_tell_all_parts_apart() -> None:
    """What is hashed differs when a byte moves from one part to the next, or anything else does."""
    frames = [
        framed((1, 1), b"ab", b"c", b"d"),
        framed((1, 1), b"a", b"bc", b"d"),
        framed((1, 1), b"ab", b"", b"cd"),
        framed((2, 1), b"ab", b"c", b"d"),
        framed((1, 2), b"ab", b"c", b"d"),
    ]
    assert len(set(frames)) == len(frames)
    assert len(link(bytes(16), frames[0])) == CHAIN_BYTES


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 63, 64, 65, 100, 192, 300])
def test_tree_is_that_of_the_standard(count: int) -> None:
    """The root over any number of leaves is the one that RFC 6962 defines by halving, however they arrive."""

    def by_definition(leaves: list[bytes]) -> bytes:
        if len(leaves) < 2:
            return leaves[0] if leaves else hashlib.sha256(b"").digest()
        half = 1 << (len(leaves) - 1).bit_length() - 1
        return hashlib.sha256(b"\x01" + by_definition(leaves[:half]) + by_definition(leaves[half:])).digest()

    leaves = [leaf(b"%d" % number) for number in range(count)]
    tree = Tree()
    tree.add(leaves[: count // 3])
    tree.add(leaves[count // 3 :])
    assert (tree.root(), tree.size) == (by_definition(leaves), count)
