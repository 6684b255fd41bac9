"""The persisted rows are lost, damaged or another version's between two starts: the same answers come from the log."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.corridor.crash_audit import Served, await_all_ended, served
from tests.corridor.crash_site import Site
from tests.corridor.crash_storm import KILL, TERM
from tests.corridor.crash_wire import Wire
from tests.corridor.crash_workflows import ALONE, CHAIN, FAN, define

Damage = Callable[[Path], object]


class Told:
    """A site with some history, and what its daemon told of it before it ended."""

    def __init__(self, site: Site, before: Served) -> None:
        self.site = site
        self.before = before

    @property
    def views(self) -> Path:
        """The file of rows."""
        return self.site.state / "views.db"

    def after(self) -> Served:
        """What the next daemon tells."""
        shown = served(Wire(self.site.start()))
        assert self.site.end(TERM) == 0
        return shown


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Two runs, a resumed one, and a job run."""
    site = Site(tmp_path_factory.mktemp("original"), "--executor", "noop")
    try:
        before = _some_history(site)
        assert site.end(TERM) == 0
    finally:
        site.clean_up()
    return Told(site, before)


def _some_history(site: Site) -> Served:
    wire = Wire(site.start())
    define(wire, site.folder)
    runs = [wire.call("StartWorkflowRun", Name=name)["RunId"] for name in (CHAIN, FAN)]
    wire.call("StartJobRun", JobName=ALONE)
    wire.call("DeleteJob", JobName=f"{FAN}-join")
    await_all_ended(wire)
    node = wire.get(f"/v1/runs/{runs[1]}")["nodes"][0]["unique_id"]
    wire.call("ResumeWorkflowRun", Name=FAN, RunId=runs[1], NodeIds=[node])
    await_all_ended(wire)
    return served(wire)


@pytest.fixture
def told(original: Told, tmp_path: Path) -> Iterator[Told]:
    """A copy of that history."""
    site = Site(tmp_path, "--executor", "noop")
    shutil.copytree(original.site.state, site.state)
    try:
        yield Told(site, original.before)
    finally:
        site.clean_up()


def _execute(statement: str) -> Damage:
    def damage(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.executescript(statement)
        connection.commit()
        connection.close()

    return damage


def _overwrite(place: float) -> Damage:
    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        start = int(place * len(content))
        content[start : start + 8192] = b"\xa5" * 8192
        path.write_bytes(content)

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(Path.unlink, id="deleted"),
        pytest.param(lambda path: path.write_bytes(b""), id="empty"),
        pytest.param(lambda path: path.write_bytes(b"no database at all" * 500), id="no database"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes()[:5000]), id="cut off"),
        pytest.param(_overwrite(0), id="first pages overwritten"),
        *(pytest.param(_overwrite(part / 8), id=f"pages overwritten from {part} eighths on") for part in (2, 5, 7)),
        pytest.param(_execute("PRAGMA user_version=999"), id="a later schema"),
        pytest.param(_execute("PRAGMA user_version=0"), id="half made"),
        pytest.param(_execute("DROP TABLE attempts"), id="a table gone"),
        pytest.param(_execute("DELETE FROM position"), id="no position"),
        pytest.param(_execute("UPDATE position SET position=1000000"), id="ahead of the log"),
        pytest.param(_execute("UPDATE definitions SET body='{'"), id="definitions damaged"),
    ],
)
def test_same_answers_from_the_log(told: Told, damage: Damage) -> None:
    """Rows that cannot be used are made anew, and every answer is what it was."""
    damage(told.views)
    assert told.after() == told.before
    assert not told.site.complaints()


def test_same_answers_with_rows_that_lag_behind(told: Told) -> None:
    """Rows of an earlier moment are brought up to date."""
    earlier = told.views.read_bytes()
    wire = Wire(told.site.start())
    wire.call("StartWorkflowRun", Name=CHAIN)
    wire.call("CreateWorkflow", Name="later")
    await_all_ended(wire)
    shown = served(wire)
    told.site.end(KILL)
    for suffix in ("-wal", "-shm"):
        Path(f"{told.views}{suffix}").unlink(missing_ok=True)
    told.views.write_bytes(earlier)
    assert told.after() == shown
