"""Settings on the real process: options, variables and a TOML file, which of them wins, and what is refused."""

from pathlib import Path

import pytest

from tests.corridor.conftest import Starting, Working
from tests.corridor.daemons import Daemon, refused
from tests.corridor.waiting import until
from tests.corridor.workshop import Workshop, states

OUTCOMES = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """A file that asks for the noop executor."""
    path = tmp_path / "reglue.toml"
    path.write_text('executor = "noop"\nregion = "eu-west-1"\nlog_format = "json"\n')
    return path


def executor_of(daemon: Daemon) -> str:
    """The executor that a daemon says it has."""
    executor: str = daemon.get("/healthz")["executor"]
    return executor


def test_defaults(starting: Starting) -> None:
    """Nothing said: jobs run as processes."""
    assert executor_of(starting()) == "process"


def test_file(starting: Starting, settings_file: Path) -> None:
    """A file is read when an option or a variable names it."""
    daemon = starting("--config", str(settings_file))
    assert executor_of(daemon) == "noop"
    daemon.stop()
    assert executor_of(starting(environment={"REGLUE_CONFIG": str(settings_file)})) == "noop"


def test_variable_wins_over_file(starting: Starting, settings_file: Path) -> None:
    """What the environment says holds against the file."""
    daemon = starting("--config", str(settings_file), environment={"REGLUE_EXECUTOR": "process"})
    assert executor_of(daemon) == "process"


def test_option_wins_over_variable_and_file(starting: Starting, settings_file: Path) -> None:
    """What is typed holds against both."""
    options = ("--config", str(settings_file), "--executor", "noop")
    assert executor_of(starting(*options, environment={"REGLUE_EXECUTOR": "process"})) == "noop"


def test_state_directory_and_address_from_the_environment(tmp_path: Path) -> None:
    """Every setting has a variable; an option that only the tests' daemons get does not keep it from counting."""
    busy = Daemon(tmp_path / "state", "--executor", "noop")
    environment = {"REGLUE_STATE_DIR": str(tmp_path / "state"), "REGLUE_LISTEN": "127.0.0.1:0"}
    refusal = refused(environment=environment)
    busy.stop()
    assert (refusal.code, str(tmp_path / "state") in refusal.text) == (2, True)


def test_region_of_the_file_reaches_jobs(working: Working, settings_file: Path) -> None:
    """A job's boto3 gets the region that is set."""
    workshop = working("--config", str(settings_file), "--executor", "process")
    workshop.shell("J", "echo $AWS_DEFAULT_REGION")
    assert workshop.output(workshop.job_ran("J")["Id"]) == "eu-west-1\n"


@pytest.mark.parametrize(
    ("options", "environment", "told"),
    [
        (("--executor", "docker"), {}, ("option --executor", "'docker'", "process or noop")),
        ((), {"REGLUE_STOP_GRACE_SECONDS": "soon"}, ("variable REGLUE_STOP_GRACE_SECONDS", "'soon'", "seconds")),
        (("--mqtt", "tcp://broker"), {}, ("option --mqtt", "off")),
        (("--listen", "8484"), {}, ("option --listen", "HOST:PORT")),
        (("--listen", "127.0.0.1:65536"), {}, ("option --listen", "65535")),
        ((), {"REGLUE_LISTEN": "127.0.0.1:http"}, ("variable REGLUE_LISTEN",)),
        (("--config", "/no/such/file.toml"), {}, ("/no/such/file.toml", "No such file")),
        (("--strict-glue", "perhaps"), {}, ("option --strict-glue", "'perhaps'")),
    ],
)
def test_values_that_cannot_be_used(
    tmp_path: Path, options: tuple[str, ...], environment: dict[str, str], told: tuple[str, ...]
) -> None:
    """One line names the source, the field and the value, and says what to write; exit code 2; nothing is made."""
    state = tmp_path / "state"
    refusal = refused("--state-dir", str(state), *options, environment=environment)
    assert (refusal.code, refusal.text.count("\n")) == (2, 1), refusal.text
    for part in told:
        assert part in refusal.text
    assert not state.exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('executor = "docker"', ("executor", "'docker'")),
        ("stop_grace_seconds = -1", ("stop_grace_seconds", "-1")),
        ('stop_grace_seconds = "10"', ("stop_grace_seconds", "'10'")),
        ('executer = "noop"', ("executer: no such setting",)),
        ("executor = ", ("is not TOML",)),
        ('config = "other.toml"', ("a file cannot name another one",)),
    ],
)
def test_files_that_cannot_be_used(tmp_path: Path, text: str, told: tuple[str, ...]) -> None:
    """The line names the file besides."""
    path = tmp_path / "reglue.toml"
    path.write_text(text)
    refusal = refused("--state-dir", str(tmp_path / "state"), "--config", str(path))
    assert (refusal.code, refusal.text.count("\n")) == (2, 1), refusal.text
    for part in (str(path), *told):
        assert part in refusal.text


def test_options_that_are_none(tmp_path: Path) -> None:
    """An option that does not exist ends the command, too."""
    assert refused("--state-dir", str(tmp_path / "state"), "--exekutor", "noop").code == 2


def test_noop_outcomes(noop: Daemon, name: str, tmp_path: Path) -> None:
    """With --executor noop the job argument --outcome names the state that a job ends in, SUCCEEDED if none."""
    workshop = Workshop(noop, tmp_path)
    for outcome in OUTCOMES:
        workshop.define(f"{name}-{outcome}", "shell", "/none", DefaultArguments={"--outcome": outcome})
    workshop.define(f"{name}-none", "glueetl", "s3://none")
    workshop.workflow(name, f"{name}-none", *(f"{name}-{outcome}" for outcome in OUTCOMES))
    run = workshop.ran(name)
    expected = {f"{name}-{outcome}": outcome for outcome in OUTCOMES}
    assert states(run) == expected | {f"{name}-none": "SUCCEEDED"}
    assert run["Status"] == "COMPLETED"
    statistics = {bucket: count for bucket, count in run["Statistics"].items() if count}
    assert statistics == {
        "TotalActions": 6,
        "SucceededActions": 2,
        "FailedActions": 1,
        "StoppedActions": 1,
        "TimeoutActions": 1,
        "ErroredActions": 1,
    }


def test_noop_outcome_that_hangs(noop: Daemon, name: str, tmp_path: Path) -> None:
    """--outcome HANG keeps a job open until it is stopped; one that is unknown fails with those that are."""
    workshop = Workshop(noop, tmp_path)
    workshop.define(name, "shell", "/none", DefaultArguments={"--outcome": "HANG"})
    job_run_id = workshop.glue.start_job_run(JobName=name)["JobRunId"]
    until(lambda: workshop.job_run(name, job_run_id)["JobRunState"], lambda state: state == "RUNNING")
    workshop.glue.batch_stop_job_run(JobName=name, JobRunIds=[job_run_id])
    assert workshop.job_ended(name, job_run_id)["JobRunState"] == "STOPPED"
    failed = workshop.job_ran(name, Arguments={"--outcome": "PERHAPS"})
    assert (failed["JobRunState"], "SUCCEEDED, FAILED" in failed["ErrorMessage"]) == ("FAILED", True)


def test_noop_resume(noop: Daemon, name: str, tmp_path: Path) -> None:
    """A failed node is repaired by its argument and resumed, without any process."""
    workshop = Workshop(noop, tmp_path)
    workshop.define(name, "shell", "/none", DefaultArguments={"--outcome": "FAILED"})
    workshop.workflow(name, name)
    run = workshop.ran(name)
    command = {"Name": "shell", "ScriptLocation": "/none"}
    workshop.glue.update_job(JobName=name, JobUpdate={"Role": "role", "Command": command})
    picked = next(found for found in run["Graph"]["Nodes"] if found["Type"] == "JOB")["UniqueId"]
    answer = workshop.glue.resume_workflow_run(Name=name, RunId=run["WorkflowRunId"], NodeIds=[picked])
    assert workshop.finished(name, answer["RunId"])["Statistics"]["SucceededActions"] == 1
