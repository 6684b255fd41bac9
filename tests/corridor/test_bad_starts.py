"""Daemons that must not start: each says why in one plain line, with exit code 2, and leaves everything as it was."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.corridor import seed
from tests.corridor.conftest import Starting
from tests.corridor.daemons import Daemon, Refusal, refused
from tests.corridor.workshop import Workshop

ANY_PORT = ("--listen", "127.0.0.1:0")
FIRST_RUN = "topic = 'run.started/1'"


def assert_one_line(refusal: Refusal, *parts: str) -> None:
    """Checks that a daemon ended with exit code 2 and one line that holds all the parts."""
    assert refusal.code == 2, refusal.text
    assert refusal.text.startswith("reglue: ")
    assert refusal.text.count("\n") == 1, refusal.text
    for part in parts:
        assert part in refusal.text, refusal.text


def test_second_daemon_on_a_state_directory(daemon: Daemon, state: Path) -> None:
    """It names the pid of the one that is there, which goes on."""
    refusal = refused("--state-dir", str(state), *ANY_PORT)
    assert_one_line(refusal, str(state), f"process {daemon.process.pid},", "--state-dir")
    assert daemon.get("/healthz")["status"] == "ready"


def test_state_directory_is_free_after_a_kill(starting: Starting) -> None:
    """A daemon that was killed holds nothing: the next one starts at once."""
    starting().kill()
    assert starting().get("/healthz")["status"] == "ready"


def test_address_in_use(daemon: Daemon, tmp_path: Path) -> None:
    """It names the address and the option."""
    address = daemon.url.removeprefix("http://")
    refusal = refused("--state-dir", str(tmp_path / "other"), "--listen", address)
    assert_one_line(refusal, f"Cannot listen on {address}", "--listen or REGLUE_LISTEN")


def test_address_that_is_not_ours(tmp_path: Path) -> None:
    """An address of another machine, and a name that nothing knows."""
    for address in ("192.0.2.1:0", "no.such.host.invalid:0"):
        assert_one_line(refused("--state-dir", str(tmp_path / "state"), "--listen", address), address, "--listen")


@pytest.mark.parametrize("place", ["file", "file/state", "/proc/state"])
def test_state_directory_that_cannot_be_made(tmp_path: Path, place: str) -> None:
    """A file in its place or on the way to it, a folder that takes none: the line names it."""
    (tmp_path / "file").write_text("")
    path = tmp_path / place
    assert_one_line(refused("--state-dir", str(path), *ANY_PORT), str(path))


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory with a run and its resume in it, whose daemon has ended."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "jobs").mkdir()
    daemon = Daemon(folder / "state", "--executor", "noop")
    workshop = Workshop(daemon, folder / "jobs")
    seed.define(workshop)
    run = workshop.ran("W1")
    workshop.resumed("W1", run["WorkflowRunId"], "J2")
    for number in range(40):
        workshop.glue.create_workflow(Name=f"large-{number}", Description="d" * 10_000)
    daemon.stop()
    return folder / "state"


def garbage(log: Path) -> None:
    """No database at all."""
    log.write_bytes(os.urandom(20_000))


def a_text(log: Path) -> None:
    """Some other file under our name."""
    log.write_text("This is not the file you are looking for.\n")


def cut_off(log: Path) -> None:
    """Half of the file is gone."""
    os.truncate(log, log.stat().st_size // 2)


def cut_to_nothing(log: Path) -> None:
    """All of the file is gone, but not its name."""
    os.truncate(log, 0)


def gone(log: Path) -> None:
    """All of the file is gone, its name too."""
    log.unlink()


def flipped_bytes(log: Path) -> None:
    """Bytes in the middle are not what was written."""
    with log.open("r+b") as file:
        for place in range(8192, log.stat().st_size, 4096):
            file.seek(place)
            file.write(os.urandom(64))


def flipped_event(log: Path) -> None:
    """One event's body is no JSON any more."""
    _execute(log, f"UPDATE stored_events SET state = x'00ff00ff' WHERE {FIRST_RUN}")


def unknown_event(log: Path) -> None:
    """An event that this version does not know."""
    _execute(log, f"UPDATE stored_events SET topic = 'run.dreamt/7' WHERE {FIRST_RUN}")


def foreign(log: Path) -> None:
    """Another program's SQLite file."""
    log.unlink()
    _execute(log, "CREATE TABLE t (x)")


def foreign_table(log: Path) -> None:
    """Another program's SQLite file whose table happens to have our table's name."""
    log.unlink()
    _execute(log, "CREATE TABLE stored_events (x)")


def newer_schema(log: Path) -> None:
    """A file of a later version of ours."""
    _execute(log, "PRAGMA user_version = 99")


def a_folder(log: Path) -> None:
    """A folder where the file should be."""
    log.unlink()
    log.mkdir()


OF_THE_FILE: list[tuple[Callable[[Path], None], str]] = [
    (garbage, "not a readable SQLite database"),
    (a_text, "not a readable SQLite database"),
    (cut_off, "malformed"),
    (cut_to_nothing, "log.db is empty, but views.db"),
    (gone, "log.db is empty, but views.db"),
    (flipped_bytes, "malformed"),
    (foreign, "another program's database"),
    (foreign_table, "another program's database"),
    (newer_schema, "newer version"),
    (a_folder, "log.db"),
]
OF_EVENTS: list[tuple[Callable[[Path], None], str]] = [
    (flipped_event, "The log is damaged; restore it from a copy."),
    (unknown_event, "'run.dreamt/7', which this version of reglue does not know"),
]


@pytest.fixture
def damaged(sound: Path, state: Path) -> Callable[[Callable[[Path], None]], Path]:
    """Makes a copy of the sound state directory and damages its log; returns the log's path."""

    def copy(damage: Callable[[Path], None]) -> Path:
        shutil.copytree(sound, state)
        damage(state / "log.db")
        return state / "log.db"

    return copy


Damaged = Callable[[Callable[[Path], None]], Path]


@pytest.mark.parametrize(("damage", "told"), OF_THE_FILE, ids=[damage.__name__ for damage, _ in OF_THE_FILE])
def test_damaged_file(damaged: Damaged, damage: Callable[[Path], None], told: str) -> None:
    """A file that is no sound log of ours is refused with the reason, every time, and keeps what it holds."""
    log = damaged(damage)
    before = content(log)
    for _ in range(2):
        assert_one_line(refused("--state-dir", str(log.parent), *ANY_PORT), told)
        assert not before or content(log) == before


def content(path: Path) -> bytes:
    """What a file holds, if it is one, without SQLite's header, in which every opening is counted."""
    return path.read_bytes()[100:] if path.is_file() else b""


@pytest.mark.parametrize(("damage", "told"), OF_EVENTS, ids=[damage.__name__ for damage, _ in OF_EVENTS])
def test_damaged_event_is_met_at_the_start(damaged: Damaged, damage: Callable[[Path], None], told: str) -> None:
    """When everything has to be read from the log, an event that cannot be read keeps the daemon from starting."""
    log = damaged(damage)
    for file in log.parent.glob("views.db*"):
        file.unlink()
    assert_one_line(refused("--state-dir", str(log.parent), *ANY_PORT), told)


@pytest.mark.parametrize(("damage", "told"), OF_EVENTS, ids=[damage.__name__ for damage, _ in OF_EVENTS])
def test_damaged_event_is_met_later(
    damaged: Damaged, starting: Starting, damage: Callable[[Path], None], told: str
) -> None:
    """The daemon reads no history at its start; a request that needs such an event is told so, all others go on."""
    damaged(damage)
    daemon = starting()
    [resumed, first] = daemon.glue.get_workflow_runs(Name="W1")["Runs"]
    answer = daemon.ask("GET", f"/v1/runs/{first['WorkflowRunId']}")
    assert (answer.status, told in answer.body.decode()) == (500, True), answer
    assert_unreadable(daemon, told, Name="W1", RunId=resumed["WorkflowRunId"])
    assert daemon.logged("log_unreadable")["reason"] in answer.body.decode()
    assert daemon.glue.get_workflow(Name="W1")["Workflow"]["Name"] == "W1"


def assert_unreadable(daemon: Daemon, told: str, **run: str) -> None:
    """Checks that Glue's wire names the damage too, and that resuming such a run changes nothing."""
    before = daemon.position()
    for send in (daemon.glue.get_workflow_run, partial(daemon.glue.resume_workflow_run, NodeIds=["wnode_"])):
        with pytest.raises(ClientError) as caught:
            send(**run)
        error = caught.value.response["Error"]
        assert (error["Code"], told in error["Message"]) == ("InternalServiceException", True)
    assert daemon.position() == before


def test_undamaged_log_starts(sound: Path, state: Path, starting: Starting) -> None:
    """What the tests above damage is sound before."""
    shutil.copytree(sound, state)
    assert len(starting().glue.get_workflow_runs(Name="W1")["Runs"]) == 2


def _execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)
