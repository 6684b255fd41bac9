"""Operations on triggers, each once well and once for each error that it has."""

from typing import Any

import pytest

from tests.daemon.api.glue_requests import define_chain, define_job, refused, watching
from tests.daemon.api.serving import serving, until


def test_a_trigger_comes_back_as_it_was_created(glue: Any) -> None:
    """Every member, activated if asked for; creating the same again is a success."""
    members = {
        "Name": "whole",
        "Type": "CONDITIONAL",
        "Description": "d",
        "Actions": [{"JobName": "j", "Arguments": {"--a": "b"}, "NotificationProperty": {"NotifyDelayAfter": 3}}],
        "Predicate": {
            "Logical": "ANY",
            "Conditions": [
                {"LogicalOperator": "EQUALS", "JobName": "k", "State": "FAILED"},
                {"LogicalOperator": "EQUALS", "CrawlerName": "c", "CrawlState": "SUCCEEDED"},
            ],
        },
    }
    for _ in range(2):
        assert glue.create_trigger(**members, StartOnCreation=True)["Name"] == "whole"
    assert glue.get_trigger(Name="whole")["Trigger"] == {**members, "State": "ACTIVATED"}


def test_another_definition_under_a_taken_name_is_refused(glue: Any) -> None:
    """AWS's text."""
    glue.create_trigger(Name="taken", Type="ON_DEMAND", Actions=[{"JobName": "a"}])
    refusal = refused(glue.create_trigger, Name="taken", Type="ON_DEMAND", Actions=[{"JobName": "b"}])
    assert refusal == (
        "IdempotentParameterMismatchException",
        "Trigger with name 'taken' already submitted with different configuration",
    )


def test_a_trigger_needs_its_workflow(glue: Any) -> None:
    """A workflow that is unknown cannot be joined."""
    refusal = refused(glue.create_trigger, **watching("orphan", "absent", "a", "b"))
    assert refusal[0] == "EntityNotFoundException"


def test_a_workflow_has_one_start_trigger(glue: Any) -> None:
    """The refusal names the one there is."""
    define_chain(glue, "twice", a=None)
    second = {"Name": "second", "Type": "ON_DEMAND", "WorkflowName": "twice", "Actions": [{"JobName": "a"}]}
    code, text = refused(glue.create_trigger, **second)
    assert (code, "'twice-start'" in text) == ("InvalidInputException", True)


def test_what_does_not_fit_together_is_refused(glue: Any) -> None:
    """The checks within one trigger apply to creation and update; nothing is created."""
    alone = {"Name": "unfit", "Actions": [{"JobName": "a"}]}
    assert refused(glue.create_trigger, **alone, Type="CONDITIONAL")[1] == "Predicate cannot be null or empty"
    assert "StartOnCreation" in refused(glue.create_trigger, **alone, Type="ON_DEMAND", StartOnCreation=True)[1]
    schedule = "cron(0 0 * * * *)"
    code, text = refused(glue.create_trigger, **alone, Type="SCHEDULED", Schedule=schedule)
    assert (code, text.startswith(f"The schedule {schedule} is invalid. One of Day-of-month")) == (
        "InvalidInputException",
        True,
    )
    assert refused(glue.get_trigger, Name="unfit")[0] == "EntityNotFoundException"
    glue.create_trigger(**alone, Type="ON_DEMAND")
    assert refused(glue.update_trigger, Name="unfit", TriggerUpdate={})[1] == "Actions cannot be null or empty"


def test_a_condition_on_two_targets_keeps_the_job(glue: Any) -> None:
    """As in Glue; the answer shows what was kept."""
    both = {"JobName": "j", "State": "FAILED", "CrawlerName": "c", "CrawlState": "FAILED"}
    conditions = [{"LogicalOperator": "EQUALS", **both}]
    glue.create_trigger(
        Name="both", Type="CONDITIONAL", Actions=[{"JobName": "k"}], Predicate={"Conditions": conditions}
    )
    kept = glue.get_trigger(Name="both")["Trigger"]["Predicate"]["Conditions"]
    assert kept == [{"LogicalOperator": "EQUALS", "JobName": "j", "State": "FAILED"}]


def test_an_update_overwrites_all_but_type_and_workflow(glue: Any) -> None:
    """The answer is the trigger as it then is; its state stays."""
    define_chain(glue, "updated", a=None, b=None)
    name = "updated-after-updated-a"
    definition = watching(name, "updated", "updated-a", "other")
    update = {"Actions": definition["Actions"], "Predicate": definition["Predicate"], "Description": "new"}
    trigger = glue.update_trigger(Name=name, TriggerUpdate={**update, "Name": "ignored"})["Trigger"]
    kept = {"Name": name, "Type": "CONDITIONAL", "WorkflowName": "updated", "State": "ACTIVATED"}
    assert trigger == {**kept, **update}
    assert glue.get_trigger(Name=name)["Trigger"] == trigger


def test_a_deleted_trigger_is_gone_at_once(glue: Any) -> None:
    """Deleting what is not there is a success."""
    glue.create_trigger(Name="deleted", Type="ON_DEMAND", Actions=[{"JobName": "a"}])
    for _ in range(2):
        assert glue.delete_trigger(Name="deleted")["Name"] == "deleted"
    assert refused(glue.get_trigger, Name="deleted")[0] == "EntityNotFoundException"


def test_a_conditional_trigger_is_activated_and_deactivated(glue: Any) -> None:
    """Asking again changes nothing."""
    define_chain(glue, "states", a=None)
    glue.create_trigger(**watching("switched", "states", "states-a", "b") | {"StartOnCreation": False})
    assert glue.get_trigger(Name="switched")["Trigger"]["State"] == "CREATED"
    for operation, state in [(glue.start_trigger, "ACTIVATED"), (glue.stop_trigger, "DEACTIVATED")]:
        for _ in range(2):
            assert operation(Name="switched")["Name"] == "switched"
            assert glue.get_trigger(Name="switched")["Trigger"]["State"] == state


def test_starting_an_on_demand_trigger_starts_a_run(glue: Any) -> None:
    """Its state stays CREATED; a workflow at its limit refuses."""
    define_chain(glue, "fired", a="HANG")
    glue.update_workflow(Name="fired", MaxConcurrentRuns=1)
    assert glue.start_trigger(Name="fired-start")["Name"] == "fired-start"
    (run,) = glue.get_workflow_runs(Name="fired")["Runs"]
    assert glue.get_trigger(Name="fired-start")["Trigger"]["State"] == "CREATED"
    assert refused(glue.start_trigger, Name="fired-start")[0] == "ConcurrentRunsExceededException"
    glue.stop_workflow_run(Name="fired", RunId=run["WorkflowRunId"])


def test_an_on_demand_trigger_outside_of_workflows_starts_its_jobs(glue: Any) -> None:
    """With the action's arguments."""
    define_job(glue, "lone", DefaultArguments={"--a": "job"})
    action = {"JobName": "lone", "Arguments": {"--a": "action"}}
    glue.create_trigger(Name="lone-start", Type="ON_DEMAND", Actions=[action])
    glue.start_trigger(Name="lone-start")
    (run,) = until(lambda: glue.get_job_runs(JobName="lone")["JobRuns"], bool)
    assert (run["Arguments"], run["TriggerName"]) == ({"--a": "action"}, "lone-start")


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("get_trigger", {}),
        ("start_trigger", {}),
        ("stop_trigger", {}),
        ("update_trigger", {"TriggerUpdate": {"Description": "d"}}),
    ],
)
def test_an_unknown_trigger_is_not_found(glue: Any, operation: str, members: dict[str, Any]) -> None:
    """The refusal names it."""
    refusal = refused(getattr(glue, operation), Name="absent", **members)
    assert refusal == ("EntityNotFoundException", "Trigger absent not found.")


def test_a_batch_has_what_there_is(glue: Any) -> None:
    """Those that exist, and the names of the others."""
    glue.create_trigger(Name="batched", Type="ON_DEMAND", Actions=[{"JobName": "a"}])
    answer = glue.batch_get_triggers(TriggerNames=["batched", "absent"])
    assert [trigger["Name"] for trigger in answer["Triggers"]] == ["batched"]
    assert answer["TriggersNotFound"] == ["absent"]


def test_triggers_are_listed_by_job_and_by_tag(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Those that start a job, all of them if none does; names alone also by tags; page by page."""
    with serving(tmp_path_factory.mktemp("state")) as daemon:
        glue = daemon.glue
        for job in ("started", "idle"):
            define_job(glue, job)
        glue.create_trigger(Name="t1", Type="ON_DEMAND", Actions=[{"JobName": "started"}], Tags={"team": "a"})
        glue.create_trigger(Name="t2", Type="ON_DEMAND", Actions=[{"JobName": "other"}])
        assert [trigger["Name"] for trigger in glue.get_triggers(DependentJobName="started")["Triggers"]] == ["t1"]
        assert glue.list_triggers(DependentJobName="started")["TriggerNames"] == ["t1"]
        assert glue.list_triggers(DependentJobName="idle")["TriggerNames"] == ["t1", "t2"]
        assert glue.list_triggers(Tags={"team": "a"})["TriggerNames"] == ["t1"]
        assert glue.list_triggers(Tags={"team": "b"})["TriggerNames"] == []
        first = glue.get_triggers(MaxResults=1)
        last = glue.get_triggers(MaxResults=1, NextToken=first["NextToken"])
        assert [trigger["Name"] for trigger in first["Triggers"] + last["Triggers"]] == ["t1", "t2"]
        for send in (glue.get_triggers, glue.list_triggers):
            assert refused(send, DependentJobName="absent")[0] == "EntityNotFoundException"
            assert refused(send, NextToken="x")[0] == "InvalidInputException"
