"""Definitions that clash with others or make no sense: Glue's error codes and texts, and no event for any of them."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.corridor.daemons import Daemon
from tests.corridor.workshop import conditional

COMMAND = {"Name": "shell", "ScriptLocation": "/bin/true"}
Refused = Callable[..., tuple[str, str]]
"""Sends a request that must be refused, without an event; answers the error's code and text."""


@pytest.fixture
def refused(noop: Daemon) -> Refused:
    """Sends a request by a client's method."""

    def send(call: Callable[..., Any], **members: Any) -> tuple[str, str]:
        before = noop.position()
        with pytest.raises(ClientError) as caught:
            call(**members)
        assert noop.position() == before
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    return send


def on_demand(name: str, workflow: str, *jobs: str) -> dict[str, Any]:
    """The members of CreateTrigger for a start trigger."""
    actions = [{"JobName": job} for job in jobs]
    return {"Name": name, "WorkflowName": workflow, "Type": "ON_DEMAND", "Actions": actions}


def test_duplicate_workflow(noop: Daemon, refused: Refused, name: str) -> None:
    """A workflow's name is taken even by the very same definition."""
    noop.glue.create_workflow(Name=name)
    expected = ("AlreadyExistsException", f"Workflow with name: {name} already exists.")
    assert refused(noop.glue.create_workflow, Name=name) == expected


def test_duplicate_trigger(noop: Daemon, refused: Refused, name: str) -> None:
    """Under a trigger's name another definition is refused; the same one again is a success without effect."""
    noop.glue.create_workflow(Name=name)
    noop.glue.create_trigger(**on_demand(name, name, "a"))
    before = noop.position()
    noop.glue.create_trigger(**on_demand(name, name, "a"))
    assert noop.position() == before
    code, text = refused(noop.glue.create_trigger, **on_demand(name, name, "b"))
    assert code == "IdempotentParameterMismatchException"
    assert text == f"Trigger with name '{name}' already submitted with different configuration"


def test_duplicate_job(noop: Daemon, refused: Refused, name: str) -> None:
    """The same for jobs."""
    noop.glue.create_job(Name=name, Role="r", Command=COMMAND)
    before = noop.position()
    noop.glue.create_job(Name=name, Role="r", Command=COMMAND)
    assert noop.position() == before
    code, text = refused(noop.glue.create_job, Name=name, Role="other", Command=COMMAND)
    assert code == "IdempotentParameterMismatchException"
    assert text == f"Job with name '{name}' already submitted with different configuration"


def test_second_start_trigger(noop: Daemon, refused: Refused, name: str) -> None:
    """A workflow has one start trigger; the text names it."""
    noop.glue.create_workflow(Name=name)
    noop.glue.create_trigger(**on_demand(f"{name}-1", name, "a"))
    code, text = refused(noop.glue.create_trigger, **on_demand(f"{name}-2", name, "a"))
    assert (code, f"'{name}-1'" in text) == ("InvalidInputException", True)


def test_predicates_that_cannot_hold(noop: Daemon, refused: Refused, name: str) -> None:
    """No predicate, no operator, no state, a state that never matches, a job that waits for itself."""
    noop.glue.create_workflow(Name=name)
    good = conditional(name, name, {"a": "SUCCEEDED"}, "b")
    condition = good["Predicate"]["Conditions"][0]
    broken: list[tuple[dict[str, Any], str]] = [
        ({"Predicate": {}}, "Predicate cannot be null or empty"),
        (_on({**condition, "LogicalOperator": None}), "Logical operator cannot be null or empty"),
        (_on({**condition, "JobName": None}), "JobName or CrawlerName in condition cannot be null or empty"),
        (_on({**condition, "State": None}), "State cannot be null or empty"),
        (_on({**condition, "State": "ERROR"}), "never matches"),
        ({"Actions": [{"JobName": "a"}]}, "Job cannot be a Predicate and Action for Conditional Trigger."),
        ({"Actions": []}, "Actions cannot be null or empty"),
        ({"Actions": [{}]}, "JobName or CrawlerName"),
        ({"Actions": [{"JobName": "b", "CrawlerName": "c"}]}, "Both JobName and CrawlerName cannot be set"),
    ]
    for members, text in broken:
        code, told = refused(noop.glue.create_trigger, **(good | members))
        assert (code, text in told) == ("InvalidInputException", True), told


def test_enumerations(noop: Daemon, refused: Refused, name: str) -> None:
    """A value that the model does not list is a ValidationException that lists those it does."""
    noop.glue.create_workflow(Name=name)
    good = conditional(name, name, {"a": "SUCCEEDED"}, "b")
    condition = good["Predicate"]["Conditions"][0]
    for members in (
        {"Type": "SOMETIMES"},
        _on({**condition, "State": "FINE"}),
        _on({**condition, "LogicalOperator": "="}),
    ):
        code, text = refused(noop.glue.create_trigger, **(good | members))
        assert (code, "enum value set: [" in text) == ("ValidationException", True), text


def test_on_demand_trigger_is_never_activated(noop: Daemon, refused: Refused, name: str) -> None:
    """StartOnCreation is refused for it, with what to call instead."""
    noop.glue.create_workflow(Name=name)
    trigger = on_demand(name, name, "a") | {"StartOnCreation": True}
    assert refused(noop.glue.create_trigger, **trigger)[0] == "InvalidInputException"


def test_jobs_out_of_bounds(noop: Daemon, refused: Refused, name: str) -> None:
    """Retries above ten, a limit of no runs at all, a capacity given twice."""
    for members in (
        {"MaxRetries": 11},
        {"MaxRetries": -1},
        {"ExecutionProperty": {"MaxConcurrentRuns": 0}},
        {"MaxCapacity": 1.0, "WorkerType": "G.1X", "NumberOfWorkers": 2},
    ):
        code, text = refused(noop.glue.create_job, Name=name, Role="r", Command=COMMAND, **members)
        assert code == "InvalidInputException", text


def test_limit_of_tags(noop: Daemon, refused: Refused, name: str) -> None:
    """A resource takes fifty tags and no more, however they come."""
    noop.glue.create_job(Name=name, Role="r", Command=COMMAND, Tags={f"k{i}": "v" for i in range(50)})
    arn = f"arn:aws:glue:us-east-1:123456789012:job/{name}"
    code, _ = refused(noop.glue.tag_resource, ResourceArn=arn, TagsToAdd={"one more": "v"})
    assert code == "ResourceNumberLimitExceededException"
    noop.glue.untag_resource(ResourceArn=arn, TagsToRemove=["k0"])
    noop.glue.tag_resource(ResourceArn=arn, TagsToAdd={"one more": "v"})
    assert len(noop.glue.get_tags(ResourceArn=arn)["Tags"]) == 50


def test_names_that_are_unusual_but_allowed(noop: Daemon) -> None:
    """Blanks, slashes, quotes, and every script's letters make a name like any other."""
    for odd in ("redshift workflow", "a/b/../c", "'\"`$(id)", "żółć 工作流 🦊", "a" * 255, "%2e%2e", "?x=1#y"):
        noop.glue.create_workflow(Name=odd)
        noop.glue.create_job(Name=odd, Role="r", Command=COMMAND)
        noop.glue.create_trigger(**on_demand(odd, odd, odd))
        run_id = noop.glue.start_workflow_run(Name=odd)["RunId"]
        graph = noop.glue.get_workflow_run(Name=odd, RunId=run_id, IncludeGraph=True)["Run"]["Graph"]
        assert {node["Name"] for node in graph["Nodes"]} == {odd}
        assert odd in [workflow["name"] for workflow in noop.get("/v1/workflows")["workflows"]]


def _on(condition: dict[str, Any]) -> dict[str, Any]:
    return {"Predicate": {"Conditions": [condition]}}
