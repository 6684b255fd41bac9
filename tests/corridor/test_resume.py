"""What may be resumed, from where, and what the resumed run takes over: every rule over the wire."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.corridor import seed
from tests.corridor.workshop import Workshop, job_runs, node, states


def refusal(workshop: Workshop, workflow: str, run_id: str, node_ids: list[str]) -> tuple[str, str]:
    """Code and text of the error that a resume is answered with; it must have changed nothing."""
    before = workshop.daemon.position()
    with pytest.raises(ClientError) as caught:
        workshop.glue.resume_workflow_run(Name=workflow, RunId=run_id, NodeIds=node_ids)
    assert workshop.daemon.position() == before
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def partly(workshop: Workshop) -> dict[str, Any]:
    """The original run of W1: J2 and J3 have failed."""
    seed.define(workshop)
    return workshop.ran("W1")


def test_the_same_run_may_be_resumed_twice(workshop: Workshop, partly: dict[str, Any]) -> None:
    """Each resume is a run of its own with the same previous run; they do not see each other."""
    run_id = partly["WorkflowRunId"]
    seed.repair(workshop, "J2")
    first = workshop.resumed("W1", run_id, "J2")
    seed.repair(workshop, "J3")
    second = workshop.resumed("W1", run_id, "J3")
    assert first["PreviousRunId"] == second["PreviousRunId"] == run_id
    assert states(first) == {**states(partly), "J2": "SUCCEEDED", "J4": "SUCCEEDED"}
    assert states(second) == {**states(partly), "J3": "SUCCEEDED", "J5": "SUCCEEDED"}


def test_a_resumed_run_may_be_resumed(workshop: Workshop, partly: dict[str, Any]) -> None:
    """A resumed run that only partially ran is resumed itself; what was copied twice still is the first run's."""
    seed.repair(workshop, "J2")
    second = workshop.resumed("W1", partly["WorkflowRunId"], "J2", "J3")
    assert states(second) == {**dict.fromkeys(seed.JOBS, "SUCCEEDED"), "J3": "FAILED", "J5": None}
    seed.repair(workshop, "J3")
    third = workshop.resumed("W1", second["WorkflowRunId"], "J3")
    assert third["PreviousRunId"] == second["WorkflowRunId"]
    assert states(third) == dict.fromkeys(seed.JOBS, "SUCCEEDED")
    assert job_runs(third, "J1") == job_runs(partly, "J1")
    assert job_runs(third, "J4") == job_runs(second, "J4")
    rooted = workshop.daemon.get(f"/v1/runs/{third['WorkflowRunId']}")
    assert (rooted["root_run_id"], rooted["depth"]) == (partly["WorkflowRunId"], 2)


def test_a_copied_node_may_be_restarted(workshop: Workshop, partly: dict[str, Any]) -> None:
    """J1 did not run in the resumed run, but its graph holds a run attempt of it: that is enough."""
    second = workshop.resumed("W1", partly["WorkflowRunId"], "J2", "J3")
    seed.repair(workshop, "J2", "J3")
    third = workshop.resumed("W1", second["WorkflowRunId"], "J1")
    assert states(third) == dict.fromkeys(seed.JOBS, "SUCCEEDED")
    assert job_runs(third, "J1") != job_runs(partly, "J1")


def test_a_successful_run_may_be_resumed(workshop: Workshop) -> None:
    """Nothing forbids to run nodes of a wholly successful run again."""
    seed.define(workshop)
    seed.repair(workshop, "J2", "J3")
    run = workshop.ran("W1")
    again = workshop.resumed("W1", run["WorkflowRunId"], "J4")
    assert job_runs(again, "J4")[0]["Id"] != job_runs(run, "J4")[0]["Id"]
    assert job_runs(again, "J5") == job_runs(run, "J5")


def test_copied_nodes_count_for_predicates(workshop: Workshop) -> None:
    """T(J2 AND J3) fires when only J2 was restarted and J3 had succeeded in the original run."""
    workshop.shell("J2", "cat J2.input")
    workshop.shell("J3")
    workshop.shell("J4")
    workshop.workflow("W", "J2", "J3")
    workshop.trigger("both", "W", {"J2": "SUCCEEDED", "J3": "SUCCEEDED"}, "J4")
    run = workshop.ran("W")
    assert states(run) == {"J2": "FAILED", "J3": "SUCCEEDED", "J4": None}
    seed.repair(workshop, "J2")
    resumed = workshop.resumed("W", run["WorkflowRunId"], "J2")
    assert states(resumed)["J4"] == "SUCCEEDED"
    assert {run["JobName"] for run in job_runs(resumed, "J4")[0]["PredecessorRuns"]} == {"J2", "J3"}


def test_redundant_picks_are_left_out(workshop: Workshop) -> None:
    """Picks are merged, and one downstream of another is run by the normal flow after it."""
    seed.define(workshop)
    seed.repair(workshop, "J2", "J3")
    run = workshop.ran("W1")
    ids = {job: node(run, job)["UniqueId"] for job in seed.JOBS}
    picks = [ids["J4"], ids["J3"], ids["J2"], ids["J3"]]
    answer = workshop.glue.resume_workflow_run(Name="W1", RunId=run["WorkflowRunId"], NodeIds=picks)
    assert sorted(answer["NodeIds"]) == sorted([ids["J2"], ids["J3"]])
    resumed = workshop.finished("W1", answer["RunId"])
    assert job_runs(resumed, "J4")[0]["StartedOn"] >= job_runs(resumed, "J2")[0]["CompletedOn"]


def test_properties_are_copied(workshop: Workshop) -> None:
    """The resumed run begins with the original run's properties as they were at its end."""
    seed.define(workshop)
    run_id = workshop.start("W1", RunProperties={"a": "1"})
    workshop.glue.put_workflow_run_properties(Name="W1", RunId=run_id, RunProperties={"b": "2"})
    workshop.finished("W1", run_id)
    resumed = workshop.resumed("W1", run_id, "J2")
    assert resumed["WorkflowRunProperties"] == {"a": "1", "b": "2"}


def test_downstream_details_are_not_carried_over(workshop: Workshop) -> None:
    """A node downstream that ran before and is not reached again shows no run in the resumed run."""
    seed.define(workshop)
    seed.repair(workshop, "J2", "J3")
    run = workshop.ran("W1")
    (workshop.folder / "J2.input").unlink()
    resumed = workshop.resumed("W1", run["WorkflowRunId"], "J2")
    assert states(resumed) == {**dict.fromkeys(seed.JOBS, "SUCCEEDED"), "J2": "FAILED", "J4": None}


def test_a_deleted_job_is_repaired_by_creating_it(workshop: Workshop) -> None:
    """A node whose job is missing ends in ERROR with the way out in its message; created and resumed, it runs."""
    workshop.workflow("W", "J")
    run = workshop.ran("W")
    assert (states(run), run["Statistics"]["ErroredActions"]) == ({"J": "ERROR"}, 1)
    assert "Create it, then resume" in job_runs(run, "J")[0]["ErrorMessage"]
    workshop.shell("J")
    assert states(workshop.resumed("W", run["WorkflowRunId"], "J")) == {"J": "SUCCEEDED"}


def test_trigger_node_is_refused(workshop: Workshop, partly: dict[str, Any]) -> None:
    """A run cannot be resumed from a trigger node."""
    code, text = refusal(workshop, "W1", partly["WorkflowRunId"], [node(partly, "T1")["UniqueId"]])
    assert (code, "trigger 'T1'" in text) == ("InvalidInputException", True)


def test_unattempted_node_is_refused(workshop: Workshop, partly: dict[str, Any]) -> None:
    """Only a node that the run attempted to run can be picked, even beside one that can."""
    picks = [node(partly, job)["UniqueId"] for job in ("J2", "J4")]
    code, text = refusal(workshop, "W1", partly["WorkflowRunId"], picks)
    assert (code, "job 'J4'" in text, "never attempted" in text) == ("InvalidInputException", True, True)


def test_unknown_nodes_are_refused(workshop: Workshop, partly: dict[str, Any]) -> None:
    """An id that no node of the run has, a node's name, an empty list."""
    run_id = partly["WorkflowRunId"]
    for picks in (["wnode_" + "0" * 64], ["J2"], []):
        assert refusal(workshop, "W1", run_id, picks)[0] == "InvalidInputException"
    assert refusal(workshop, "W1", run_id, [""])[0] == "ValidationException"


def test_unknown_runs_and_workflows_are_refused(workshop: Workshop, partly: dict[str, Any]) -> None:
    """A run that is not there, one of another workflow, a workflow that is not there."""
    workshop.glue.create_workflow(Name="W2")
    run_id, picks = partly["WorkflowRunId"], [node(partly, "J2")["UniqueId"]]
    for workflow, run in (("W1", "wr_" + "0" * 64), ("W2", run_id), ("W3", run_id), ("W1", "nonsense")):
        assert refusal(workshop, workflow, run, picks)[0] == "EntityNotFoundException"


def test_running_and_stopped_runs_are_refused(workshop: Workshop) -> None:
    """A run can be resumed only if it is COMPLETED: neither RUNNING, STOPPING nor STOPPED."""
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.shell(
        "J", "trap 'echo told to end >started; read _ <go; exit 0' TERM", "echo on >started", "sleep 600 & wait"
    )
    workshop.workflow("W", "J")
    run_id = workshop.start("W")
    assert started.line() == "on"
    picks = [node(workshop.run("W", run_id), "J")["UniqueId"]]
    seen = [refusal(workshop, "W", run_id, picks)]
    workshop.glue.stop_workflow_run(Name="W", RunId=run_id)
    assert started.line() == "told to end"
    seen.append(refusal(workshop, "W", run_id, picks))
    go.send()
    workshop.finished("W", run_id)
    seen.append(refusal(workshop, "W", run_id, picks))
    assert {code for code, _ in seen} == {"IllegalWorkflowStateException"}
    for (_, text), status in zip(seen, ("RUNNING", "STOPPING", "STOPPED"), strict=True):
        assert f"is {status}" in text


def test_resume_counts_for_the_limit_of_runs(workshop: Workshop, partly: dict[str, Any]) -> None:
    """At its MaxConcurrentRuns a workflow takes no resume; after a run has ended it does."""
    started, go = workshop.pipe("started"), workshop.pipe("go")
    workshop.script("J1", "echo J1 >started", "read _ <go")
    workshop.glue.update_workflow(Name="W1", MaxConcurrentRuns=1)
    other = workshop.start("W1")
    started.line()
    picks = [node(partly, "J2")["UniqueId"]]
    code, text = refusal(workshop, "W1", partly["WorkflowRunId"], picks)
    assert code == "ConcurrentRunsExceededException"
    assert "Concurrent runs exceeded for workflow: W1" in text
    go.send()
    workshop.finished("W1", other)
    workshop.resumed("W1", partly["WorkflowRunId"], "J2")
