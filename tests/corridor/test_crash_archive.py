"""A daemon that is killed between two batches of a running archive: no event is lost, and the next archive takes what
is left."""

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from daemon.archiving import MOST_RUNS
from daemon.retention.attempt_logs import LOGS, TODO
from events.archives import RunArchived
from events.reading import ReadOnlyLog
from tests.corridor.crash_gateway import Gateway, Moment
from tests.corridor.daemons import Daemon
from tests.corridor.leftovers import assert_nothing_is_left
from tests.corridor.waiting import until
from tests.corridor.workshop import Workshop

PROGRAM = str(Path(sys.executable).with_name("reglue"))
PAIRS = 30
RUNS = 2 * PAIRS
"""More than are let go in one commit; half of them are resumes of the others."""

Bodies = Mapping[str, Sequence[object]]
"""What each run's events hold, as they are stored."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state directory that a daemon left, with runs that failed and runs that repaired them, by real jobs."""
    folder = tmp_path_factory.mktemp("seeded")
    daemon = Daemon(folder / "state")
    workshop = Workshop(daemon, folder)
    try:
        workshop.shell("J", "echo $$ wrote this", "test -e repaired")
        workshop.workflow("W", "J")
        failed = [workshop.start("W") for _ in range(PAIRS)]
        until(lambda: _under_way(daemon), lambda count: not count)
        (folder / "repaired").touch()
        for run in failed:
            workshop.resume("W", run, "J")
        until(lambda: _under_way(daemon), lambda count: not count)
    finally:
        daemon.stop()
    assert_nothing_is_left(folder)
    return folder / "state"


def _under_way(daemon: Daemon) -> int:
    runs = daemon.get(f"/v1/workflows/W/runs?limit={RUNS}")["runs"]
    return sum(run["status"] == "RUNNING" for run in runs)


def reglue(state: Path, *words: object, code: int = 0) -> str:
    """What a command says on a state directory."""
    line = [PROGRAM, *map(str, words), "--state-dir", str(state)]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def archived(state: Path, url: str, *words: str, code: int = 0) -> str:
    """What an archive of all runs says that asks the daemon at an address."""
    return reglue(state, "archive", "--older-than", "0s", "--endpoint", url, *words, code=code)


def in_log(state: Path) -> tuple[Bodies, dict[str, RunArchived]]:
    """The runs whose events the log holds, with them; and the stubs of the others."""
    with ReadOnlyLog(state / "log.db") as log:
        stubs = {one.stream: one.event for one in log.named((RunArchived,)) if isinstance(one.event, RunArchived)}
        runs = {one.stream for one in log.after(0) if one.stream.startswith("wr_")} - stubs.keys()
        return {run: log.bodies(run, log.position()) for run in runs}, stubs


def in_files(state: Path, scratch: Path) -> dict[tuple[str, str], Sequence[object]]:
    """The events of each run in each archive that can be imported, by the file's name."""
    found: dict[tuple[str, str], Sequence[object]] = {}
    for file in archives(state):
        again = scratch / file.stem
        reglue(again, "audit", "import", file)
        found |= {(file.name, run): bodies for run, bodies in in_log(again)[0].items()}
        shutil.rmtree(again)
    return found


def archives(state: Path) -> list[Path]:
    """The files of archived runs."""
    return sorted((state / "archive").glob("*.jsonl"))


def assert_all_is_there(state: Path, before: Bodies, scratch: Path) -> set[str]:
    """Every run is in the log, or its stub names a whole file that holds it; log and files verify. Returns the runs
    that are stubs."""
    left, stubs = in_log(state)
    files = in_files(state, scratch)
    assert left.keys() | stubs.keys() == before.keys()
    for run, bodies in before.items():
        assert (left[run] if run in left else files[stubs[run].file, run]) == bodies
    named = {stub.file for stub in stubs.values()}
    options = [word for file in archives(state) if file.name in named for word in ("--archive", file)]
    assert "✔ sound" in reglue(state, "audit", "verify", *options)
    return set(stubs)


@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_daemon_killed_between_two_batches_loses_nothing(seeded: Path, tmp_path: Path, moment: Moment) -> None:
    """The daemon is killed when the first batch has been let go, before the second is, while it is, or before it could
    say so: each run is whole in the log or in a file that verifies, and the next archive completes what was left."""
    state = tmp_path / "state"
    shutil.copytree(seeded, state)
    before, _ = in_log(state)
    assert len(before) == RUNS
    attempts = {path.name for path in (state / "attempts").glob("*/jr_*")}
    gateway = Gateway(Daemon(state), "/v1/archives", 2, moment)
    try:
        said = archived(state, gateway.url, code=3)
    finally:
        gateway.close()
    assert f"it had said of {MOST_RUNS} runs that they were archived, into {archives(state)[0].name}. Not" in said
    gone = assert_all_is_there(state, before, tmp_path)
    assert len(gone) in {"before": [MOST_RUNS], "within": [MOST_RUNS, RUNS], "after": [RUNS]}[moment]
    following = Daemon(state)
    try:
        done = json.loads(archived(state, following.url, "--json"))
        assert done["cleared_directories"] == len(gone)
        assert (done["done"] or {"runs": 0})["runs"] == RUNS - len(gone)
        assert "No run was archived" in archived(state, following.url)
        rows = following.get(f"/v1/workflows/W/runs?limit={RUNS}")["runs"]
        assert {row["run_id"] for row in rows if row["archived"]} == before.keys()
    finally:
        following.stop()
    assert assert_all_is_there(state, before, tmp_path) == before.keys()
    assert "equal, row by row" in reglue(state, "rebuild", "--check")
    assert not list((state / "attempts").glob("*/jr_*"))
    assert not list((state / "archive").glob(f"*{TODO}"))
    assert attempts <= packed(state)


def packed(state: Path) -> set[str]:
    """The attempts whose directories are beside the archives."""
    names: set[str] = set()
    for file in (state / "archive").glob(f"*{LOGS}"):
        with tarfile.open(file) as logs:
            names |= {name for name in logs.getnames() if "/" not in name}
    return names
