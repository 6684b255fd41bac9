"""An archive that is killed at any step loses nothing, and the next one takes what is left."""

import subprocess
import sys
from pathlib import Path

import pytest

from daemon.archiving import MOST_RUNS
from daemon.audit.rebuilding import check
from daemon.audit.verification import Evidence, verify
from daemon.engine import LOG_FILE
from daemon.exports.importing import read_back
from daemon.retention.archiving import FOLDER
from daemon.retention.attempt_logs import TODO
from events.reading import ReadOnlyLog
from tests.daemon.decisions.specification import Specification
from tests.daemon.retention.test_offline import archived, kept, silent, stubs

RUNS = 60
"""More than are let go in one commit."""

PROGRAM = """
import contextlib, os, signal, sys
from pathlib import Path
from daemon.retention.archiving import Options, Task, archive, clear_up, turn
from daemon.retention.offline import Offline
from daemon.retention.planning import Chosen, plan_archive
from events.reading import ReadOnlyLog

directory, before, part, when = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]

@contextlib.contextmanager
def phase(doing):
    def told(position, end):
        if (doing, when) == (part, "within"):
            os.kill(os.getpid(), signal.SIGKILL)
    if (doing, when) == (part, "before"):
        os.kill(os.getpid(), signal.SIGKILL)
    yield told
    if (doing, when) == (part, "after"):
        os.kill(os.getpid(), signal.SIGKILL)

with ReadOnlyLog(directory / "log.db") as log:
    plan = plan_archive(log, Chosen(before), lambda position, end: None)
with turn(directory), Offline(directory, None, "cli:ada") as keeper:
    archive(Task(directory, plan, Options(), phase), keeper)
"""


def story() -> Specification:
    """Many runs, in pairs of one that partly failed and the one that repaired it."""
    spec = Specification("T1: -> A\nT2: A -> B")
    for _ in range(RUNS // 2):
        spec.start().ends("A").ends("B", "FAILED").resume("B").ends("B")
    return spec


@pytest.mark.parametrize("when", ["before", "within", "after"])
@pytest.mark.parametrize("part", ["sealing", "writing", "reading back", "packing logs", "archiving"])
def test_killed_archive_loses_nothing(tmp_path: Path, part: str, when: str) -> None:
    """Killed at a step, the log is sound, each run is whole in the log or its stub names a whole file, and the next
    archive takes the others and clears up."""
    spec = story()
    directory = kept(spec, tmp_path)
    with ReadOnlyLog(directory / LOG_FILE) as log:
        before = {run: log.bodies(run, log.position()) for run in spec.log_runs()}
    words = [sys.executable, "-c", PROGRAM, str(directory), str(spec.at + 1), part, when]
    killed = subprocess.run(words, capture_output=True, check=False)
    is_never_told = (part, when) == ("sealing", "within")
    assert killed.returncode == (0 if is_never_told else -9), killed.stderr
    assert verify(directory / LOG_FILE, Evidence()).findings == []
    left = stubs(directory)
    with ReadOnlyLog(directory / LOG_FILE) as log:
        assert all(log.bodies(run, log.position()) == before[run] for run in before if run not in left)
    files = {read_back(path, silent).sha256 for path in (directory / FOLDER).glob("*.jsonl")}
    assert {stub.digest for stub in left.values()} <= files
    archived_by_then = {("sealing", "within"): RUNS, ("archiving", "within"): MOST_RUNS, ("archiving", "after"): RUNS}
    assert len(left) == archived_by_then.get((part, when), 0)
    if len(left) < RUNS:
        done = archived(directory, spec)
        assert (done.runs, done.refused) == (RUNS - len(left), {})
    assert stubs(directory).keys() == before.keys()
    assert verify(directory / LOG_FILE, Evidence()).findings == []
    assert check(directory).is_equal


def test_next_archive_takes_the_logs_away_that_a_killed_one_left(tmp_path: Path) -> None:
    """What the jobs of archived runs wrote is packed before their runs go, and taken away by the next archive when the
    one that packed it was killed before it could."""
    spec = story()
    directory = kept(spec, tmp_path)
    words = [sys.executable, "-c", PROGRAM, str(directory), str(spec.at + 1), "archiving", "after"]
    subprocess.run(words, capture_output=True, check=False)
    assert len(list((directory / "attempts").glob("*/jr_*"))) == 3 * RUNS // 2
    assert len(list((directory / FOLDER).glob(f"*{TODO}"))) == 1
    program = Path(sys.executable).with_name("reglue")
    words = [str(program), "archive", "--older-than", "0s", "--state-dir", str(directory)]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert f"what {3 * RUNS // 2} job runs wrote was taken away now" in said
    assert "No run was archived" in said
    assert not list((directory / "attempts").glob("*/jr_*"))
    assert not list((directory / FOLDER).glob(f"*{TODO}"))
