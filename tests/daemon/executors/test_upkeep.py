"""What many jobs must not leave behind in the daemon, and what they must not inherit from it."""

import json
import os
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from daemon.executors import process_table
from daemon.executors.attempt_directory import Claim
from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.jobs import Scripts, launch_of
from tests.daemon.executors.waiting import Outcomes

pytestmark = pytest.mark.anyio


def open_files() -> int:
    """How many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


def kill_group(leader: int) -> None:
    """Kill a child and its group, and collect it."""
    os.killpg(leader, signal.SIGKILL)
    os.waitpid(leader, 0)


def wrappers(state_dir: Path) -> list[Claim]:
    """The claims of all attempts there."""
    return [msgspec.json.decode(path.read_bytes(), type=Claim) for path in state_dir.glob("attempts/*/*/claim")]


async def test_no_zombies_and_no_descriptors_are_left(tmp_path: Path, outcomes: Outcomes) -> None:
    """A hundred jobs, among them failed and refused ones, leave neither a child nor an open file."""
    before = open_files()
    executor = ProcessExecutor(tmp_path / "state")
    executor.open(outcomes)
    launches = [launch_of(script) for script in ("/bin/true", "/bin/false", "/no/such", "/tmp") for _ in range(25)]
    executor.start([*launches, launch_of("/bin/true", {"--a": "\0"})])
    await outcomes.until(lambda: len(outcomes.reported) == 101)
    await executor.close()
    assert open_files() == before
    claims = wrappers(tmp_path / "state")
    assert len(claims) == 50
    assert not any(process_table.start_time(claim.pid) == claim.latest for claim in claims)


async def test_close_leaves_no_descriptor_of_running_jobs(tmp_path: Path, outcomes: Outcomes, scripts: Scripts) -> None:
    """An executor that is closed while jobs run and while one is being stopped lets go of all of them."""
    before = open_files()
    up = scripts.pipe("up")
    script = scripts.shell("trap '' TERM", f"echo $PPID >'{up.path}'", "while :; do sleep 600; done")
    executor = ProcessExecutor(tmp_path / "state", grace_seconds=600)
    executor.open(outcomes)
    launches = [launch_of(script) for _ in range(3)]
    executor.start(launches)
    leaders = [int(await up.line()) for _ in launches]
    executor.stop(launches[0].job_run_id, "STOPPED")
    await executor.close()
    assert open_files() == before + 1  # the named pipe
    for wrapper in leaders:
        kill_group(wrapper)


@pytest.fixture
def low_file_limit() -> Iterator[int]:
    """A soft limit of open files below the hard one, as a login shell has it."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (777, limits[1]))
    yield 777
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


async def test_limit_of_open_files(low_file_limit: int, executor: ProcessExecutor, outcomes: Outcomes) -> None:
    """The daemon takes all the descriptors it may have; its jobs get the limit it was started with."""
    launch = launch_of(Path("/bin/sh"), {"-c": "ulimit -S -n"})
    executor.start([launch])
    await outcomes.of(launch.job_run_id)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == hard
    assert executor.logs(launch.job_run_id).stdout.read_text() == f"{low_file_limit}\n"


async def test_a_job_begins_with_a_clean_slate(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """A job has a session of its own, no signal blocked or ignored, and no descriptor but the three."""
    script = scripts.python(
        "import json, os",
        "status = dict(line.split(':', 1) for line in open('/proc/self/status'))",
        "fds = sorted(int(fd) for fd in os.listdir('/proc/self/fd') if os.path.exists('/proc/self/fd/' + fd))",
        "print(json.dumps([os.getsid(0), fds, int(status['SigBlk'], 16), int(status['SigIgn'], 16)]))",
    )
    launch = launch_of(script, command="pythonshell")
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        executor.start([launch])
        await outcomes.of(launch.job_run_id)
    finally:
        signal.signal(signal.SIGHUP, before)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
    session, descriptors, blocks, ignores = json.loads(executor.logs(launch.job_run_id).stdout.read_text())
    assert session != os.getsid(0)
    assert descriptors == [0, 1, 2]
    assert blocks == 0
    # Python itself ignores the two; the C library may ignore signals that it keeps to itself.
    assert {number for number in signal.valid_signals() if ignores >> (number - 1) & 1} == {
        signal.SIGPIPE,
        signal.SIGXFSZ,
    }


async def test_many_jobs_do_not_hold_the_loop(executor: ProcessExecutor, outcomes: Outcomes) -> None:
    """Between small batches of starts the loop turns: others get their turn before the last job is spawned."""
    launches = [launch_of("/bin/true") for _ in range(100)]
    executor.start(launches)
    executor.stop(launches[-1].job_run_id, "STOPPED")
    await outcomes.until(lambda: bool(outcomes.reported))
    assert not all(executor.logs(launch.job_run_id).stdout.exists() for launch in launches[:-1])
    await outcomes.until(lambda: len(outcomes.reported) == 100)
