"""The daemon is killed at every step of the protocol: the job starts once, and its outcome comes in the end."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from daemon.executors.attempt_directory import AttemptDirectory
from daemon.executors.port import Launch, Outcome
from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.doomed_daemon import Doom
from tests.daemon.executors.jobs import Scripts, launch_of
from tests.daemon.executors.waiting import Outcomes, gone

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).parents[3]
KILLED = -9


@pytest.fixture
def launch(scripts: Scripts, tmp_path: Path) -> Launch:
    """A job that leaves a line each time it begins."""
    return launch_of(scripts.shell(f"echo begun >>'{tmp_path}/lines'"))


def spawn(doom: Doom, launch: Launch) -> subprocess.Popen[bytes]:
    """Start the doomed daemon; it has read its launch when this returns."""
    command = [sys.executable, "-m", "tests.daemon.executors.doomed_daemon", msgspec.json.encode(doom).decode()]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE)
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(launch))
    process.stdin.close()
    return process


def die(doom: Doom, launch: Launch) -> int:
    """Run a doomed daemon to its end; its exit code."""
    return spawn(doom, launch).wait()


async def recovered(tmp_path: Path, launch: Launch) -> Outcome:
    """The outcome after a daemon that lives takes the attempt up."""
    executor, outcomes = ProcessExecutor(tmp_path / "state"), Outcomes()
    executor.open(outcomes)
    executor.recover(launch, None)
    outcome = await outcomes.of(launch.job_run_id)
    await executor.close()
    assert len(outcomes.reported) == 1
    return outcome


async def test_killed_before_any_call_of_a_start(scripts: Scripts, tmp_path: Path, launch: Launch) -> None:
    """Wherever a start is cut off, recovery ends with one success of one start."""
    deaths = 0
    for count in range(1, 100):
        attempt = msgspec.structs.replace(launch, job_run_id=f"{launch.job_run_id}_attempt_{count}")
        code = die(Doom(str(tmp_path / "state"), count=count), attempt)
        deaths += code == KILLED
        outcome = await recovered(tmp_path, attempt)
        assert (outcome.state, (tmp_path / "lines").read_text()) == ("SUCCEEDED", "begun\n"), f"before call {count}"
        (tmp_path / "lines").unlink()
        if code == 0:
            break
    assert deaths >= 10


@pytest.mark.parametrize("first", [Doom("", call="posix_spawn", count=1), Doom("", call="write", count=2)])
async def test_killed_again_during_recovery(scripts: Scripts, tmp_path: Path, launch: Launch, first: Doom) -> None:
    """A daemon that dies while it recovers an attempt that never began leaves it fit to be recovered once more."""
    deaths = 0
    for count in range(1, 100):
        attempt = msgspec.structs.replace(launch, job_run_id=f"{launch.job_run_id}_attempt_{count}")
        assert die(msgspec.structs.replace(first, state_dir=str(tmp_path / "state")), attempt) == KILLED
        code = die(Doom(str(tmp_path / "state"), "recover", count=count), attempt)
        deaths += code == KILLED
        outcome = await recovered(tmp_path, attempt)
        assert (outcome.state, (tmp_path / "lines").read_text()) == ("SUCCEEDED", "begun\n"), f"before call {count}"
        (tmp_path / "lines").unlink()
        if code == 0:
            break
    assert deaths > 5


async def test_killed_while_the_job_runs(scripts: Scripts, tmp_path: Path) -> None:
    """A running job outlives its daemon, is adopted by the next one in another process, and began once."""
    up, release = scripts.pipe("up"), scripts.pipe("release")
    launch = launch_of(scripts.shell(f"echo up >'{up.path}'", f"read x <'{release.path}'", "echo end", "exit 4"))
    daemon = spawn(Doom(str(tmp_path / "state")), launch)
    assert await up.line() == "up"
    daemon.kill()
    daemon.wait()
    executor, outcomes = ProcessExecutor(tmp_path / "state"), Outcomes()
    executor.open(outcomes)
    executor.recover(launch, None)
    assert outcomes.reported == []
    release.write_line()
    assert (await outcomes.of(launch.job_run_id)).error == "Command failed with exit code 4: end"
    await executor.close()


async def test_killed_between_end_and_report(scripts: Scripts, tmp_path: Path, launch: Launch) -> None:
    """An attempt that ended before its daemon died is reported with its code and with the time at which it ended."""
    up, release = scripts.pipe("up"), scripts.pipe("release")
    launch = launch_of(scripts.shell(f"echo $PPID >'{up.path}'", f"read x <'{release.path}'", "exit 4"))
    daemon = spawn(Doom(str(tmp_path / "state"), deaf=True), launch)
    wrapper = int(await up.line())
    release.write_line()
    await gone(wrapper)
    daemon.kill()
    daemon.wait()
    outcome = await recovered(tmp_path, launch)
    written = Path(AttemptDirectory(str(tmp_path / "state" / "attempts"), launch.job_run_id).path) / "exit"
    assert (outcome.exit_code, outcome.ended_at) == (4, written.stat().st_mtime_ns // 1_000_000)
