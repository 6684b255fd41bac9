"""What a job gets from the process executor, and what comes back from it."""

import json
import os
import sys
from pathlib import Path

import pytest

from daemon.executors.port import Launch, Outcome
from daemon.executors.process import ProcessExecutor
from tests.daemon.executors.jobs import Scripts, launch_of
from tests.daemon.executors.waiting import NamedPipe, Outcomes

pytestmark = pytest.mark.anyio

SEE = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"


async def ran(executor: ProcessExecutor, outcomes: Outcomes, launch: Launch) -> tuple[Outcome, str]:
    """The outcome and the standard output of one job."""
    executor.start([launch])
    outcome = await outcomes.of(launch.job_run_id)
    stdout = executor.logs(launch.job_run_id).stdout
    return outcome, stdout.read_text() if stdout.exists() else ""


async def test_success(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """Exit code 0 is SUCCEEDED; both outputs are in their files."""
    launch = launch_of(scripts.shell("echo out", "echo err >&2"))
    assert await ran(executor, outcomes, launch) == (Outcome("SUCCEEDED", exit_code=0), "out\n")
    assert executor.logs(launch.job_run_id).stderr.read_text() == "err\n"


async def test_failure_tells_code_and_last_error_line(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts
) -> None:
    """The message names the exit code and the last line of standard error that holds anything."""
    script = scripts.shell("echo out", "echo first >&2", "echo the disk is on fire >&2", "echo >&2", "exit 3")
    outcome, _ = await ran(executor, outcomes, launch_of(script))
    assert outcome == Outcome("FAILED", "Command failed with exit code 3: the disk is on fire", 3)


async def test_failure_without_errors_tells_last_output_line(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts
) -> None:
    """With an empty standard error the message takes the last line of standard output."""
    outcome, _ = await ran(executor, outcomes, launch_of(scripts.shell("echo so far so good", "exit 1")))
    assert outcome.error == "Command failed with exit code 1: so far so good"


async def test_python_script(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """A pythonshell script runs under the daemon's own Python, without an execute bit; its exception is told."""
    script = scripts.python("import sys", "print(sys.executable)", "raise ValueError('boom')")
    outcome, output = await ran(executor, outcomes, launch_of(script, command="pythonshell"))
    assert output == sys.executable + "\n"
    assert outcome.error == "Command failed with exit code 1: ValueError: boom"


async def test_arguments_and_environment_arrive_unchanged(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts
) -> None:
    """Order, spaces, quotes, newlines, dollars, unicode and empty values of arguments and variables are kept."""
    odd = {"--z": "a b", "--a": "'\"$HOME`id`\\", "--n": "1\n2\n", "--u": "zażółć 🦊", "--e": "", "-k": "*", "x": "y"}
    variables = {"ODD": "a 'b' \"c\"\n$d ż", "code": "7", "reglue_code": "8", "directory": "9"}
    launch = launch_of(scripts.python(SEE), odd, variables, "pythonshell")
    arguments, environment = json.loads((await ran(executor, outcomes, launch))[1])
    assert arguments == [text for pair in odd.items() for text in pair]
    assert {name: environment[name] for name in variables if name != "reglue_code"} == {
        name: value for name, value in variables.items() if name != "reglue_code"
    }
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("folder", ["with space", "zażółć", "quote'\"s", "new\nline", "-dash", "$(id)", "100%25"])
async def test_odd_paths(executor: ProcessExecutor, outcomes: Outcomes, tmp_path: Path, folder: str) -> None:
    """A script may lie anywhere, whatever its folder is called."""
    (tmp_path / folder).mkdir()
    script = Scripts(tmp_path / folder).shell('echo "$0"')
    outcome, output = await ran(executor, outcomes, launch_of(script))
    assert (outcome.state, output) == ("SUCCEEDED", f"{script}\n")


async def test_state_directory_with_odd_name(tmp_path: Path, outcomes: Outcomes, scripts: Scripts) -> None:
    """The state directory may have any name as well."""
    executor = ProcessExecutor(tmp_path / "state of 'the' \"art\" $x\n")
    executor.open(outcomes)
    outcome, output = await ran(executor, outcomes, launch_of(scripts.shell("echo out")))
    await executor.close()
    assert (outcome.state, output) == ("SUCCEEDED", "out\n")


async def test_file_url(executor: ProcessExecutor, outcomes: Outcomes, tmp_path: Path) -> None:
    """A ScriptLocation may be a file:// URL with quoted characters."""
    (tmp_path / "a b").mkdir()
    script = Scripts(tmp_path / "a b").shell("exit 0")
    outcome, _ = await ran(executor, outcomes, launch_of(script.as_uri()))
    assert outcome.state == "SUCCEEDED"


async def test_executable_without_a_first_line(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """An executable text that names no interpreter is run by /bin/sh, as a shell would run it."""
    script = scripts.shell()
    script.write_text("echo plain $1\n")
    assert (await ran(executor, outcomes, launch_of(script, {"--a": "b"})))[1] == "plain --a\n"


async def test_standard_input_is_empty(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """A job that reads its input finds the end at once and cannot take the wrapper's pipe."""
    outcome, output = await ran(executor, outcomes, launch_of(scripts.shell("cat", "ls -l /proc/$$/fd | wc -l")))
    assert outcome.state == "SUCCEEDED"
    # "total 0", descriptors 0, 1, 2, and the script itself, which the shell reads as 10.
    assert output.strip() == "5"


async def test_leftover_process_does_not_delay_the_outcome(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts
) -> None:
    """A background process that holds the job's output open does not keep the job from ending."""
    release = scripts.pipe("release")
    launch = launch_of(scripts.shell(f'(read x <"{release.path}"; echo late) &', "echo early"))
    outcome, output = await ran(executor, outcomes, launch)
    release.write_line()
    assert (outcome.state, output) == ("SUCCEEDED", "early\n")


async def test_binary_output(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """Bytes that are no text neither hurt nor reach the message as control characters."""
    last = "printf '\\000\\377\\033[31m\\nred\\033[0m\\000\\n' >&2"
    script = scripts.shell("head -c 300000 /dev/urandom >&2", last, "exit 9")
    outcome, _ = await ran(executor, outcomes, launch_of(script))
    assert outcome.error == "Command failed with exit code 9: red"


async def test_big_output(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """Fifty megabytes in one line are kept in the log and cut in the message."""
    script = scripts.shell("head -c 50000000 /dev/zero | tr '\\0' x >&2", "exit 1")
    launch = launch_of(script)
    outcome, _ = await ran(executor, outcomes, launch)
    assert executor.logs(launch.job_run_id).stderr.stat().st_size == 50_000_000
    assert outcome.error == "Command failed with exit code 1: " + 1_000 * "x"


@pytest.mark.parametrize("name", ["KILL", "SEGV", "TERM", "PIPE"])
async def test_job_ended_by_a_signal(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, name: str
) -> None:
    """A job that a signal ended says which; the wrapper's own remarks about it are not taken for the job's."""
    outcome, _ = await ran(executor, outcomes, launch_of(scripts.shell("echo alas >&2", f"kill -{name} $$")))
    assert outcome.state == "FAILED"
    assert f"(SIG{name}): alas" in (outcome.error or "")


async def test_signal_to_the_whole_group_leaves_the_exit_code(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts
) -> None:
    """A job that signals its own process group is outlived by its wrapper, which notes the code."""
    outcome, _ = await ran(executor, outcomes, launch_of(scripts.shell("trap 'exit 5' TERM", "kill -TERM 0", "exit 1")))
    assert outcome.exit_code == 5


async def test_exit_file_that_cannot_be_written(
    executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts, tmp_path: Path
) -> None:
    """Where the exit code finds no place on the disk, the daemon that waits takes it from the wrapper itself."""
    outcome, _ = await ran(executor, outcomes, launch_of(scripts.shell(f"rm -rf {tmp_path}/state/attempts", "exit 7")))
    assert outcome.exit_code == 7


async def test_a_job_runs_beside_others(executor: ProcessExecutor, outcomes: Outcomes, scripts: Scripts) -> None:
    """More jobs than are spawned in one turn run at the same time: each waits for all others to have begun."""
    begun, release = scripts.pipe("begun"), scripts.pipe("release")
    script = scripts.shell(f'echo begun >"{begun.path}"', f'read x <"{release.path}"')
    launches = [launch_of(script) for _ in range(20)]
    executor.start(launches)
    for _ in launches:
        await begun.line()
    assert outcomes.reported == []
    await released(release, outcomes, launches)
    assert {outcome.state for _, outcome in outcomes.reported} == {"SUCCEEDED"}


async def released(release: NamedPipe, outcomes: Outcomes, launches: list[Launch]) -> None:
    """Let all of them end."""
    # One line at a time: a shell that reads may take more than its own.
    for count, _ in enumerate(launches, 1):
        release.write_line()
        await outcomes.until(lambda count=count: len(outcomes.reported) >= count)  # type: ignore[misc]
