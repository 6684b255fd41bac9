"""Every way to tamper with a log, at its beginning, in its middle and at its newest events, and what finds it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.audit.findings import Report
from daemon.audit.verification import Evidence, verify
from tests.daemon.audit import tampering
from tests.daemon.audit.tampering import EVENTS, SEALED_AT, rechain, reseal, seals_of, written

Tamper = Callable[[Path, int], None]
NEWEST = EVENTS + len(SEALED_AT)
MIDDLE = 31
LAST_SEALED = 59
"""The newest position that a seal speaks for; the two events after that seal's own are only chained."""

WAYS: dict[str, Tamper] = {
    "changed": tampering.change,
    "removed": tampering.remove,
    "inserted": tampering.insert,
    "reordered": tampering.reorder,
}
KINDS = pytest.mark.parametrize("kind", WAYS)
PLACES = pytest.mark.parametrize("position", [1, 2, MIDDLE, LAST_SEALED, NEWEST], ids=lambda place: f"at-{place}")
SEALED_PLACES = pytest.mark.parametrize("position", [1, 2, MIDDLE, LAST_SEALED], ids=lambda place: f"at-{place}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A sound log with three seals."""
    return written(tmp_path / "log.db")


def kinds(report: Report) -> set[str]:
    """The kinds of all findings."""
    return {finding.kind for finding in report.findings}


def test_sound_log_is_found_sound(path: Path) -> None:
    """Nothing is found in a log that was left alone, alone or by a seal that was saved."""
    report = verify(path, Evidence(seals_of(path)))
    assert report.findings == []
    assert (report.events, report.position, report.seals, report.unchained) == (NEWEST, NEWEST, 3, 0)
    assert report.sealed_to == report.saved_to == LAST_SEALED + 1


@KINDS
@PLACES
def test_tampering_with_rows_is_found_and_named(path: Path, kind: str, position: int) -> None:
    """Who only changes rows is found by the chain, wherever it was, and each finding names the event."""
    before = tampering.rows_of(path)
    WAYS[kind](path, position)
    found = [finding for finding in verify(path, Evidence()).findings if finding.kind != "unsealed"]
    assert found
    assert {finding.kind for finding in found} <= {kind, "changed"} if kind == "inserted" else {kind}
    places = {finding.position for finding in found}
    assert places <= ({position, position - 1, position + 1} if kind == "reordered" else {position}), found
    if kind == "removed" and position < NEWEST - 4:
        assert (found[0].stream, found[0].version) == before[position - 1][1:3]


@KINDS
@SEALED_PLACES
def test_new_chains_do_not_hide_what_a_seal_speaks_for(path: Path, kind: str, position: int) -> None:
    """Who makes the chains anew is found by the seals, which name the range."""
    WAYS[kind](path, position)
    rechain(path)
    report = verify(path, Evidence())
    assert "unsealed" in kinds(report)
    assert report.sealed_to < position


@KINDS
def test_new_chains_hide_what_no_seal_speaks_for(path: Path, kind: str) -> None:
    """What came after the newest seal is only chained: with the chains made anew nothing in the log tells of it, and
    the report says up to where the seals speak."""
    WAYS[kind](path, NEWEST)
    rechain(path)
    report = verify(path, Evidence())
    assert kinds(report) <= {"removed"}  # a removal and a swap leave a version of the stream missing or out of order
    assert report.sealed_to < NEWEST


@KINDS
@SEALED_PLACES
def test_new_seals_are_found_by_a_saved_one(path: Path, kind: str, position: int) -> None:
    """Who makes chains and seals anew is found by nothing in the log, but by the newest seal kept elsewhere."""
    saved = seals_of(path)[-1]
    WAYS[kind](path, position)
    if kind == "removed":
        tampering.put(path, tampering.rows_of(path))
    reseal(path)
    assert "rewritten" in kinds(verify(path, Evidence([saved])))


def test_log_that_was_cut_off_is_found_by_a_saved_seal(path: Path) -> None:
    """Who cuts the newest events off, seals among them, and sets the table's count back, is found by a saved seal."""
    saved = seals_of(path)[-1]
    tampering.put(path, tampering.rows_of(path)[:30])
    assert verify(path, Evidence()).is_sound
    report = verify(path, Evidence([saved]))
    assert [(finding.kind, finding.position) for finding in report.findings] == [("removed", 31)]
    assert str(saved.last) in report.findings[0].what


def test_gap_that_was_closed_is_found(path: Path) -> None:
    """Who counts positions and versions anew after a removal is found by the chains of all events after it."""
    tampering.remove_and_close_the_gap(path, MIDDLE)
    found = verify(path, Evidence()).findings
    assert found
    assert all(finding.position is None or finding.position >= 21 for finding in found)


def test_chain_that_was_taken_away_is_found(path: Path) -> None:
    """An event without a chain among chained ones does not pass for one from before there were chains."""
    rows = tampering.rows_of(path)
    tampering.put(path, [(*row[:5], None if row[0] == MIDDLE else row[5]) for row in rows])
    found = verify(path, Evidence()).findings
    assert (found[0].kind, found[0].position) == ("inserted", MIDDLE)
    tampering.put(path, [(*row[:5], None if row[0] <= 25 else row[5]) for row in rows])
    assert "changed" in kinds(verify(path, Evidence()))


def test_values_that_reglue_does_not_write_are_found(path: Path) -> None:
    """A row of other types than ours is named and does not end the verification."""
    rows = tampering.rows_of(path)
    strange = [(row[0], row[1], "x", *row[3:]) if row[0] == MIDDLE else row for row in rows]
    tampering.put(path, strange)  # type: ignore[arg-type]  # on purpose
    found = verify(path, Evidence()).findings
    assert ("changed", MIDDLE) in [(finding.kind, finding.position) for finding in found]


def test_events_far_apart_that_were_swapped_are_both_named(path: Path) -> None:
    """Each of two events that changed their places says where it was written."""
    rows = {row[0]: row for row in tampering.rows_of(path)}
    rows[3], rows[50] = (3, *rows[50][1:]), (50, *rows[3][1:])
    tampering.put(path, [rows[place] for place in sorted(rows)])
    found = [finding for finding in verify(path, Evidence()).findings if finding.kind == "reordered"]
    assert {finding.position for finding in found} >= {3, 50}


def test_event_that_was_put_far_behind_is_named(path: Path) -> None:
    """An event at a position far behind says where it was written; the hole that this makes is one finding."""
    rows = {row[0]: row for row in tampering.rows_of(path)}
    moved = (100_000, *rows.pop(MIDDLE)[1:])
    tampering.put(path, [*rows.values(), moved])
    found = {(f.kind, f.position): f.what for f in verify(path, Evidence()).findings if f.kind != "unsealed"}
    assert set(found) == {("reordered", 100_000), ("removed", NEWEST + 1)}
    assert f"written at position {MIDDLE}" in found["reordered", 100_000]
    assert "to 99999 are gone" in found["removed", NEWEST + 1]


def test_newest_events_that_were_removed_are_one_finding(path: Path) -> None:
    """Several that are gone side by side are told together."""
    for position in range(NEWEST - 2, NEWEST + 1):
        tampering.remove(path, position)
    found = verify(path, Evidence()).findings
    assert [(finding.kind, finding.position) for finding in found] == [("removed", NEWEST - 2)]
    assert f"from position {NEWEST - 2} to {NEWEST} are gone" in found[0].what
