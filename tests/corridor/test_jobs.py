"""What a job gets from the daemon and what the daemon learns from it: arguments, environment, output, outcome."""

import json
from pathlib import Path
from typing import Any

from tests.corridor.workshop import Workshop, conditional, job_runs, states

SEE = 'for word in "$@"; do echo "$word"; done'
SEE_ENVIRONMENT = "import json, os; print(json.dumps(dict(os.environ)))"
PUT = """
import sys, boto3
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
boto3.client("glue").put_workflow_run_properties(
    Name=arguments["--WORKFLOW_NAME"], RunId=arguments["--WORKFLOW_RUN_ID"], RunProperties={"found": "42"})
"""
READ = """
import sys, boto3
arguments = dict(zip(sys.argv[1::2], sys.argv[2::2]))
answer = boto3.client("glue").get_workflow_run_properties(
    Name=arguments["--WORKFLOW_NAME"], RunId=arguments["--WORKFLOW_RUN_ID"])
print(sorted(answer["RunProperties"].items()))
"""


def pairs(words: str) -> list[tuple[str, str]]:
    """The arguments that a job printed one a line, as pairs."""
    lines = words.splitlines()
    return list(zip(lines[::2], lines[1::2], strict=True))


def test_arguments_in_a_workflow(workshop: Workshop) -> None:
    """Defaults in order, the action's value over a default, new keys behind, non-overridable ones kept; then Glue's."""
    workshop.shell(
        "J",
        SEE,
        DefaultArguments={"--z": "default z", "--a": "default a", "--fixed": "default"},
        NonOverridableArguments={"--fixed": "fixed"},
    )
    workshop.glue.create_workflow(Name="W")
    laid_over = {"--a": "the action's", "--new": "", "--fixed": "ignored"}
    actions = [{"JobName": "J", "Arguments": laid_over}]
    workshop.glue.create_trigger(Name="T", WorkflowName="W", Type="ON_DEMAND", Actions=actions)
    run = workshop.ran("W")
    job_run = job_runs(run, "J")[0]
    own = [("--z", "default z"), ("--a", "the action's"), ("--fixed", "fixed"), ("--new", "")]
    in_workflow = [("--WORKFLOW_NAME", "W"), ("--WORKFLOW_RUN_ID", run["WorkflowRunId"])]
    names = [("--JOB_NAME", "J"), ("--JOB_RUN_ID", job_run["Id"])]
    assert pairs(workshop.output(job_run["Id"])) == [*own, *in_workflow, *names]
    assert job_run["Arguments"] == dict([*own, *in_workflow])


def test_arguments_outside_of_workflows(workshop: Workshop) -> None:
    """StartJobRun's arguments are laid over the defaults; there is no workflow to be named."""
    workshop.shell("J", SEE, DefaultArguments={"--a": "1", "--b": "2"})
    job_run = workshop.job_ran("J", Arguments={"--b": "x y", "--c": "ż"})
    own = [("--a", "1"), ("--b", "x y"), ("--c", "ż")]
    assert pairs(workshop.output(job_run["Id"])) == [*own, ("--JOB_NAME", "J"), ("--JOB_RUN_ID", job_run["Id"])]
    assert job_run["Arguments"] == dict(own)


def test_boto3_in_a_job_talks_to_the_daemon(workshop: Workshop) -> None:
    """Without region or credentials set anywhere, one job puts a run property and the next one reads it."""
    workshop.python("put", PUT)
    workshop.python("read", READ)
    workshop.chain("W", "put", "read")
    run = workshop.ran("W", RunProperties={"given": "1"})
    assert states(run) == {"put": "SUCCEEDED", "read": "SUCCEEDED"}, job_runs(run, "put")
    assert workshop.output(job_runs(run, "read")[0]["Id"]) == "[('found', '42'), ('given', '1')]\n"
    assert run["WorkflowRunProperties"] == {"found": "42", "given": "1"}


def test_properties_live_for_their_run_only(workshop: Workshop) -> None:
    """What a run's jobs put is in no other run; the workflow's defaults are laid under what a start gives."""
    workshop.python("put", PUT)
    workshop.workflow("W", "put", DefaultRunProperties={"a": "default", "found": "no"})
    first = workshop.ran("W", RunProperties={"a": "given"})
    assert first["WorkflowRunProperties"] == {"a": "given", "found": "42"}
    workshop.shell("other")
    workshop.glue.update_trigger(Name="W-start", TriggerUpdate={"Actions": [{"JobName": "other"}]})
    assert workshop.ran("W")["WorkflowRunProperties"] == {"a": "default", "found": "no"}


def test_environment_points_to_the_daemon(workshop: Workshop) -> None:
    """Endpoint, region and some credentials are there, so that boto3 has all it needs."""
    workshop.python("J", SEE_ENVIRONMENT)
    environment: dict[str, str] = json.loads(workshop.output(workshop.job_ran("J")["Id"]))
    assert environment["AWS_ENDPOINT_URL_GLUE"] == workshop.daemon.url
    assert environment["AWS_DEFAULT_REGION"] == "us-east-1"
    assert environment["AWS_ACCESS_KEY_ID"]
    assert environment["AWS_SECRET_ACCESS_KEY"]


def test_output_is_in_files_and_over_http(workshop: Workshop) -> None:
    """Both outputs are kept apart, in files that the daemon names, and can be read from an offset on."""
    workshop.shell("J", "echo out", "echo err >&2")
    job_run_id = workshop.job_ran("J")["Id"]
    assert (workshop.output(job_run_id), workshop.output(job_run_id, "stderr")) == ("out\n", "err\n")
    shown = workshop.daemon.get(f"/v1/job-runs/{job_run_id}")
    assert [Path(shown[stream]).read_text() for stream in ("stdout", "stderr")] == ["out\n", "err\n"]
    assert workshop.daemon.ask("GET", f"/v1/job-runs/{job_run_id}/logs?offset=1").body == b"ut\n"


def test_output_can_be_followed(workshop: Workshop) -> None:
    """A follower gets what is written while the job runs, and the end when it ends."""
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.shell("J", "echo first", "echo on >started", "read _ <go", "echo second")
    job_run_id = workshop.glue.start_job_run(JobName="J")["JobRunId"]
    started.line()
    assert workshop.output(job_run_id) == "first\n"
    go.send()
    answer = workshop.daemon.ask("GET", f"/v1/job-runs/{job_run_id}/logs?follow=1")
    assert answer.body == b"first\nsecond\n"
    assert workshop.job_run("J", job_run_id)["JobRunState"] == "SUCCEEDED"


def test_failure_names_code_and_last_error_line(workshop: Workshop) -> None:
    """ErrorMessage holds the exit code and the last line of standard error; our own read the code as a number."""
    workshop.shell("J", "echo first >&2", "echo no such table >&2", "exit 3")
    job_run = workshop.job_ran("J")
    assert job_run["JobRunState"] == "FAILED"
    assert job_run["ErrorMessage"] == "Command failed with exit code 3: no such table"
    assert workshop.daemon.get(f"/v1/job-runs/{job_run['Id']}")["exit_code"] == 3


def test_python_exception_is_the_error_message(workshop: Workshop) -> None:
    """A Python script's uncaught exception is what the job run's error says."""
    workshop.python("J", "raise LookupError('the partition is missing')")
    message = workshop.job_ran("J")["ErrorMessage"]
    assert message == "Command failed with exit code 1: LookupError: the partition is missing"


def test_failed_attempts_are_retried(workshop: Workshop) -> None:
    """MaxRetries 2: failing twice, succeeding the third time is success; attempts are numbered, newest first."""
    workshop.shell("J", "echo x >>tries", "test $(wc -l <tries) -eq 3", MaxRetries=2)
    workshop.shell("on-failure")
    workshop.shell("after")
    workshop.workflow("W", "J")
    workshop.trigger("failed", "W", {"J": "FAILED"}, "on-failure")
    workshop.trigger("succeeded", "W", {"J": "SUCCEEDED"}, "after")
    run = workshop.ran("W")
    attempts = job_runs(run, "J")
    first = attempts[-1]["Id"]
    assert [(attempt["Attempt"], attempt["JobRunState"]) for attempt in attempts] == [
        (2, "SUCCEEDED"),
        (1, "FAILED"),
        (0, "FAILED"),
    ]
    assert [attempt["Id"] for attempt in attempts] == [f"{first}_attempt_2", f"{first}_attempt_1", first]
    assert attempts[0]["PreviousRunId"] == attempts[1]["Id"]
    assert states(run) == {"J": "SUCCEEDED", "after": "SUCCEEDED", "on-failure": None}
    assert run["Statistics"]["TotalActions"] == 3


def test_retries_are_used_up(workshop: Workshop) -> None:
    """After the last attempt has failed the node has, and only then its failure is acted on."""
    workshop.shell("J", "exit 1", MaxRetries=1)
    workshop.shell("on-failure")
    workshop.workflow("W", "J")
    workshop.trigger("failed", "W", {"J": "FAILED"}, "on-failure")
    run = workshop.ran("W")
    assert len(job_runs(run, "J")) == 2
    assert states(run) == {"J": "FAILED", "on-failure": "SUCCEEDED"}
    assert run["Status"] == "COMPLETED"


def test_error_branches(workshop: Workshop) -> None:
    """A condition on FAILED runs the error branch, one on SUCCEEDED of the same job does not."""
    workshop.shell("J", "exit 1")
    workshop.shell("good")
    workshop.shell("bad")
    workshop.workflow("W", "J")
    workshop.trigger("on-good", "W", {"J": "SUCCEEDED"}, "good")
    workshop.trigger("on-bad", "W", {"J": "FAILED"}, "bad")
    assert states(workshop.ran("W")) == {"J": "FAILED", "good": None, "bad": "SUCCEEDED"}


def test_trigger_fires_only_while_activated(workshop: Workshop) -> None:
    """A conditional trigger left CREATED, or stopped, stays silent; runs started after StartTrigger see it fire."""
    workshop.shell("A")
    workshop.shell("B")
    workshop.workflow("W", "A")
    workshop.glue.create_trigger(**conditional("T", "W", {"A": "SUCCEEDED"}, "B") | {"StartOnCreation": False})
    seen = [states(workshop.ran("W"))["B"]]
    for change in (workshop.glue.start_trigger, workshop.glue.stop_trigger):
        change(Name="T")
        seen.append(states(workshop.ran("W"))["B"])
    assert seen == [None, "SUCCEEDED", None]


def test_any_fires_once(workshop: Workshop) -> None:
    """A trigger on ANY fires at the first match and not again in the same run."""
    go = workshop.pipe("go")
    workshop.shell("A")
    workshop.shell("B", "read _ <go")
    workshop.shell("C", "echo go >go")
    workshop.workflow("W", "A", "B")
    workshop.glue.create_trigger(**_any("either", "W", ("A", "B"), "C"))
    run = workshop.ran("W")
    assert states(run) == dict.fromkeys("ABC", "SUCCEEDED")
    assert len(job_runs(run, "C")) == 1
    assert go.is_silent()


def _any(name: str, workflow: str, watched: tuple[str, ...], job: str) -> dict[str, Any]:
    conditions = [{"LogicalOperator": "EQUALS", "JobName": job, "State": "SUCCEEDED"} for job in watched]
    return {
        "Name": name,
        "WorkflowName": workflow,
        "Type": "CONDITIONAL",
        "Predicate": {"Logical": "ANY", "Conditions": conditions},
        "Actions": [{"JobName": job}],
        "StartOnCreation": True,
    }
