"""Any log comes back from a file as it was: each row, each proof, and the same file once more."""

import json
import sqlite3
import tempfile
from itertools import count
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from daemon.audit.verification import Evidence, verify
from daemon.state_files import LOG_FILE
from events.copying import LogCopy
from events.design import JobChanged
from events.ledger import Fact, Ledger
from events.proofs import StoredRow
from tests.daemon.audit.tampering import elide, import_from_archive, rows_of, seals_of, written
from tests.daemon.exports.files import SEALED_EVENTS, exported, imported, sealed_log
from tests.events.old_logs import schema_1

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
ENDINGS = (".jsonl", ".jsonl.gz", ".jsonl.zst", ".parquet")
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
BODIES = st.binary(max_size=12) | st.builds(
    lambda value: msgspec.json.encode({"at": value, "by": "x"}), st.integers(-(2**63), 2**63 - 1)
)
CHAINS = st.none() | st.binary(max_size=17)
Rows = list[tuple[int, str, int, str, bytes, bytes | None]]


def there_and_back(folder: Path, ending: str, is_anyway: bool = False) -> tuple[Rows, Rows]:
    """The rows of the log in a folder, and those of its import; both give the same file."""
    file, again = folder / f"a{ending}", folder / f"b{ending}"
    exported(folder / "state", file)
    imported(file, folder / "copy", is_anyway)
    exported(folder / "copy", again)
    assert file.read_bytes() == again.read_bytes()
    return rows_of(folder / "state" / LOG_FILE), rows_of(folder / "copy" / LOG_FILE)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(NAMES, min_size=1, max_size=6), max_size=6), st.sampled_from(ENDINGS))
def test_any_log_comes_back(commits: list[list[str]], ending: str) -> None:
    """Whatever was appended to whatever streams, the import has the same rows and is sound."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as name:
        folder, versions = Path(name), dict[str, int]()
        (folder / "state").mkdir()
        ledger = Ledger(folder / "state" / LOG_FILE)
        for streams in commits:
            facts = []
            for stream in streams:
                versions[stream] = versions.get(stream, 0) + 1
                facts.append(Fact(stream, versions[stream], JobChanged(1, "api:test", {"Name": stream})))
            ledger.commit(facts)
        ledger.close()
        before, after = there_and_back(folder, ending)
        assert after == before
        assert verify(folder / "copy" / LOG_FILE, Evidence()).findings == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(NAMES, NAMES, BODIES, CHAINS), max_size=6), st.sampled_from((".jsonl", ".parquet")))
def test_any_row_comes_back(rows: list[tuple[str, str, bytes, bytes | None]], ending: str) -> None:
    """Rows that reglue would never write come back byte for byte as well: bodies that are no JSON, or no text."""
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as name:
        folder, places = Path(name), count(1)
        (folder / "state").mkdir()
        with LogCopy(folder / "state" / LOG_FILE) as log:
            for stream, topic, body, chain in rows:
                place = next(places)
                log.add([StoredRow(place, stream.encode(), place, topic.encode(), body, chain)])
            log.finish(len(rows))
        before, after = there_and_back(folder, ending, is_anyway=True)
        assert after == before


@pytest.mark.parametrize("ending", ENDINGS)
def test_seals_hold_after_the_import(tmp_path: Path, ending: str) -> None:
    """A seal that was kept of the original proves the import."""
    state = sealed_log(tmp_path / "state")
    there_and_back(tmp_path, ending)
    report = verify(tmp_path / "copy" / LOG_FILE, Evidence(seals_of(state / LOG_FILE)))
    assert (report.findings, report.events, report.saved_to) == ([], SEALED_EVENTS, 60)


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
def test_hashes_come_back(tmp_path: Path, ending: str) -> None:
    """What stands as hashes in an archive stands as hashes in its file, and in the import of that."""
    (tmp_path / "state").mkdir()
    log = written(tmp_path / "state" / LOG_FILE, 58)
    others = [row[0] for row in rows_of(log) if row[1] not in ("job:J0", "seal") and row[0] <= 60]
    for position in others:
        elide(log, position, position)
    import_from_archive(log)
    database = sqlite3.connect(log)
    with database:
        header = '{"format":"reglue.log/1","kind":"archive","log":"a","first":1,"last":2,"given":2}'
        database.execute("UPDATE origin SET document = ?", (header,))
    database.close()
    before, after = there_and_back(tmp_path, ending)
    assert after == before
    report = verify(tmp_path / "copy" / LOG_FILE, Evidence())
    assert (report.findings, report.elided, report.is_archive) == ([], len(others), True)


def test_log_without_chains_comes_back(tmp_path: Path) -> None:
    """The events of a log of an old schema have no chain after the import either."""
    (tmp_path / "state").mkdir()
    facts = [Fact("job:J", version, JobChanged(1, "api:test", {})) for version in (1, 2, 3)]
    schema_1(tmp_path / "state" / LOG_FILE, facts)
    exported(tmp_path / "state", tmp_path / "a.jsonl")
    done = imported(tmp_path / "a.jsonl", tmp_path / "copy")
    assert (done.is_kept, done.report.unchained) == (True, 3)


def test_events_that_were_cut_off_are_missed_in_the_import_too(tmp_path: Path) -> None:
    """How many positions were ever given comes along: that the newest events were removed shows there as here."""
    log = sealed_log(tmp_path / "state") / LOG_FILE
    database = sqlite3.connect(log)
    with database:
        database.execute("DELETE FROM stored_events WHERE rowid > 61")
    database.close()
    exported(tmp_path / "state", tmp_path / "a.jsonl")
    done = imported(tmp_path / "a.jsonl", tmp_path / "copy")
    assert ([found.kind for found in done.report.findings], done.is_kept) == (["removed"], False)


def test_export_up_to_a_position(tmp_path: Path) -> None:
    """It holds the log as it was then, and nothing is missed in it."""
    sealed_log(tmp_path / "state")
    assert exported(tmp_path / "state", tmp_path / "a.jsonl", until=45).events == 45
    done = imported(tmp_path / "a.jsonl", tmp_path / "copy")
    assert (done.report.findings, done.report.position) == ([], 45)


def test_both_formats_say_the_same(tmp_path: Path) -> None:
    """Each line is JSON with the body as it is stored; Parquet has the same in columns, with time and principal
    beside it; the ends have the same hash."""
    written(tmp_path / LOG_FILE)
    exported(tmp_path, tmp_path / "a.jsonl")
    exported(tmp_path, tmp_path / "a.parquet")
    header, *events, end = [json.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    table = parquet.read_table(tmp_path / "a.parquet")
    metadata = parquet.read_metadata(tmp_path / "a.parquet").metadata
    assert json.loads(metadata[b"reglue.header"]) == header
    assert json.loads(metadata[b"reglue.end"]) == end["end"]
    rows = table.to_pylist()
    assert [row["position"] for row in rows] == [event["position"] for event in events]
    first, row = events[0], rows[0]
    assert list(first) == ["position", "stream", "version", "type", "chain", "payload"]
    assert (row["stream"], row["version"], row["type"]) == (first["stream"], first["version"], first["type"])
    assert (json.loads(row["payload"]), row["chain"].hex()) == (first["payload"], first["chain"])
    assert (row["at"].timestamp() * 1000, row["by"]) == (first["payload"]["at"], first["payload"]["by"])
    assert table.to_pandas()["by"].nunique() == len({event["payload"]["by"] for event in events})


def test_row_groups_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parquet is written a row group at a time, whatever the log's size."""
    monkeypatch.setattr("daemon.exports.parquet.GROUP_ROWS", 20)
    monkeypatch.setattr("daemon.exports.parquet.ROWS_AT_ONCE", 10)
    monkeypatch.setattr("daemon.exports.exporting.ROWS_AT_ONCE", 10)
    sealed_log(tmp_path / "state")
    there_and_back(tmp_path, ".parquet")
    metadata = parquet.read_metadata(tmp_path / "a.parquet")
    assert [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)] == [20, 20, 20, 3]
