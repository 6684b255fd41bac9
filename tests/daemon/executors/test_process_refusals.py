"""Jobs that cannot be started: each is a recorded failure that names the file, the reason and the way out."""

import os
import resource
from pathlib import Path

import msgspec
import pytest

from daemon.executors.port import Launch, Outcome
from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.jobs import Scripts, launch_of
from tests.daemon.executors.waiting import Outcomes

pytestmark = pytest.mark.anyio


async def refusal(executor: ProcessExecutor, outcomes: Outcomes, launch: Launch) -> str:
    """The error of a launch that must end as FAILED; a good job afterwards must still run."""
    executor.start([launch, launch_of("/bin/true")])
    outcome = await outcomes.of(launch.job_run_id)
    await outcomes.until(lambda: any(state.exit_code == 0 for _, state in outcomes.reported))
    assert outcome.state == "FAILED"
    return outcome.error or ""


@pytest.mark.parametrize("command", ["shell", "pythonshell"])
async def test_missing_script(executor: ProcessExecutor, outcomes: Outcomes, tmp_path: Path, command: str) -> None:
    """A script that is not there is named with its path."""
    error = await refusal(executor, outcomes, launch_of(tmp_path / "none.sh", command=command))
    assert f"{tmp_path}/none.sh cannot be read: No such file or directory." in error


async def test_script_that_is_not_executable(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """A shell script without its execute bit comes with the chmod that helps."""
    script = scripts.shell("exit 0", mode=0o644, name="a job.sh")
    assert f"chmod +x '{script}'" in await refusal(executor, outcomes, launch_of(script))


@pytest.mark.parametrize("command", ["shell", "pythonshell"])
async def test_directory(executor: ProcessExecutor, outcomes: Outcomes, tmp_path: Path, command: str) -> None:
    """A directory is no script."""
    assert f"{tmp_path} is a directory" in await refusal(executor, outcomes, launch_of(tmp_path, command=command))


@pytest.mark.parametrize("first_line", ["#!/no/such/interpreter -x", "#!/bin/sh\r", "#!/tmp"])
async def test_bad_interpreter(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, first_line: str
) -> None:
    """A first line that names no interpreter is what the message talks about."""
    script = scripts.shell()
    script.write_bytes(first_line.encode() + b"\nexit 0\n")
    assert f"{script}: its first line names" in await refusal(executor, outcomes, launch_of(script))


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("s3://bucket/job.py", "s3:// is not supported"),
        ("https://host/job.py", "https:// is not supported"),
        ("file://elsewhere/job.py", "names the host 'elsewhere'"),
        ("", "ScriptLocation is empty"),
        ("/bin/\0true", "NUL character"),
        ("/" + 300 * "x", "File name too long"),
    ],
)
async def test_location_that_is_no_local_file(
    executor: ProcessExecutor, outcomes: Outcomes, location: str, reason: str
) -> None:
    """Locations that this daemon cannot run from say why."""
    assert reason in await refusal(executor, outcomes, launch_of(location))


async def test_unsupported_command(executor: ProcessExecutor, outcomes: Outcomes) -> None:
    """A Spark job says which kinds are supported."""
    error = await refusal(executor, outcomes, launch_of("/bin/true", command="glueetl"))
    assert "'glueetl'" in error
    assert "pythonshell" in error


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"arguments": {"--a": "b\0c"}}, "NUL characters"),
        ({"arguments": {"--a": "\ud800"}}, "plain text"),
        ({"environment": {"A": "b\0c"}}, "NUL characters"),
        ({"environment": {"A=B": "c"}}, "must not be empty or hold '='"),
        ({"arguments": {"--a": 200_000 * "x"}}, "longer than the system allows"),
        ({"arguments": {f"--{number}": 100_000 * "x" for number in range(80)}}, "longer than the system allows"),
    ],
    ids=["NUL", "surrogate", "NUL in variable", "bad variable", "long argument", "long list"],
)
async def test_what_no_process_can_be_given(
    executor: ProcessExecutor, outcomes: Outcomes, given: dict[str, dict[str, str]], reason: str
) -> None:
    """Arguments and variables that the system does not take are a failure with a way out."""
    assert reason in await refusal(executor, outcomes, launch_of("/bin/true", **given))  # type: ignore[arg-type]


@pytest.mark.parametrize("job_run_id", ["../../etc", "", "a/b", ".", "x" * 300, "a\n"])
async def test_unsafe_id(executor: ProcessExecutor, outcomes: Outcomes, job_run_id: str) -> None:
    """An id that is no safe name of a directory is refused and makes no file."""
    launch = msgspec.structs.replace(launch_of("/bin/true"), job_run_id=job_run_id)
    assert "is no job run id" in await refusal(executor, outcomes, launch)
    with pytest.raises(ValueError, match="is no job run id"):
        executor.logs(job_run_id)


async def test_state_directory_that_cannot_be_written(
    executor: ProcessExecutor, outcomes: Outcomes, tmp_path: Path
) -> None:
    """Where the attempt's directory cannot be made the system's reason is told, and the next attempt starts again."""
    attempts = tmp_path / "state" / "attempts"
    attempts.rename(tmp_path / "aside")
    attempts.write_text("in the way")
    launch = launch_of("/bin/true")
    executor.start([launch])
    assert "Not a directory" in ((await outcomes.of(launch.job_run_id)).error or "")
    attempts.unlink()
    again = launch_of("/bin/true")
    executor.start([again])
    assert await outcomes.of(again.job_run_id) == Outcome("SUCCEEDED", exit_code=0)


async def test_too_many_open_files(executor: ProcessExecutor, outcomes: Outcomes) -> None:
    """Without a free descriptor a job fails with the reason, and no process of it is left."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 1, limits[1]))
    blockers = []
    try:
        while True:
            blockers.append(os.open("/dev/null", os.O_RDONLY))
    except OSError:
        launches = [launch_of("/bin/true") for _ in range(3)]
        executor.start(launches)
        errors = [(await outcomes.of(launch.job_run_id)).error for launch in launches]
    finally:
        for descriptor in blockers:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    assert all("Too many open files" in (error or "") for error in errors)
