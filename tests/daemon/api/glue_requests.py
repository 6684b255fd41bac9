"""Definitions that tests send, and the errors that come back."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.daemon.api.serving import until


def refused(send: Callable[..., Any], **members: Any) -> tuple[str, str]:
    """Code and text of the error that a call is answered with."""
    with pytest.raises(ClientError) as caught:
        send(**members)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def define_job(glue: Any, name: str, **members: Any) -> None:
    """A job that a noop executor ends at once; `outcome` names the state it ends in, HANG leaves it open."""
    outcome = members.pop("outcome", None)
    arguments = {"DefaultArguments": {"--outcome": outcome}} if outcome else {}
    command = {"Name": "pythonshell", "ScriptLocation": "/srv/job.py"}
    glue.create_job(**{"Name": name, "Role": "role", "Command": command, **arguments, **members})


def watching(name: str, workflow: str, watched: str, started: str) -> dict[str, Any]:
    """An active trigger that starts one job when another has succeeded."""
    condition = {"LogicalOperator": "EQUALS", "JobName": watched, "State": "SUCCEEDED"}
    return {
        "Name": name,
        "WorkflowName": workflow,
        "Type": "CONDITIONAL",
        "Predicate": {"Conditions": [condition]},
        "Actions": [{"JobName": started}],
        "StartOnCreation": True,
    }


def define_chain(glue: Any, workflow: str, **outcomes: str | None) -> None:
    """A workflow that runs jobs one after another, `<workflow>-<key>` each, in the order given."""
    glue.create_workflow(Name=workflow)
    jobs = [f"{workflow}-{key}" for key in outcomes]
    for job, outcome in zip(jobs, outcomes.values(), strict=True):
        define_job(glue, job, outcome=outcome)
    start = {"Name": f"{workflow}-start", "WorkflowName": workflow, "Type": "ON_DEMAND"}
    glue.create_trigger(**start, Actions=[{"JobName": jobs[0]}])
    for watched, started in itertools.pairwise(jobs):
        glue.create_trigger(**watching(f"{workflow}-after-{watched}", workflow, watched, started))


def finished_run(glue: Any, workflow: str, run_id: str) -> dict[str, Any]:
    """The run with its graph once it has ended."""
    ended = {"COMPLETED", "STOPPED", "ERROR"}
    until(lambda: glue.get_workflow_run(Name=workflow, RunId=run_id)["Run"], lambda run: run["Status"] in ended)
    run: dict[str, Any] = glue.get_workflow_run(Name=workflow, RunId=run_id, IncludeGraph=True)["Run"]
    return run


def run_to_its_end(glue: Any, workflow: str) -> dict[str, Any]:
    """A new run of the workflow, with its graph, once it has ended."""
    return finished_run(glue, workflow, glue.start_workflow_run(Name=workflow)["RunId"])


def node(run: dict[str, Any], name: str) -> dict[str, Any]:
    """The node of this name in a run's graph."""
    found: dict[str, Any] = next(n for n in run["Graph"]["Nodes"] if n["Name"] == name)
    return found
