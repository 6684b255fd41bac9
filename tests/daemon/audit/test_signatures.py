"""Signatures: who writes everything anew, seals included, is found by what only the key's holder can make."""

from pathlib import Path

import msgspec
import pytest

from daemon.audit.verification import Evidence, verify
from daemon.keys import public_key, signing_key
from events.catalogue import encode
from events.ledger import Fact, Ledger
from events.seals import Seal
from events.vocabulary import SEAL_STREAM
from tests.daemon.audit import tampering
from tests.daemon.audit.tampering import event_of, fact, reseal, seal
from tests.daemon.key_files import key_files


def signed_log(path: Path, private: Path, unsigned: int = 0) -> Path:
    """A log of three seals, signed but for the first ones."""
    ledger, key = Ledger(path), signing_key(private)
    newest: Seal | None = None
    for number in range(30):
        last = ledger.commit([fact(number)])
        if number % 10 == 9:
            newest = seal(path, newest, last)
            if newest.number > unsigned:
                newest = msgspec.structs.replace(newest, key_id=key.key_id)
                newest = msgspec.structs.replace(newest, signature=key.sign(newest.text.encode()).hex())
            ledger.commit([Fact(SEAL_STREAM, newest.number, event_of(newest))])
    ledger.close()
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log of the test lies."""
    return tmp_path / "log.db"


def test_signed_log_is_sound(path: Path, tmp_path: Path) -> None:
    """Good signatures prove the log up to the newest signed seal, also where the first seals came before the key."""
    private, public = key_files(tmp_path)
    for unsigned in (0, 1):
        path.unlink(missing_ok=True)
        report = verify(signed_log(path, private, unsigned), Evidence(keys=[public_key(public)]))
        assert (report.findings, report.signed_to) == ([], 32)


def test_seals_made_anew_lack_the_signature(path: Path, tmp_path: Path) -> None:
    """Chains and seals that were made anew pass without a key, and are found with it, from the first of them on."""
    private, public = key_files(tmp_path)
    signed_log(path, private)
    tampering.change(path, 15)
    reseal(path)
    assert verify(path, Evidence()).is_sound
    report = verify(path, Evidence(keys=[public_key(public)]))
    assert [(finding.kind, finding.version) for finding in report.findings] == [("unsigned", 2), ("unsigned", 3)]
    assert report.signed_to == 10


def test_signatures_that_were_taken_away_are_missed(path: Path, tmp_path: Path) -> None:
    """A seal without a signature after signed ones is a finding; so is a log in which nothing is signed by the key."""
    private, public = key_files(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    signed_log(path, private)
    assert [f.kind for f in verify(path, Evidence(keys=[public_key(key_files(other)[1])])).findings] == ["unsigned"]
    rows = tampering.rows_of(path)
    last = msgspec.structs.replace(tampering.seals_of(path)[-1], key_id="", signature="")
    tampering.put(path, [(*r[:4], encode(event_of(last))[1], r[5]) if r[1:3] == (SEAL_STREAM, 3) else r for r in rows])
    tampering.rechain(path)
    found = verify(path, Evidence(keys=[public_key(public)])).findings
    assert [(finding.kind, finding.version) for finding in found] == [("unsigned", 3)]
    assert "is not signed with the key" in found[0].what
