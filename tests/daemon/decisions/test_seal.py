"""Seals are taken one after the other, and come back from the rows."""

from pathlib import Path

import msgspec
import pytest

from daemon.seal_commands import SealLog
from events.seals import LogSealed, NoSeal, Seal, document, from_document
from events.vocabulary import SEAL_STREAM
from projections.rebuild import catch_up
from projections.store import ViewStore
from tests.daemon.decisions.specification import Specification

ROOT = "ab" * 32


def seal(spec: Specification, first: int, last: int, previous: str = "") -> Seal:
    """Has a range sealed."""
    answer: Seal = spec.when(SealLog, LogSealed(spec.at, "daemon", first, last, 1, 1, ROOT, previous)).answer
    return answer


def test_seals_follow_each_other() -> None:
    """Each seal begins where the one before it ended and names that one; so the newest stands for all."""
    spec = Specification("T1: -> A")
    first = seal(spec, 1, 3)
    assert (first.number, first.first, first.last, first.previous) == (1, 1, 3, "")
    second = seal(spec, 4, 4, first.hash)
    assert spec.standing.seal == second
    assert (second.number, second.previous) == (2, first.hash)
    assert [fact.stream for fact in spec.facts] == [SEAL_STREAM]


def test_seal_that_came_too_late_is_refused() -> None:
    """A range that does not continue the newest seal, names another one, or holds nothing is refused."""
    spec = Specification("T1: -> A")
    spec.then_refused("InvalidInputException", "from position 1 on", SealLog, LogSealed(1, "daemon", 2, 3, 2, 2, ROOT))
    first = seal(spec, 1, 3)
    late = LogSealed(1, "daemon", 1, 3, 3, 3, ROOT)
    spec.then_refused("InvalidInputException", "from position 4 on", SealLog, late)
    stranger = LogSealed(1, "daemon", 4, 4, 1, 1, ROOT, "00" * 32)
    spec.then_refused("InvalidInputException", "does not continue", SealLog, stranger)
    empty = LogSealed(1, "daemon", 4, 3, 0, 0, ROOT, first.hash)
    spec.then_refused("InvalidInputException", "seals nothing", SealLog, empty)


def test_newest_seal_is_a_row(tmp_path: Path) -> None:
    """A start takes the newest seal from the rows and does not read the log for it."""
    spec = Specification("T1: -> A")
    views = ViewStore(tmp_path / "views.db")
    first = seal(spec, 1, 3)
    newest = seal(spec, 4, 4, first.hash)
    catch_up(spec.log, views)
    assert newest in views.definitions()
    assert catch_up(spec.log, views).seal == newest
    views.close()


def test_document_is_read_again() -> None:
    """A seal comes back from the document in which it is kept elsewhere, to the millisecond."""
    spec = Specification("T1: -> A")
    first = seal(spec, 1, 3)
    assert from_document(msgspec.json.encode(document(first))) == first


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"last": 4}, "its own hash does not fit"),
        ({"format": "reglue.seal/9"}, "its format is 'reglue.seal/9'"),
        ({"root": 7}, "not the JSON of a seal"),
    ],
)
def test_document_that_is_no_seal_is_refused(change: dict[str, object], reason: str) -> None:
    """A document that was changed, or is none of a seal, is refused with the reason."""
    first = seal(Specification("T1: -> A"), 1, 3)
    with pytest.raises(NoSeal, match=reason):
        from_document(msgspec.json.encode(document(first) | change))
    with pytest.raises(NoSeal, match="not the JSON of a seal"):
        from_document(b"\xff")
