"""Subtrees that stand for leaves, and ranges of positions that stand as hashes in place of rows."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.elisions import Elided, packed, unpacked
from events.ledger import Ledger
from events.log_file import INSERT_ELIDED, INSERT_ORIGIN, SCHEMA_VERSION
from events.proofs import Misplaced, Subtree, Tree, leaf
from events.reading import PAGE, ReadOnlyLog
from tests.events.old_logs import schema_1
from tests.events.test_chain import facts, rows


def leaves(count: int) -> list[bytes]:
    """So many leaves."""
    return [leaf(b"%d" % number) for number in range(count)]


def part(given: list[bytes], start: int, stop: int) -> Tree:
    """The part of a tree over some of its leaves."""
    tree = Tree(start)
    tree.add(given[start:stop])
    return tree


@given(st.integers(0, 400), st.lists(st.tuples(st.integers(0, 400), st.booleans()), max_size=8))
def test_root_is_the_same_with_subtrees_in_place_of_leaves(count: int, cuts: list[tuple[int, bool]]) -> None:
    """However a row of leaves is cut, and whichever pieces come as subtrees, the root is that of the leaves."""
    given_leaves, whole, tree, start = leaves(count), Tree(), Tree(), 0
    whole.add(given_leaves)
    for stop, is_elided in [*sorted(cuts), (count, False)]:
        stop = min(stop, count)
        if is_elided:
            tree.graft(part(given_leaves, start, stop).subtrees())
        else:
            tree.add(given_leaves[start:stop])
        start = stop
    assert (tree.root(), tree.size) == (whole.root(), count)


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 200))
def test_parts_join_to_the_same_subtrees(start: int, first: int, second: int) -> None:
    """Two parts side by side give the subtrees of both together, each as large as can be and where it may stand."""
    middle, stop = start + first, start + first + second
    given_leaves = leaves(stop)
    joined = Tree(start)
    joined.graft(part(given_leaves, start, middle).subtrees())
    joined.graft(part(given_leaves, middle, stop).subtrees())
    whole = part(given_leaves, start, stop).subtrees()
    assert joined.subtrees() == whole
    place = start
    for width, _ in whole:
        assert place % width == 0
        place += width
    assert place == stop
    assert unpacked(packed(whole)) == whole
    assert Elided(start + 1, stop, whole).is_whole == (stop > start)


@pytest.mark.parametrize("width", [0, -1, 3, 4])
def test_subtree_that_cannot_stand_there_is_refused(width: int) -> None:
    """Subtrees are over powers of two, at multiples of their width."""
    tree = Tree()
    tree.add(leaves(2))
    with pytest.raises(Misplaced, match="cannot begin at leaf 2"):
        tree.graft([Subtree(width, bytes(32))])


@pytest.mark.parametrize("body", [b"x", bytes(34), b"\xff" + bytes(32), "text", None, 7])
def test_what_was_never_packed_is_no_subtrees(body: object) -> None:
    """Whatever somebody puts in the place of subtrees is read as none, which no range of positions fits."""
    assert unpacked(body) == ()
    assert not Elided(1, 1, unpacked(body)).is_whole


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log of the test lies."""
    return tmp_path / "log.db"


def test_ranges_are_read_as_they_were_written(path: Path) -> None:
    """All ranges come in order, page by page, or those between two positions; the events they stand for are counted."""
    Ledger(path).close()
    ranges = [Elided(3 * n + 1, 3 * n + 2, (Subtree(2, bytes(32)),)) for n in range(PAGE + 5)]
    database = sqlite3.connect(path)
    with database:
        database.executemany(INSERT_ELIDED, [one.row for one in ranges])
        database.execute(INSERT_ORIGIN, ('{"kind": "archive"}',))
    database.close()
    with ReadOnlyLog(path) as log:
        assert list(log.elided()) == ranges
        assert list(log.elided(4, 10)) == ranges[2:4]
        assert log.elided_events() == 2 * len(ranges)
        assert log.origin() == '{"kind": "archive"}'


@pytest.mark.parametrize("schema", [1, 2])
def test_older_logs_get_what_they_lack(path: Path, schema: int) -> None:
    """A log of an older form is read as it is, without ranges; a daemon that opens it brings it to today's."""
    schema_1(path, facts("a", 3))
    if schema == 2:
        database = sqlite3.connect(path)
        database.execute("ALTER TABLE stored_events ADD COLUMN chain BLOB")
        database.execute("PRAGMA user_version=2")
        database.close()
    before = path.read_bytes()
    with ReadOnlyLog(path) as log:
        assert (log.schema, list(log.elided()), log.elided_events(), log.origin()) == (schema, [], 0, None)
    assert path.read_bytes() == before
    ledger = Ledger(path)
    ledger.commit(facts("a", 1, 4))
    ledger.close()
    with ReadOnlyLog(path) as log:
        assert (log.schema, log.elided_events(), len(log.stream("a"))) == (SCHEMA_VERSION, 0, 4)
    assert [row[-1] is None for row in rows(path)] == [True] * 3 + [False]


def test_log_that_is_held_still_does_not_move(path: Path) -> None:
    """What is appended after the first question is not seen until the reader lets go."""
    ledger = Ledger(path)
    ledger.commit(facts("a", 3))
    with ReadOnlyLog(path) as log:
        with log.still():
            assert log.position() == 3
            ledger.commit(facts("b", 2))
            assert log.position() == 3
        assert log.position() == 5
    ledger.close()
