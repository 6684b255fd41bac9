"""An import is all or nothing: what it refuses, and what is left when it ends in the middle."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from daemon.exports.importing import PART, NotEmpty, read_back
from daemon.state_files import LOG_FILE, VIEWS_FILE
from daemon.state_lock import LOCK_FILE, StateDirectoryBusy, StateLock
from events.ledger import Ledger
from projections.store import ViewStore
from tests.corridor.waiting import until
from tests.daemon.audit.tampering import change, rows_of, written
from tests.daemon.exports.files import SEALED_EVENTS, exported, imported, sealed_log, unheard
from tests.house.tree import ROOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The export of a sound log."""
    exported(sealed_log(tmp_path / "state"), tmp_path / "a.jsonl")
    return tmp_path / "a.jsonl"


def command(file: Path | str, directory: Path) -> list[str]:
    """The command that imports a file."""
    return [sys.executable, "-m", "daemon", "audit", "import", str(file), "--state-dir", str(directory)]


def test_log_that_is_there_is_not_touched(file: Path, tmp_path: Path) -> None:
    """A state directory that holds events is refused, and stays as it is."""
    before = (tmp_path / "state" / LOG_FILE).read_bytes()
    with pytest.raises(NotEmpty, match="holds events already"):
        imported(file, tmp_path / "state")
    assert (tmp_path / "state" / LOG_FILE).read_bytes() == before


def test_running_daemon_is_not_disturbed(file: Path, tmp_path: Path) -> None:
    """A state directory that a daemon holds is refused, even if nothing has happened there yet."""
    (tmp_path / "new").mkdir()
    lock = StateLock(tmp_path / "new")
    with pytest.raises(StateDirectoryBusy):
        imported(file, tmp_path / "new")
    lock.release()
    assert [one.name for one in (tmp_path / "new").iterdir()] == [LOCK_FILE]


def test_empty_log_gives_way(file: Path, tmp_path: Path) -> None:
    """A daemon that was started and saw nothing leaves a log without events: the import takes its place, and the rows
    that were made of it go."""
    new = tmp_path / "new"
    new.mkdir()
    Ledger(new / LOG_FILE).close()
    ViewStore(new / VIEWS_FILE).close()
    assert imported(file, new).is_kept
    assert sorted(one.name for one in new.iterdir()) == sorted([LOCK_FILE, LOG_FILE])


def test_unsound_log_is_kept_only_if_asked(file: Path, tmp_path: Path) -> None:
    """A file that is whole, of a log that was not sound: nothing is imported, unless it is wanted anyway."""
    change(tmp_path / "state" / LOG_FILE, 31)
    exported(tmp_path / "state", file)
    done = imported(file, tmp_path / "new")
    assert ([found.position for found in done.report.findings][:1], done.is_kept) == ([31], False)
    assert not (tmp_path / "new").exists()
    assert imported(file, tmp_path / "new", is_anyway=True).is_kept
    assert rows_of(tmp_path / "new" / LOG_FILE) == rows_of(tmp_path / "state" / LOG_FILE)


def test_read_back_leaves_nothing(file: Path) -> None:
    """A file is verified as an import would, without one."""
    before = sorted(file.parent.rglob("*"))
    found = read_back(file, unheard)
    assert (found.report.findings, found.report.events) == ([], SEALED_EVENTS)
    assert sorted(file.parent.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "blocks"),
    [(("import", "a.jsonl", "--state-dir", "new"), 128), (("export", "--state-dir", "state", "-o", "full.jsonl"), 64)],
)
def test_full_disk(tmp_path: Path, words: tuple[str, ...], blocks: int) -> None:
    """Where the disk takes no more, here after so many blocks of 512 bytes, one line says so and nothing is left."""
    (tmp_path / "state").mkdir()
    written(tmp_path / "state" / LOG_FILE, 600, ())
    exported(tmp_path / "state", tmp_path / "a.jsonl")
    before = sorted(tmp_path.rglob("*"))
    line = ["sh", "-c", f'ulimit -f {blocks}; exec "$@"', "sh", sys.executable, "-m", "daemon", "audit", *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, capture_output=True, text=True, check=False, cwd=tmp_path, env=environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "cannot be written" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_killed_import_leaves_an_empty_state_directory(file: Path, tmp_path: Path) -> None:
    """After a kill in the middle a daemon could begin in the directory, and the next import does what it should."""
    new = tmp_path / "new"
    reading, writing = os.pipe()
    with subprocess.Popen(command("-", new), stdin=reading, stdout=subprocess.DEVNULL) as process:
        os.close(reading)
        os.write(writing, file.read_bytes()[:9_000])
        until((new / PART).exists, bool)
        process.send_signal(signal.SIGKILL)
        os.close(writing)
    assert not (new / LOG_FILE).exists()
    Ledger(new / LOG_FILE).close()
    assert imported(file, new).is_kept
    assert sorted(one.name for one in new.iterdir()) == sorted([LOCK_FILE, LOG_FILE])
