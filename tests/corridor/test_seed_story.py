"""The seed page, sentence by sentence, with boto3 and real processes."""

from typing import Any

import pytest

from tests.corridor import seed
from tests.corridor.workshop import Workshop, conditional, job_runs, node, states

PARTLY = {"J1": "SUCCEEDED", "J2": "FAILED", "J3": "FAILED", "J4": None, "J5": None}
WHOLE = dict.fromkeys(seed.JOBS, "SUCCEEDED")


@pytest.fixture
def partly(workshop: Workshop) -> dict[str, Any]:
    """The original run: J2 and J3 have failed."""
    seed.define(workshop)
    return workshop.ran("W1")


def test_the_original_run_runs_partially(partly: dict[str, Any]) -> None:
    """T1 starts J1; its success runs J2 and J3, which fail, so that J4 and J5 do not run."""
    assert states(partly) == PARTLY
    started_by = {job: job_runs(partly, job)[0]["TriggerName"] for job in ("J1", "J2", "J3")}
    assert started_by == {"J1": "T1", "J2": "T2", "J3": "T3"}
    assert "J2.input" in job_runs(partly, "J2")[0]["ErrorMessage"]


def test_a_partial_run_is_completed(partly: dict[str, Any]) -> None:
    """Even if nodes do not complete the run is COMPLETED; its statistics tell what failed and what never ran."""
    assert partly["Status"] == "COMPLETED"
    counts = {name: count for name, count in partly["Statistics"].items() if count}
    assert counts == {"TotalActions": 5, "SucceededActions": 1, "FailedActions": 2}


def test_the_resumed_run_runs_the_rest(workshop: Workshop, partly: dict[str, Any]) -> None:
    """Resumed from J2 and J3, both run, T4 and T5 fire, and J4 and J5 run."""
    seed.repair(workshop, "J2", "J3")
    resumed = workshop.resumed("W1", partly["WorkflowRunId"], "J2", "J3")
    assert states(resumed) == WHOLE
    assert resumed["Statistics"]["SucceededActions"] == 5
    assert {job: job_runs(resumed, job)[0]["TriggerName"] for job in ("J4", "J5")} == {"J4": "T4", "J5": "T5"}


def test_the_resumed_run_is_a_run_of_its_own(workshop: Workshop, partly: dict[str, Any]) -> None:
    """It has a new run id; the history shows, newest first, the previous run id of the resumed run alone."""
    resumed = workshop.resumed("W1", partly["WorkflowRunId"], "J2", "J3")
    history = workshop.glue.get_workflow_runs(Name="W1")["Runs"]
    assert [(run["WorkflowRunId"], run.get("PreviousRunId")) for run in history] == [
        (resumed["WorkflowRunId"], partly["WorkflowRunId"]),
        (partly["WorkflowRunId"], None),
    ]


def test_the_resumed_graph_is_complete(workshop: Workshop, partly: dict[str, Any]) -> None:
    """It shows J1 to J5, T1 to T5 and every edge; J1's run details are the original run's, to the letter."""
    seed.repair(workshop, "J2", "J3")
    resumed = workshop.resumed("W1", partly["WorkflowRunId"], "J2", "J3")
    assert {node["Name"] for node in resumed["Graph"]["Nodes"]} == {*seed.JOBS, *seed.TRIGGERS}
    assert seed.edges(resumed) == seed.edges(partly)
    assert node(resumed, "J1") == node(partly, "J1")
    assert node(partly, "J1")["JobDetails"]["JobRuns"][0]["Id"].startswith("jr_")


def test_the_original_run_stays_as_it_was(workshop: Workshop, partly: dict[str, Any]) -> None:
    """A resume changes nothing of the run it resumes."""
    workshop.resumed("W1", partly["WorkflowRunId"], "J2", "J3")
    assert workshop.run("W1", partly["WorkflowRunId"]) == partly


def test_only_what_runs_again_is_started(workshop: Workshop, partly: dict[str, Any]) -> None:
    """J1 has one job run, J2 two, each node its own in the graph of the run that executed it."""
    resumed = workshop.resumed("W1", partly["WorkflowRunId"], "J2")
    assert len(workshop.glue.get_job_runs(JobName="J1")["JobRuns"]) == 1
    assert len(workshop.glue.get_job_runs(JobName="J2")["JobRuns"]) == 2
    assert len(workshop.glue.get_job_runs(JobName="J3")["JobRuns"]) == 1
    assert job_runs(resumed, "J3") == job_runs(partly, "J3")
    assert job_runs(resumed, "J2")[0]["Id"] != job_runs(partly, "J2")[0]["Id"]


def test_trigger_changes_do_not_affect_the_current_run(workshop: Workshop) -> None:
    """The snapshot holds for the run's duration: a trigger changed, added or deleted meanwhile changes nothing."""
    seed.define(workshop)
    seed.repair(workshop, "J2", "J3")
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.script("J1", "echo J1 >started", "read _ <go")
    workshop.shell("JX")
    run_id = workshop.start("W1")
    started.line()
    workshop.glue.update_trigger(Name="T2", TriggerUpdate=_update("J1", "JX"))
    workshop.glue.delete_trigger(Name="T3")
    workshop.trigger("TX", "W1", {"J1": "SUCCEEDED"}, "JX")
    go.send()
    run = workshop.finished("W1", run_id)
    assert states(run) == WHOLE
    assert {node["Name"] for node in run["Graph"]["Nodes"]} == {*seed.JOBS, *seed.TRIGGERS}


def test_job_changes_take_effect_in_the_current_run(workshop: Workshop) -> None:
    """Only triggers are immutable: a downstream job that is changed during the run runs as changed."""
    seed.define(workshop)
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.script("J1", "echo J1 >started", "read _ <go")
    run_id = workshop.start("W1")
    started.line()
    command = {"Name": "shell", "ScriptLocation": str(workshop.script("J2-new", "echo changed"))}
    workshop.glue.update_job(JobName="J2", JobUpdate={"Role": "role", "Command": command})
    go.send()
    run = workshop.finished("W1", run_id)
    assert workshop.output(job_runs(run, "J2")[0]["Id"]) == "changed\n"


def test_a_new_run_uses_the_changed_triggers(workshop: Workshop, partly: dict[str, Any]) -> None:
    """A run started afterwards takes the design as it is then; a resume keeps the original run's."""
    workshop.glue.delete_trigger(Name="T3")
    later = workshop.ran("W1")
    assert states(later)["J3"] is None
    assert "T3" not in {node["Name"] for node in later["Graph"]["Nodes"]}
    seed.repair(workshop, "J2", "J3")
    assert states(workshop.resumed("W1", partly["WorkflowRunId"], "J2", "J3")) == WHOLE


def _update(watched: str, job: str) -> dict[str, Any]:
    created = conditional("", "", {watched: "SUCCEEDED"}, job)
    return {"Predicate": created["Predicate"], "Actions": created["Actions"]}
