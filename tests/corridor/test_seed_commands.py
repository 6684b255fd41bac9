"""The seed page's steps with the AWS command line, word for word, against real processes."""

import json
from typing import Any

import pytest

from tests.corridor import seed
from tests.corridor.aws_command import AwsCommand
from tests.corridor.workshop import Workshop, job_runs, node, states


@pytest.fixture
def aws(workshop: Workshop) -> AwsCommand:
    """The `aws` command for this daemon."""
    return AwsCommand(workshop.daemon.url)


def test_repair_and_resume(workshop: Workshop, aws: AwsCommand) -> None:
    """Start, look for the failed nodes, repair, resume from both, and find the previous run in the history."""
    seed.define(workshop)
    run_id = aws.answer("aws glue start-workflow-run --name W1")["RunId"]
    workshop.finished("W1", run_id)
    shown = aws.answer(f"aws glue get-workflow-run --name W1 --run-id {run_id} --include-graph")["Run"]
    failed = [found["UniqueId"] for found in shown["Graph"]["Nodes"] if _state(found) == "FAILED"]
    assert set(failed) == {node(shown, "J2")["UniqueId"], node(shown, "J3")["UniqueId"]}
    seed.repair(workshop, "J2", "J3")
    resumed = aws.answer(f"aws glue resume-workflow-run --name W1 --run-id {run_id} --node-ids {' '.join(failed)}")
    assert set(resumed["NodeIds"]) == set(failed)
    workshop.finished("W1", resumed["RunId"])
    history = aws.answer("aws glue get-workflow-runs --name W1 --include-graph")["Runs"]
    assert [(run["WorkflowRunId"], run.get("PreviousRunId")) for run in history] == [
        (resumed["RunId"], run_id),
        (run_id, None),
    ]
    assert states(history[0]) == dict.fromkeys(seed.JOBS, "SUCCEEDED")
    assert job_runs(history[0], "J1") == job_runs(shown, "J1")


def test_redundant_node_is_left_out(workshop: Workshop, aws: AwsCommand) -> None:
    """Two listed, one answered: the node downstream of the other is restarted by the normal flow anyway."""
    seed.define(workshop)
    seed.repair(workshop, "J2", "J3")
    run = workshop.ran("W1")
    upstream, downstream = node(run, "J1")["UniqueId"], node(run, "J2")["UniqueId"]
    line = f"aws glue resume-workflow-run --name W1 --run-id {run['WorkflowRunId']} --node-ids {downstream} {upstream}"
    assert aws.answer(line)["NodeIds"] == [upstream]


def test_get_workflow_shows_the_last_run_and_the_node_ids(workshop: Workshop, aws: AwsCommand) -> None:
    """`aws glue get-workflow` gives the run id, and the ids that its graph shows are those of the run's graph."""
    seed.define(workshop)
    run = workshop.ran("W1")
    workflow = aws.answer("aws glue get-workflow --name W1 --include-graph")["Workflow"]
    assert workflow["LastRun"]["WorkflowRunId"] == run["WorkflowRunId"]
    designed = {found["Name"]: found["UniqueId"] for found in workflow["Graph"]["Nodes"]}
    assert designed == {found["Name"]: found["UniqueId"] for found in run["Graph"]["Nodes"]}


def test_refusal_is_told_with_its_code(workshop: Workshop, aws: AwsCommand) -> None:
    """A pick that cannot be resumed ends the command with the error's code and the reason, and changes nothing."""
    seed.define(workshop)
    run = workshop.ran("W1")
    before = workshop.daemon.position()
    trigger = node(run, "T2")["UniqueId"]
    ended = aws.run(f"aws glue resume-workflow-run --name W1 --run-id {run['WorkflowRunId']} --node-ids {trigger}")
    assert ended.code != 0
    assert "(InvalidInputException)" in ended.stderr
    assert "trigger 'T2'" in ended.stderr
    assert workshop.daemon.position() == before


def test_a_workflow_made_by_commands_alone(workshop: Workshop, aws: AwsCommand) -> None:
    """Jobs, workflow and triggers can be created, and a run started by its trigger, with the command alone."""
    command = json.dumps({"Name": "shell", "ScriptLocation": str(workshop.script("J", "echo it ran"))})
    aws.answer(f"aws glue create-job --name J --role role --command '{command}'")
    aws.answer("aws glue create-workflow --name W --default-run-properties a=1")
    aws.answer("aws glue create-trigger --name T --workflow-name W --type ON_DEMAND --actions JobName=J")
    aws.answer("aws glue start-trigger --name T")
    run = workshop.glue.get_workflow_runs(Name="W")["Runs"][0]
    ended = workshop.finished("W", run["WorkflowRunId"])
    assert ended["WorkflowRunProperties"] == {"a": "1"}
    job_run = aws.answer(f"aws glue get-job-run --job-name J --run-id {job_runs(ended, 'J')[0]['Id']}")["JobRun"]
    assert job_run["JobRunState"] == "SUCCEEDED"
    assert workshop.output(job_run["Id"]) == "it ran\n"


def _state(found: dict[str, Any]) -> str | None:
    runs = found.get("JobDetails", {}).get("JobRuns", [{}])
    state: str | None = runs[0].get("JobRunState")
    return state


def test_logs_command_shows_why_a_node_failed(workshop: Workshop, aws: AwsCommand) -> None:
    """The group and stream that the failed job run names hold what it wrote."""
    seed.define(workshop)
    failed = job_runs(workshop.ran("W1"), "J2")[0]
    where = f"--log-group-name {failed['LogGroupName']}/error --log-stream-name {failed['Id']}"
    events = aws.answer(f"aws logs get-log-events {where} --endpoint-url {workshop.daemon.url}")["events"]
    assert events
    assert [event["message"] for event in events] == workshop.output(failed["Id"], "stderr").splitlines()
