"""Logs that runs were archived out of, in files: all that is left of them, and runs that refer to archived ones."""

from pathlib import Path

import pytest

from daemon.audit.replaying import graph_at, moment_in
from daemon.audit.verification import Evidence, verify
from daemon.exports.archiving import runs_of
from daemon.exports.choosing import Chosen, export_chosen
from daemon.exports.content import CannotExport
from daemon.exports.exporting import Exported
from daemon.state_files import LOG_FILE
from events.reading import ReadOnlyLog
from tests.daemon.audit.archived_logs import ArchivedLog, repaired
from tests.daemon.audit.tampering import rows_of, seals_of
from tests.daemon.exports.files import exported, imported, to, unheard
from tests.projections.comparing import graph_values as values

ENDINGS = [".jsonl", ".parquet"]


@pytest.fixture
def log(tmp_path: Path) -> ArchivedLog:
    """A log with a run that was archived with its details, and the run that resumed it; sealed."""
    (tmp_path / "state").mkdir()
    log = repaired(tmp_path / "state" / LOG_FILE)
    first, *_ = runs_in(log)
    assert log.archive(first, carry=True).runs
    log.seal_all()
    log.close()
    return log


def runs_in(log: ArchivedLog) -> list[str]:
    """The runs that the log ever held, in the order in which they began."""
    return list(dict.fromkeys(one.stream for one in log.before if one.stream.startswith("wr_")))


def chosen(log: ArchivedLog, file: Path, choice: Chosen) -> Exported:
    """An export of what is chosen."""
    return export_chosen(log.path, choice, to(file), unheard)


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_left_comes_back(log: ArchivedLog, tmp_path: Path, ending: str) -> None:
    """The hashes that stand for archived runs come along with all else: the import is sound as a log of its own, and
    its export is the same file."""
    file, again, new = tmp_path / f"a{ending}", tmp_path / f"b{ending}", tmp_path / "new"
    written = exported(log.path.parent, file)
    assert (written.kind, written.elided > 0) == ("log", True)
    assert imported(file, new).is_kept
    assert rows_of(new / LOG_FILE) == rows_of(log.path)
    report = verify(new / LOG_FILE, Evidence(seals_of(log.path)))
    assert (report.findings, report.elided, report.is_archive) == ([], written.elided, False)
    exported(new, again)
    assert again.read_bytes() == file.read_bytes()


def test_log_from_before_its_stubs_is_an_archive(log: ArchivedLog, tmp_path: Path) -> None:
    """Up to a position before the archiving, nothing in the file could back its hashes: so it is an archive."""
    until = next(one.position for one in reversed(log.before) if one.stream in runs_in(log)[1:])
    written = exported(log.path.parent, tmp_path / "a.jsonl", until)
    assert (written.kind, written.elided > 0) == ("archive", True)
    done = imported(tmp_path / "a.jsonl", tmp_path / "new")
    assert (done.report.findings, done.report.is_archive) == ([], True)


def test_position_whose_event_was_moved(log: ArchivedLog, tmp_path: Path) -> None:
    """An export up to a position that stands as a hash ends with the event before it."""
    first = next(one.position for one in log.before if one.stream == runs_in(log)[0])
    written = chosen(log, tmp_path / "a.jsonl", Chosen(until=first + 2))
    assert (written.kind, written.last, written.elided) == ("log", first - 1, 0)
    assert imported(tmp_path / "a.jsonl", tmp_path / "new").report.findings == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_run_that_resumed_an_archived_one(log: ArchivedLog, tmp_path: Path, ending: str) -> None:
    """Its archive holds the stub of the run before, and what that needs in turn: its graph is as it was."""
    _, resumed, _ = runs_in(log)
    file, new = tmp_path / f"a{ending}", tmp_path / "new"
    chosen(log, file, Chosen(runs=(resumed,)))
    assert imported(file, new).report.findings == []
    with ReadOnlyLog(new / LOG_FILE) as copy:
        assert values(graph_at(copy, resumed, moment_in(copy, None, None))) == values(log.spec.graph(resumed))


def test_archived_runs_cannot_be_exported(log: ArchivedLog, tmp_path: Path) -> None:
    """A run whose events are elsewhere is refused with the file where they are; among those of its workflow it is
    left out, and counted."""
    first, *others = runs_in(log)
    with pytest.raises(
        CannotExport, match=f"The events of {first} were moved into old.jsonl; export that one's import"
    ):
        chosen(log, tmp_path / "a.jsonl", Chosen(runs=(first,)))
    with ReadOnlyLog(log.path) as held:
        assert runs_of(held, "W", unheard) == (others, 1)
    written = chosen(log, tmp_path / "a.jsonl", Chosen(workflows=("W",)))
    assert (written.runs, written.left_out) == (2, 1)
