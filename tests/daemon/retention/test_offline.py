"""Archives of a state directory that no daemon holds, from the plan to the rows that are left."""

import sqlite3
import tarfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from daemon.audit.rebuilding import check
from daemon.audit.verification import Evidence, verify
from daemon.engine import LOG_FILE, VIEWS_FILE
from daemon.exports.content import UnusableFile
from daemon.exports.importing import Steps, import_log
from daemon.retention.archiving import CannotArchive, Done, Options, Task, archive, archive_path, clear_up, turn
from daemon.retention.attempt_logs import LOGS, TODO, directories_of
from daemon.retention.compacting import compact
from daemon.retention.offline import Offline
from daemon.retention.planning import Chosen, Plan, plan_archive
from daemon.state_lock import StateDirectoryBusy, StateLock
from events.archives import RunArchived
from events.ledger import Fact, Ledger
from events.reading import ReadOnlyLog
from projections.rebuild import catch_up
from projections.store import ViewStore
from tests.daemon.decisions.specification import Specification
from tests.events.old_logs import schema_1


def silent(position: int, end: int) -> None:
    """Tells nobody."""


def phase(doing: str) -> Any:
    """No bar."""
    return nullcontext(silent)


def story() -> Specification:
    """Two runs of which one was repaired, and one that stays under way."""
    spec = Specification("T1: -> A\nT2: A -> B\nT3: B -> C").start().ends("A").ends("B", "FAILED")
    spec.resume("B").ends("B").ends("C")
    return spec.start().ends("A")


def facts(spec: Specification) -> list[Fact]:
    """All that happened."""
    return [Fact(one.stream, one.version, one.event) for one in spec.log.after(0)]


def kept(spec: Specification, directory: Path) -> Path:
    """A state directory that a daemon left, with what each attempt wrote."""
    ledger = Ledger(directory / LOG_FILE)
    ledger.commit(facts(spec))
    ledger.close()
    views = ViewStore(directory / VIEWS_FILE)
    with ReadOnlyLog(directory / LOG_FILE) as log:
        catch_up(log, views)
    views.close()
    for run in spec.log_runs():
        for attempts in spec.graph(run).attempts.values():
            folder = directory / "attempts" / attempts[0].id[-2:] / attempts[0].id
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "stdout.log").write_text(f"{attempts[0].id} wrote this\n")
    return directory


def planned(directory: Path, spec: Specification, *, carries: bool = False) -> Plan:
    """The plan for all that has ended."""
    with ReadOnlyLog(directory / LOG_FILE) as log:
        return plan_archive(log, Chosen(spec.at + 1, (), carries), silent)


def archived(directory: Path, spec: Specification, options: Options | None = None) -> Done:
    """Archives all that has ended."""
    with turn(directory), Offline(directory, None, "cli:ada") as keeper:
        return archive(Task(directory, planned(directory, spec), options or Options(), phase), keeper)


def stubs(directory: Path) -> dict[str, RunArchived]:
    """What is left of archived runs."""
    with ReadOnlyLog(directory / LOG_FILE) as log:
        return {one.stream: one.event for one in log.after(0) if isinstance(one.event, RunArchived)}


def test_runs_are_in_the_file_and_the_log_is_sound(tmp_path: Path) -> None:
    """All that has ended leaves into one file, which imports and verifies; log and rows are sound, and what the jobs
    wrote lies beside the file."""
    spec = story()
    directory = kept(spec, tmp_path)
    ended = spec.log_runs()[:2]
    with ReadOnlyLog(directory / LOG_FILE) as log:
        before = {run: log.bodies(run, log.position()) for run in ended}
    done = archived(directory, spec)
    assert (done.runs, done.refused, done.directories) == (2, {}, 4)
    file = Path(done.file.file or "")
    assert file == directory / "archive" / "runs-2023-11-14-2023-11-14.jsonl"
    assert {run: (stub.file, stub.digest, stub.by) for run, stub in stubs(directory).items()} == dict.fromkeys(
        ended, (file.name, done.file.sha256, "cli:ada")
    )
    report = verify(directory / LOG_FILE, Evidence())
    assert (report.findings, report.elided) == ([], done.events)
    assert check(directory).is_equal
    imported = import_log(file, tmp_path / "again", False, Steps(silent, silent))
    assert imported.report.findings == []
    with ReadOnlyLog(tmp_path / "again" / LOG_FILE) as log:
        assert {run: log.bodies(run, log.position()) for run in ended} == before
    with tarfile.open(file.with_name(file.name + LOGS)) as packed:
        names = {name for name in packed.getnames() if name.endswith("stdout.log")}
    assert len(names) == 4
    assert not list((directory / "archive").glob(f"*{TODO}"))
    with ReadOnlyLog(directory / LOG_FILE) as log:
        assert directories_of(log, directory, spec.log_runs()).keys() == {spec.log_runs()[2]}


def test_next_archive_has_another_name(tmp_path: Path) -> None:
    """A file is never written over: one of the same days gets a number."""
    spec = story()
    directory = kept(spec, tmp_path)
    plan = planned(directory, spec)
    first = archive_path(directory, plan, Options())
    first.parent.mkdir()
    first.touch()
    assert archive_path(directory, plan, Options()).name == "runs-2023-11-14-2023-11-14-2.jsonl"
    assert archive_path(directory, plan, Options(format="parquet")).suffix == ".parquet"
    assert archive_path(directory, plan, Options(to=tmp_path)).parent == tmp_path
    assert archive_path(directory, plan, Options(to=tmp_path / "mine.jsonl.gz")).name == "mine.jsonl.gz"


def test_directory_that_is_held_is_refused(tmp_path: Path) -> None:
    """While a daemon holds the directory the engine's parts do not open it; and one archive at a time."""
    directory = kept(story(), tmp_path)
    lock = StateLock(directory)
    with pytest.raises(StateDirectoryBusy):
        Offline(directory, None, "cli:ada")
    lock.release()
    with turn(directory), pytest.raises(CannotArchive, match="Another"), turn(directory):
        raise AssertionError


def test_old_log_is_archived_under_its_first_seals(tmp_path: Path) -> None:
    """A log from before there were chains and seals is brought up to date, sealed, and archived all the same."""
    spec = story()
    schema_1(tmp_path / LOG_FILE, facts(spec))
    done = archived(tmp_path, spec)
    assert (done.runs, done.refused) == (2, {})
    assert {stub.chain for stub in stubs(tmp_path).values()} == {""}
    report = verify(tmp_path / LOG_FILE, Evidence())
    assert report.findings == []
    assert report.unchained


def test_file_that_does_not_read_back_lets_nothing_go(tmp_path: Path) -> None:
    """A file that is not what was written, as on a failing disk, keeps every run in the log."""
    spec = story()
    directory = kept(spec, tmp_path)
    file = directory / "archive" / "runs-2023-11-14-2023-11-14.jsonl"

    def failing(doing: str) -> Any:
        if doing == "reading back":
            file.write_bytes(file.read_bytes().replace(b"api:test", b"api:tess", 1))
        return phase(doing)

    with (
        turn(directory),
        Offline(directory, None, "cli:ada") as keeper,
        pytest.raises((CannotArchive, UnusableFile), match="changed after it was written"),
    ):
        archive(Task(directory, planned(directory, spec), Options(), failing), keeper)
    assert stubs(directory) == {}
    assert archived(directory, spec).file.file == str(file.with_name("runs-2023-11-14-2023-11-14-2.jsonl"))


def test_next_archive_clears_up(tmp_path: Path) -> None:
    """Directories of which it was written down that they go, and whose runs are gone, go with the next archive; those
    of runs that are still in the log stay."""
    spec = story()
    directory = kept(spec, tmp_path)
    done = archived(directory, spec, Options(keeps_logs=True))
    assert done.logs is None
    file = Path(done.file.file or "")
    ended, staying = spec.log_runs()[0], spec.log_runs()[2]
    attempts = [one[0].id for one in spec.graph(staying).attempts.values()]
    gone = [path.name for path in (directory / "attempts").glob("*/jr_*") if path.name not in attempts]
    file.with_name(file.name + TODO).write_text(f'{{"{ended}": ["{gone[0]}"], "{staying}": ["{attempts[0]}"]}}')
    assert clear_up(directory, file.parent) == 1
    left = {path.name for path in (directory / "attempts").glob("*/jr_*")}
    assert gone[0] not in left
    assert attempts[0] in left
    assert clear_up(directory, file.parent) == 0


def test_room_is_given_back(tmp_path: Path) -> None:
    """Written anew the files are smaller, and hold what they held."""
    spec = Specification("T1: -> A")
    for _ in range(100):
        spec.start(text="x" * 2_000).ends("A")
    spec.start()
    directory = kept(spec, tmp_path)
    archived(directory, spec, Options(keeps_logs=True))
    saved = compact(directory)
    assert saved.after < saved.before
    assert verify(directory / LOG_FILE, Evidence()).is_sound
    assert check(directory).is_equal
    database = sqlite3.connect(directory / LOG_FILE)
    assert database.execute("PRAGMA freelist_count").fetchone() == (0,)
    database.close()
    ledger = Ledger(directory / LOG_FILE)
    position = ledger.position()
    assert ledger.commit([Fact("job:New", 1, facts(spec)[1].event)]) == position + 1
    ledger.close()
