"""Random logs are found sound, and a random byte that is turned in any row is found."""

import sqlite3
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.audit.verification import Evidence, verify
from events.design import JobChanged
from events.ledger import Fact, Ledger
from tests.daemon.audit.tampering import seals_of, written

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
STREAMS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=4)
COLUMNS = ("originator_id", "originator_version", "topic", "state", "chain")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(STREAMS, min_size=1, max_size=6), max_size=8))
def test_any_log_is_sound(commits: list[list[str]]) -> None:
    """Whatever streams are appended to in whatever order and in commits of whatever size, nothing is found."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        ledger, versions = Ledger(Path(folder, "log.db")), dict[str, int]()
        for streams in commits:
            facts = []
            for stream in streams:
                versions[stream] = versions.get(stream, 0) + 1
                facts.append(Fact(stream, versions[stream], JobChanged(1, "api:test", {"Name": stream})))
            ledger.commit(facts)
        ledger.close()
        report = verify(Path(folder, "log.db"), Evidence())
        assert (report.findings, report.events) == ([], sum(map(len, commits)))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_byte_that_is_turned_is_found(data: st.DataObject) -> None:
    """One bit of one column of one row: the verification names that row, or one that does not go on from it."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        path = written(Path(folder, "log.db"), 24, (10, 20))
        saved = seals_of(path)
        position, column = data.draw(st.integers(1, 26)), data.draw(st.sampled_from(COLUMNS))
        database = sqlite3.connect(path)
        kept = database.execute(
            f"SELECT {column}, CAST({column} AS BLOB) FROM stored_events WHERE rowid=?", (position,)
        )
        value, content = kept.fetchone()
        if isinstance(value, int):
            turned: object = value ^ (1 << data.draw(st.integers(0, 62)))
        else:
            bit = data.draw(st.integers(0, 8 * len(content) - 1))
            changed = bytearray(content)
            changed[bit // 8] ^= 1 << bit % 8
            turned = bytes(changed)
        as_text = isinstance(value, str)
        try:
            with database:
                database.execute(
                    f"UPDATE stored_events SET {column}={'CAST(? AS TEXT)' if as_text else '?'} WHERE rowid=?",
                    (turned, position),
                )
        except sqlite3.IntegrityError:
            return  # that version of the stream is there already: SQLite itself does not take it
        finally:
            database.close()
        report = verify(path, Evidence(saved))
        assert report.findings
        assert position in [finding.position for finding in report.findings]
