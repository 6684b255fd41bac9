"""Archives: runs by themselves, with all that is needed to read them and to verify them."""

import random
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.audit.replaying import graph_at, moment_in
from daemon.audit.verification import Evidence, verify
from daemon.exports.archiving import runs_of, write_archive
from daemon.exports.content import CannotExport
from daemon.exports.exporting import Exported
from daemon.exports.importing import read_back
from daemon.state_files import LOG_FILE
from events.ledger import Fact, Ledger
from events.reading import ReadOnlyLog
from events.seals import Seal
from events.vocabulary import SEAL_STREAM, is_run_stream
from projections.checkpoints import pack
from tests.daemon.audit.kept_logs import repaired
from tests.daemon.audit.tampering import event_of, put, rechain, remove, rows_of, seal, seals_of
from tests.daemon.decisions.specification import Specification
from tests.daemon.exports.files import exported, imported, to, unheard

IN_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


def sealed_story(spec: Specification, directory: Path, sealed_after: set[int]) -> Path:
    """A log of what a specification recorded, sealed after so many events of it. Each seal comes a little late, as it
    does where events are appended while a range is hashed."""
    ledger, before = Ledger(directory / LOG_FILE), None
    waiting: Seal | None = None
    for number, one in enumerate(spec.log.after(0), 1):
        last = ledger.commit([Fact(one.stream, one.version, one.event)])
        if waiting is not None:
            last = ledger.commit([Fact(SEAL_STREAM, waiting.number, event_of(waiting))])
            before, waiting = waiting, None
        if number in sealed_after:
            waiting = seal(directory / LOG_FILE, before, last)
    ledger.close()
    return directory


def archived(directory: Path, runs: list[str], file: Path) -> Exported:
    """An archive of runs of the log of a state directory."""
    with ReadOnlyLog(directory / LOG_FILE) as log:
        return write_archive(log, runs, to(file), unheard)


def graph_in(directory: Path, run: str) -> bytes:
    """The graph of a run, as bytes."""
    with ReadOnlyLog(directory / LOG_FILE) as log:
        return pack(graph_at(log, run, moment_in(log, None, None)))


def runs_in(directory: Path) -> list[str]:
    """The streams of the runs of a log, in the order in which they began."""
    return list(dict.fromkeys(row[1] for row in rows_of(directory / LOG_FILE) if is_run_stream(row[1])))


def rename(path: Path, position: int) -> None:
    """Makes an event be of another trigger."""
    put(
        path, [(*row[:4], row[4].replace(b"T1", b"T2"), row[5]) if row[0] == position else row for row in rows_of(path)]
    )


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".parquet"])
def test_archive_verifies_and_serves(tmp_path: Path, ending: str) -> None:
    """The import of an archive of a resumed run fits the seals of the original, and gives the same graph: the run it
    was resumed from came along. Its own export is the same file."""
    (tmp_path / "state").mkdir()
    state = sealed_story(repaired(), tmp_path / "state", {12, 20, 30})
    first, resumed, other = runs_in(state)
    file, new = tmp_path / f"a{ending}", tmp_path / "new"
    written = archived(state, [resumed], file)
    assert imported(file, new).is_kept
    report = verify(new / LOG_FILE, Evidence(seals_of(state / LOG_FILE)))
    assert (report.findings, report.saved_to) == ([], seals_of(state / LOG_FILE)[-1].last)
    assert (report.events, report.elided) == (written.events, written.elided)
    assert runs_in(new) == [first, resumed]
    assert graph_in(new, resumed) == graph_in(state, resumed)
    again = tmp_path / f"b{ending}"
    exported(new, again)
    assert again.read_bytes() == file.read_bytes()
    assert other not in runs_in(new)


@settings(max_examples=30, deadline=None)
@given(st.sets(st.integers(1, 60)), st.integers(0, 2**32), st.integers(1, 4))
def test_any_cut_is_sound(sealed_after: set[int], seed: int, count: int) -> None:
    """Whatever was sealed and whichever runs are chosen, the archive verifies: by itself, and by the original's seals;
    its rows are the original's, and nothing is missed in it."""
    spec = repaired()
    spec.start().ends("A", "FAILED")
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        state = sealed_story(spec, Path(folder), sealed_after)
        runs = runs_in(state)
        chosen = random.Random(seed).sample(runs, min(count, len(runs)))
        written = archived(state, chosen, Path(folder, "a.jsonl"))
        found = read_back(Path(folder, "a.jsonl"), unheard)
        assert (found.report.findings, found.report.more, found.sha256) == ([], 0, written.sha256)
        assert found.report.sealed_to == max((one.last for one in seals_of(state / LOG_FILE)), default=0)
        imported(Path(folder, "a.jsonl"), Path(folder, "new"))
        rows = rows_of(Path(folder, "new", LOG_FILE))
        assert set(rows) <= set(rows_of(state / LOG_FILE))
        assert {row[1] for row in rows} >= set(chosen)


def test_archive_of_an_archive(tmp_path: Path) -> None:
    """Some runs of what was imported from an archive give an archive again, from its hashes and rows."""
    (tmp_path / "state").mkdir()
    state = sealed_story(repaired(), tmp_path / "state", {12, 20, 30})
    first, resumed, _ = runs_in(state)
    archived(state, [first, resumed], tmp_path / "a.jsonl")
    imported(tmp_path / "a.jsonl", tmp_path / "new")
    archived(tmp_path / "new", [first], tmp_path / "b.jsonl")
    archived(state, [first], tmp_path / "c.jsonl")
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "c.jsonl").read_bytes()


@pytest.mark.parametrize("spoil", [rename, remove])
def test_what_is_not_sound_is_not_archived(tmp_path: Path, spoil: Callable[[Path, int], None]) -> None:
    """An event that does not fit its seal, or one that is gone, makes an archive impossible, whatever stream it was of
    and even if somebody made the chains anew; no file is left."""
    state = sealed_story(Specification("T1: -> A").start().ends("A").start(), tmp_path, {8})
    spoil(state / LOG_FILE, next(row[0] for row in rows_of(state / LOG_FILE) if row[1] == "trigger:T1"))
    rechain(state / LOG_FILE)
    with pytest.raises(CannotExport, match="reglue audit verify"):
        archived(state, runs_in(state)[-1:], tmp_path / "a.jsonl")
    assert not list(tmp_path.glob("a.jsonl*"))


def test_runs_that_are_not_there(tmp_path: Path) -> None:
    """A run that the log does not hold is named."""
    state = sealed_story(repaired(), tmp_path, set())
    with pytest.raises(CannotExport, match="The log holds no run wr_00"):
        archived(state, ["wr_00"], tmp_path / "a.jsonl")


def test_runs_of_a_workflow(tmp_path: Path) -> None:
    """They are found in the order in which they began, resumes among them."""
    state = sealed_story(repaired(), tmp_path, set())
    with ReadOnlyLog(state / LOG_FILE) as log:
        assert runs_of(log, "W", unheard) == (runs_in(state), 0)
        assert runs_of(log, "V", unheard) == ([], 0)
