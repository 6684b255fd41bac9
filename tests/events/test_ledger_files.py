"""Files that are no log of ours, damaged logs, and disks that take no more."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from events.catalogue import DamagedEvent, UnknownEvent
from events.design import TriggerActivated
from events.ledger import Fact, Ledger
from events.log_file import SCHEMA_VERSION, UnreadableLog


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the log of the test lies."""
    return tmp_path / "log.db"


def written(path: Path, count: int = 3) -> Path:
    """A closed log with some facts in it."""
    ledger = Ledger(path)
    ledger.commit([Fact("a", version, TriggerActivated(version, "x" * 500)) for version in range(1, count + 1)])
    ledger.close()
    return path


def changed(path: Path, statement: str) -> None:
    """Runs a statement on a database file."""
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()


def test_file_of_another_program_is_refused(path: Path) -> None:
    """A database that is not ours is named as such and left as it is."""
    changed(path, "CREATE TABLE songs (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(UnreadableLog, match=r"log\.db is another program's database.*another state directory"):
        Ledger(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database, but long enough to be one" * 100, b"x", b"\0" * 4096])
def test_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    """Anything else is refused too, and left as it is."""
    path.write_bytes(content)
    with pytest.raises(UnreadableLog, match=r"log\.db"):
        Ledger(path)
    assert path.read_bytes() == content


def test_empty_file_becomes_a_log(path: Path) -> None:
    """A file without content, as `touch` leaves it, is taken."""
    path.touch()
    assert Ledger(written(path)).position() == 3


def test_file_that_was_never_finished_becomes_a_log(path: Path) -> None:
    """What a daemon leaves that was killed while it made its first log is taken as an empty one."""
    changed(path, "PRAGMA journal_mode=WAL")
    assert path.stat().st_size
    assert Ledger(written(path)).position() == 3


def test_log_of_a_newer_version_is_refused(path: Path) -> None:
    """A schema that is not known yet is refused with both numbers."""
    changed(written(path), f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    with pytest.raises(UnreadableLog, match=rf"newer version.*schema {SCHEMA_VERSION + 1}; known: {SCHEMA_VERSION}"):
        Ledger(path)


def test_damaged_pages_are_found(path: Path) -> None:
    """A log with overwritten pages is found damaged when it is checked or read."""
    written(path, 200)
    with path.open("r+b") as file:
        file.seek(2 * 4096)
        file.write(b"\xaa" * (path.stat().st_size - 3 * 4096))
    with pytest.raises(UnreadableLog, match=r"damaged|cannot be read"):
        Ledger(path).check()


def test_sound_log_passes_the_check(path: Path) -> None:
    """The check of a sound log says nothing."""
    ledger = Ledger(written(path))
    ledger.check()
    ledger.close()


def test_event_that_nobody_knows_is_named(path: Path) -> None:
    """An event of a newer version is refused by name."""
    changed(written(path), "UPDATE stored_events SET topic='run.paused/1' WHERE rowid=2")
    with pytest.raises(UnknownEvent, match=r"run\.paused/1"):
        list(Ledger(path).after(0))


def test_damaged_event_is_named(path: Path) -> None:
    """An event whose body was changed is refused by name."""
    changed(written(path), "UPDATE stored_events SET state='{' WHERE rowid=2")
    with pytest.raises(DamagedEvent, match=r"trigger\.activated/1"):
        list(Ledger(path).after(0))


def test_locked_log_is_an_os_error(path: Path) -> None:
    """While another process writes for too long the commit fails and says so; afterwards it works."""
    ledger = Ledger(written(path))
    with ledger._store.get_connection(commit=True) as connection:
        connection.cursor().execute("PRAGMA busy_timeout=0")  # or the test would wait for five seconds
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OSError, match="cannot be written: database is locked"):
        ledger.commit([Fact("b", 1, TriggerActivated(1, "x"))])
    other.execute("ROLLBACK")
    other.close()
    assert ledger.commit([Fact("b", 1, TriggerActivated(1, "x"))]) == 4
    ledger.close()


FULL_DISK = """
import resource, sys
from pathlib import Path
from events.design import TriggerActivated
from events.ledger import Fact, Ledger

ledger = Ledger(Path(sys.argv[1]))
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, hard))
for name, attempt in {
    "large": lambda: ledger.commit([Fact("a", 1, TriggerActivated(1, "x" * 500_000))]),
    "probe": ledger.probe,
    "small": lambda: ledger.commit([Fact("b", 1, TriggerActivated(1, "x"))]),
}.items():
    try:
        attempt()
        print(name, "written")
    except OSError:
        print(name, "refused")
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
ledger.commit([Fact("a", 1, TriggerActivated(1, "x" * 500_000))])
ledger.check()
print([(r.stream, r.position) for r in ledger.after(0)])
"""


def test_full_disk_is_an_os_error(path: Path) -> None:
    """A disk that takes no more refuses a commit whole; what fits is written, and everything once there is room."""
    said = subprocess.run([sys.executable, "-c", FULL_DISK, path], capture_output=True, text=True, check=True).stdout
    assert said.splitlines() == ["large refused", "probe refused", "small written", "[('b', 1), ('a', 2)]"]
