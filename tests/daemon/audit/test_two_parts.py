"""A log gives the same report in one part and in two, whatever was done to it."""

import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.audit.chains import Followed
from daemon.audit.findings import Report
from daemon.audit.verification import Evidence, verify
from events.archives import RunArchived
from events.catalogue import STORED_NAMES
from events.design import JobChanged
from events.elisions import Elided
from events.ledger import Fact, Ledger
from events.log_file import INSERT_ELIDED
from events.proofs import UNCHAINED, Subtree, framed, link
from tests.daemon.audit import tampering
from tests.daemon.audit.archived_logs import repaired
from tests.daemon.audit.tampering import elide, fact, import_from_archive, rechain, reseal, rows_of, seals_of, written
from tests.daemon.audit.two_parts import cut_short

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
NEWEST = 63
CUT = 41
PLACES = st.integers(1, NEWEST)
Damage = Callable[[Path, int, int], None]


def reports(path: Path, evidence: Evidence, rows: int = 2_000) -> tuple[Report, Report, Report]:
    """What is said of a log in one part, in two parts by one, and in two parts by two."""
    whole = verify(path, evidence)
    with cut_short(rows):
        both = verify(path, evidence, processors=1), verify(path, evidence, processors=2)
    first, second, third = (msgspec.structs.replace(report, seconds=0) for report in (whole, *both))
    return first, second, third


def _run(path: Path, statement: str, *values: object) -> None:
    database = sqlite3.connect(path)
    try:
        with database:
            database.execute(statement, values)
    except sqlite3.IntegrityError:
        pass  # SQLite itself does not take it: the log stays as it is
    finally:
        database.close()


def _set(column: str, value: object) -> Damage:
    return lambda path, place, other: _run(path, f"UPDATE stored_events SET {column}=? WHERE rowid=?", value, place)


def _move(path: Path, place: int, other: int) -> None:
    """To a place that no row has, at the end, before the beginning, or where one was."""
    _run(path, "UPDATE stored_events SET rowid=? WHERE rowid=?", {1: -1, 2: 10**12, 3: 70}.get(other, other), place)


def _swap(path: Path, place: int, other: int) -> None:
    for old, new in ((place, 0), (other, place), (0, other)):
        _run(path, "UPDATE stored_events SET rowid=? WHERE rowid=?", new, old)


def _twin(path: Path, place: int, other: int) -> None:
    """A row with the name of its stream in other letters to SQLite, and in the same to us."""
    columns = "originator_version, topic, state, chain"
    of_it = f"SELECT 70, CAST(originator_id AS BLOB), {columns} FROM stored_events WHERE rowid=?"
    _run(path, f"INSERT INTO stored_events (rowid, originator_id, {columns}) {of_it}", place)


def _begin_again(path: Path, place: int, other: int) -> None:
    """A stream that is there begins anew at the end, with a chain as of a new one."""
    row = next((row for row in rows_of(path) if row[0] == place and isinstance(row[1], str)), None)
    after = max(row[0] for row in rows_of(path)) + 1
    if row is not None:
        stream, topic, state = row[1].encode(), STORED_NAMES[JobChanged].encode(), b"{}"
        chain = link(UNCHAINED, framed((after, 1), stream, topic, state))
        columns = "rowid, originator_id, originator_version, topic, state, chain"
        statement = f"INSERT INTO stored_events ({columns}) VALUES (?, ?, 1, ?, ?, ?)"
        _run(path, statement, after, stream, topic.decode(), state, chain)


def _elide_badly(path: Path, place: int, other: int) -> None:
    first, last = sorted((place, other))
    _run(path, INSERT_ELIDED, *Elided(first, last, (Subtree(1, bytes(32)),) * (last - first + 1)).row)


def _elide_well(path: Path, place: int, other: int) -> None:
    of_it = next((seal for seal in seals_of(path) if seal.first <= place <= seal.last), None)
    if of_it is not None and {row[0] for row in rows_of(path)} >= set(range(of_it.first, of_it.last + 1)):
        elide(path, place, min(place + other % 4, of_it.last))


MILD: dict[str, Damage] = {
    "changed": lambda path, place, other: tampering.change(path, place),
    "removed": lambda path, place, other: tampering.remove(path, place),
    "removed and closed": lambda path, place, other: tampering.remove_and_close_the_gap(path, place),
    "inserted": lambda path, place, other: tampering.insert(path, place),
    "reordered": lambda path, place, other: tampering.reorder(path, place),
    "elided": _elide_well,
}
HARSH: dict[str, Damage] = {
    "gone": lambda path, place, other: _run(path, "DELETE FROM stored_events WHERE rowid=?", place),
    "gone from there on": lambda path, place, other: _run(path, "DELETE FROM stored_events WHERE rowid>?", place),
    "moved": _move,
    "swapped": _swap,
    "version": lambda path, place, other: _set("originator_version", other)(path, place, other),
    "odd version": _set("originator_version", "one"),
    "negative version": _set("originator_version", -1),
    "other stream": _set("originator_id", "job:J1"),
    "state of text": _set("state", "text"),
    "number": _set("state", 5),
    "topic": _set("topic", STORED_NAMES[RunArchived]),
    "no chain": _set("chain", None),
    "other chain": _set("chain", bytes(16)),
    "no chains so far": lambda path, place, other: _run(
        path, "UPDATE stored_events SET chain=NULL WHERE rowid<=?", place
    ),
    "twin": _twin,
    "begun again": _begin_again,
    "elided badly": _elide_badly,
    "from an archive": lambda path, place, other: import_from_archive(path),
    "no count": lambda path, place, other: _run(path, "DELETE FROM sqlite_sequence"),
}
STEPS = st.tuples(PLACES, PLACES)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_damaged_log_gives_the_same_report(data: st.DataObject) -> None:
    """Whatever was done to a log, made anew or not: two parts say what one says, and so with seals that were saved."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        path = written(Path(folder, "log.db"))
        saved = seals_of(path)
        for way in data.draw(st.lists(st.sampled_from(list(MILD)), max_size=2, unique=True)):
            place = data.draw(st.sampled_from([row[0] for row in rows_of(path)]))
            MILD[way](path, place, data.draw(PLACES))
        data.draw(st.sampled_from([lambda path: None, lambda path: None, rechain, reseal]))(path)
        for way in data.draw(st.lists(st.sampled_from(list(HARSH)), max_size=2, unique=True)):
            HARSH[way](path, *data.draw(STEPS))
        rows = data.draw(st.sampled_from([1, 3, 7, 2_000]))
        evidence = Evidence(data.draw(st.sampled_from([(), saved, saved[:1]])))
        whole, alone, shared = reports(path, evidence, rows)
        assert shared == alone
        if rows == 2_000:
            assert shared == whole


@pytest.mark.parametrize("way", [*MILD, *HARSH])
@pytest.mark.parametrize("place", [1, CUT - 1, CUT, CUT + 1, CUT + 2, NEWEST])
def test_damage_at_the_cut_is_named_as_ever(tmp_path: Path, way: str, place: int) -> None:
    """At either side of the cut, and far from it, each kind of damage gives the same report."""
    path = written(tmp_path / "log.db")
    ({**MILD, **HARSH})[way](path, place, 60)
    whole, alone, shared = reports(path, Evidence())
    assert whole == alone == shared


def test_second_part_of_a_sound_log_is_not_read_again(tmp_path: Path) -> None:
    """Where nothing is found, whoever reads the first part ends at the cut; all events and seals are in the report."""
    path, told = written(tmp_path / "log.db"), list[tuple[int, int]]()
    with cut_short(10):
        report = verify(path, Evidence(), lambda *at: told.append(at), processors=2)
    assert report.is_sound
    assert (report.events, report.sealed_to, report.seals) == (NEWEST, 60, 3)
    assert told == [(at, NEWEST) for at in (10, 20, 30, 40, 41, 51, 61, 63, 63)]
    whole, _, shared = reports(path, Evidence())
    assert whole == shared


def test_damage_in_the_first_part_leaves_the_second_to_the_other(tmp_path: Path) -> None:
    """What is wrong before the cut does not have the rest read again: each stream goes on there as it stands."""
    path, said = written(tmp_path / "log.db"), list[int]()
    tampering.change(path, 5)
    with cut_short(10):
        report = verify(path, Evidence(), lambda at, end: said.append(at), processors=2)
    assert [finding.position for finding in report.findings] == [5, 1]
    assert said[-1] == said[-2] == NEWEST
    whole, _, shared = reports(path, Evidence())
    assert whole == shared


def test_log_that_runs_were_archived_out_of_is_cut_as_well(tmp_path: Path) -> None:
    """Hashes in place of rows, and stubs of runs, on both sides of the cut: the same report, and sound."""
    log = repaired(tmp_path / "log.db")
    log.archive(log.spec.run)
    log.seal_all()
    path = log.close()
    whole, alone, shared = reports(path, Evidence(seals_of(path)))
    assert whole == alone == shared
    assert shared.is_sound
    assert shared.elided


def test_stream_of_the_first_part_cannot_begin_again_in_the_second(tmp_path: Path) -> None:
    """What looks new to whoever begins at the cut is not taken for new: the other knows the stream."""
    path = tmp_path / "log.db"
    ledger = Ledger(path)
    ledger.commit([Fact("job:Once", 1, JobChanged(1, "api:test", {})), *map(fact, range(40))])
    ledger.close()
    _begin_again(path, 1, 0)
    whole, alone, shared = reports(path, Evidence())
    assert whole == alone == shared
    assert [(finding.kind, finding.position) for finding in shared.findings] == [("reordered", 42)]


def test_streams_that_go_on_past_the_cut_are_told(tmp_path: Path) -> None:
    """A part that begins in the middle says what its streams were taken to go on; another state of them is refused."""
    path = written(tmp_path / "log.db")
    told: list[Followed] = []
    with cut_short(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("daemon.audit.verification.Chains.join", lambda chains, rest: told.append(rest))
        report = verify(path, Evidence(), processors=2)
    assert report.is_sound
    assert {stream for stream, _, _ in told[0].went_on} == {b"job:J0", b"job:J1", b"job:J2", b"job:J3", b"seal"}
    assert all(version > 0 for _, version, _ in told[0].went_on)
