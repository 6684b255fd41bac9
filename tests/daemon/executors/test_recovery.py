"""Taking up attempts from what their directories say: adoption, stops, other processes of the same id, a reboot."""

import os
import signal
from pathlib import Path

import msgspec
import pytest

from daemon.executors import process_table
from daemon.executors.attempt_directory import AttemptDirectory, Claim
from daemon.executors.boot_record import BootRecord
from daemon.executors.port import Launch, Outcome, StopReason
from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.jobs import Scripts, launch_of
from tests.daemon.executors.waiting import NamedPipe, Outcomes, gone

pytestmark = pytest.mark.anyio
NO_PROCESS = 2**30  # beyond what the kernel ever gives as a process id


@pytest.fixture
def directory(tmp_path: Path, launch: Launch) -> AttemptDirectory:
    """The attempt's directory, made by a daemon before."""
    directory = AttemptDirectory(str(tmp_path / "state" / "attempts"), launch.job_run_id)
    directory.make()
    return directory


@pytest.fixture
def launch(scripts: Scripts, tmp_path: Path) -> Launch:
    """A job that leaves a line each time it begins."""
    return launch_of(scripts.shell(f"echo begun >>'{tmp_path}/lines'"))


async def taken_up(tmp_path: Path, launch: Launch, stop_reason: StopReason | None = None) -> Outcome:
    """The outcome that a new executor reports of an attempt."""
    executor, outcomes = ProcessExecutor(tmp_path / "state", grace_seconds=600), Outcomes()
    executor.open(outcomes)
    executor.recover(launch, stop_reason)
    outcome = await outcomes.of(launch.job_run_id)
    await executor.close()
    return outcome


def claim_of(pid: int, tmp_path: Path, later: int = 0) -> Claim:
    """A claim of this boot for a process, as if it had started some ticks later than it did."""
    started = (process_table.start_time(pid) or 0) + later
    return Claim(pid, started, started, BootRecord(tmp_path).present, "77")


def begun(tmp_path: Path) -> int:
    """How often the job has begun."""
    lines = tmp_path / "lines"
    return len(lines.read_text().splitlines()) if lines.exists() else 0


def kill(child: int) -> None:
    """Kill a child and collect it."""
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


async def running(tmp_path: Path, scripts: Scripts) -> tuple[Launch, NamedPipe, int]:
    """A job that waits for a line after its executor was closed; the pipe for the line, and its process id."""
    up, release = scripts.pipe("up"), scripts.pipe("release")
    launch = launch_of(scripts.shell(f"echo $$ >'{up.path}'", f"read x <'{release.path}'", "exit 4"))
    executor, outcomes = ProcessExecutor(tmp_path / "state"), Outcomes()
    executor.open(outcomes)
    executor.start([launch])
    pid = int(await up.line())
    await executor.close()
    return launch, release, pid


async def test_adoption_in_the_same_process(tmp_path: Path, scripts: Scripts, outcomes: Outcomes) -> None:
    """A job goes on when its executor is closed, and a second executor reports its end."""
    launch, release, _ = await running(tmp_path, scripts)
    executor = ProcessExecutor(tmp_path / "state")
    executor.open(outcomes)
    executor.recover(launch, None)
    release.write_line()
    assert (await outcomes.of(launch.job_run_id)).exit_code == 4
    await executor.close()


async def test_stop_that_was_asked_before_the_crash(tmp_path: Path, scripts: Scripts) -> None:
    """An adopted job whose stop was under way is ended, with the reason of that stop."""
    launch, _, pid = await running(tmp_path, scripts)
    assert (await taken_up(tmp_path, launch, "TIMEOUT")).state == "TIMEOUT"
    await gone(pid)


async def test_start_of_a_running_attempt_adopts_it(tmp_path: Path, scripts: Scripts, outcomes: Outcomes) -> None:
    """An executor that is told to start what runs already starts no second process."""
    launch, release, _ = await running(tmp_path, scripts)
    executor = ProcessExecutor(tmp_path / "state")
    executor.open(outcomes)
    executor.start([launch])
    other = launch_of("/bin/true")
    executor.start([other, launch])
    await outcomes.of(other.job_run_id)
    executor.start([launch])
    release.write_line()
    assert (await outcomes.of(launch.job_run_id)).exit_code == 4
    assert len(outcomes.reported) == 2
    await executor.close()


async def test_start_of_an_ended_attempt_reports_it(tmp_path: Path, launch: Launch) -> None:
    """An executor that is told to start what has ended reports that end and starts nothing."""
    assert (await taken_up(tmp_path, launch)).state == "SUCCEEDED"
    executor, outcomes = ProcessExecutor(tmp_path / "state"), Outcomes()
    executor.open(outcomes)
    executor.start([launch])
    assert (await outcomes.of(launch.job_run_id)).state == "SUCCEEDED"
    assert begun(tmp_path) == 1
    await executor.close()


async def test_other_process_of_the_same_id(tmp_path: Path, launch: Launch, directory: AttemptDirectory) -> None:
    """A living process with the claim's id and another start time is not the job: it vanished, and the other lives."""
    directory.write_claim(claim_of(os.getpid(), tmp_path, later=1))
    outcome = await taken_up(tmp_path, launch)
    assert outcome.state == "FAILED"
    assert "vanished without leaving an exit code" in (outcome.error or "")
    assert begun(tmp_path) == 0


async def test_claim_of_another_boot(tmp_path: Path, launch: Launch, directory: AttemptDirectory) -> None:
    """Ids and start times count within one boot only."""
    claim = claim_of(os.getpid(), tmp_path)
    directory.write_claim(msgspec.structs.replace(claim, boot="another boot"))
    assert "vanished" in ((await taken_up(tmp_path, launch, None)).error or "")


async def test_orphans_of_a_vanished_attempt_are_killed(tmp_path: Path, scripts: Scripts) -> None:
    """Where only the wrapper was killed while no daemon ran, recovery ends what is left of the job."""
    launch, _, pid = await running(tmp_path, scripts)
    wrapper = os.getpgid(pid)
    kill(wrapper)
    assert "vanished" in ((await taken_up(tmp_path, launch)).error or "")
    await gone(pid)


async def test_group_of_others_is_left_alone(
    tmp_path: Path, launch: Launch, directory: AttemptDirectory, scripts: Scripts
) -> None:
    """A process group with the claim's number but without the attempt's mark is not touched."""
    _, release, pid = await running(tmp_path, scripts)
    group = os.getpgid(pid)
    directory.write_claim(claim_of(group, tmp_path, later=1))
    assert "vanished" in ((await taken_up(tmp_path, launch)).error or "")
    assert process_table.members(group) != []
    release.write_line()
    await gone(pid)


async def test_wrapper_that_was_never_told(tmp_path: Path, launch: Launch, directory: AttemptDirectory) -> None:
    """A claim whose wrapper left its mark of never having been told to go is started again, once."""
    directory.write_claim(claim_of(NO_PROCESS, tmp_path))
    (Path(directory.path) / "never.77").touch()
    assert (await taken_up(tmp_path, launch)).state == "SUCCEEDED"
    assert (await taken_up(tmp_path, launch)).state == "SUCCEEDED"
    assert begun(tmp_path) == 1


@pytest.mark.parametrize("content", ["", '{"pid":1,"st'])
async def test_claim_that_was_cut_off(
    tmp_path: Path, launch: Launch, directory: AttemptDirectory, content: str
) -> None:
    """A claim without its final newline was cut off before anybody was told to go: the attempt starts."""
    (Path(directory.path) / "claim").write_text(content)
    assert (await taken_up(tmp_path, launch)).state == "SUCCEEDED"
    assert begun(tmp_path) == 1


@pytest.mark.parametrize("content", ["4", "", "\0\0", "4444\n"])
async def test_exit_file_that_was_cut_off(
    tmp_path: Path, launch: Launch, directory: AttemptDirectory, content: str
) -> None:
    """An exit file without its newline, or with anything but a code, tells no exit code."""
    directory.write_claim(claim_of(NO_PROCESS, tmp_path))
    (Path(directory.path) / "exit").write_text(content)
    assert "vanished" in ((await taken_up(tmp_path, launch)).error or "")


async def test_after_a_reboot_nothing_is_started_again(
    tmp_path: Path, launch: Launch, directory: AttemptDirectory
) -> None:
    """After a power loss an attempt without a claim may have run: it fails, also if recovery itself is cut off."""
    (tmp_path / "state" / "boot_id").write_text("another boot\n")
    first = await taken_up(tmp_path, launch)
    fresh = launch_of("/bin/true")
    executor, outcomes = ProcessExecutor(tmp_path / "state"), Outcomes()
    executor.open(outcomes)
    executor.start([fresh])
    await outcomes.of(fresh.job_run_id)
    await executor.close()
    second = await taken_up(tmp_path, launch)
    assert "The machine restarted" in (first.error or "")
    assert (second, begun(tmp_path)) == (first, 0)


async def test_damaged_claim_is_a_recorded_failure(tmp_path: Path, launch: Launch, directory: AttemptDirectory) -> None:
    """A claim that is no claim ends the attempt with the reason instead of ending the daemon."""
    (Path(directory.path) / "claim").write_text('{"pid": "x"}\n')
    outcome = await taken_up(tmp_path, launch)
    assert outcome.state == "FAILED"
    assert "pid" in (outcome.error or "")
    assert begun(tmp_path) == 0


async def test_retry_is_an_attempt_of_its_own(tmp_path: Path, launch: Launch) -> None:
    """A retry has its own directory and its own start."""
    retry = msgspec.structs.replace(launch, job_run_id=launch.job_run_id + "_attempt_1")
    assert (await taken_up(tmp_path, launch)).state == "SUCCEEDED"
    assert (await taken_up(tmp_path, retry)).state == "SUCCEEDED"
    assert begun(tmp_path) == 2
