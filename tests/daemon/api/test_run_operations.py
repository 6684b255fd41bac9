"""Operations on workflow runs, each once well and once for each error that it has."""

from typing import Any

import pytest

from tests.daemon.api.glue_requests import define_chain, finished_run, node, refused, run_to_its_end

ABSENT = "wr_" + "0" * 64


def test_a_run_runs(glue: Any) -> None:
    """Its properties lie over the workflow's defaults; its end is later than its start."""
    define_chain(glue, "ran", a=None, b=None)
    glue.update_workflow(Name="ran", DefaultRunProperties={"a": "default", "b": "default"})
    run_id = glue.start_workflow_run(Name="ran", RunProperties={"b": "given"})["RunId"]
    run = finished_run(glue, "ran", run_id)
    assert (run["Name"], run["WorkflowRunId"], run["Status"]) == ("ran", run_id, "COMPLETED")
    assert run["WorkflowRunProperties"] == {"a": "default", "b": "given"}
    assert run["StartedOn"] <= run["CompletedOn"]
    assert (run["Statistics"]["TotalActions"], run["Statistics"]["SucceededActions"]) == (2, 2)
    assert "PreviousRunId" not in run


def test_a_run_that_partly_failed_is_completed(glue: Any) -> None:
    """The status says COMPLETED; statistics and graph show the failure, and what was not reached has no runs."""
    define_chain(glue, "failed", a="FAILED", b=None)
    run = run_to_its_end(glue, "failed")
    assert (run["Status"], run["Statistics"]["FailedActions"]) == ("COMPLETED", 1)
    (job_run,) = node(run, "failed-a")["JobDetails"]["JobRuns"]
    assert job_run["JobRunState"] == "FAILED"
    assert "--outcome" in job_run["ErrorMessage"]
    assert node(run, "failed-b")["JobDetails"] == {}


def test_a_resumed_run_is_a_new_whole_run(glue: Any) -> None:
    """It names the run before, its graph is complete, and the response names the nodes that start."""
    define_chain(glue, "resumed", a=None, b="FAILED", c=None)
    failed = run_to_its_end(glue, "resumed")
    command = {"Name": "pythonshell", "ScriptLocation": "/srv/job.py"}
    glue.update_job(JobName="resumed-b", JobUpdate={"Role": "role", "Command": command})
    picked = node(failed, "resumed-b")["UniqueId"]
    answer = glue.resume_workflow_run(Name="resumed", RunId=failed["WorkflowRunId"], NodeIds=[picked])
    assert answer["NodeIds"] == [picked]
    run = finished_run(glue, "resumed", answer["RunId"])
    assert run["PreviousRunId"] == failed["WorkflowRunId"]
    assert run["Statistics"]["SucceededActions"] == 3
    assert node(run, "resumed-a") == node(failed, "resumed-a")


def test_a_bad_pick_is_refused(glue: Any) -> None:
    """Unknown nodes, triggers, nodes never attempted and no nodes at all are bad input."""
    define_chain(glue, "picked", a="FAILED", b=None)
    run = run_to_its_end(glue, "picked")
    picks = [[], ["wnode_x"], [node(run, "picked-start")["UniqueId"]], [node(run, "picked-b")["UniqueId"]]]
    for nodes in picks:
        refusal = refused(glue.resume_workflow_run, Name="picked", RunId=run["WorkflowRunId"], NodeIds=nodes)
        assert refusal[0] == "InvalidInputException"


def test_a_running_run_cannot_be_resumed(glue: Any) -> None:
    """Only a COMPLETED run can; one that runs or was stopped cannot."""
    define_chain(glue, "busy", a="HANG")
    run_id = glue.start_workflow_run(Name="busy")["RunId"]
    graph = glue.get_workflow_run(Name="busy", RunId=run_id, IncludeGraph=True)["Run"]
    pick = {"Name": "busy", "RunId": run_id, "NodeIds": [node(graph, "busy-a")["UniqueId"]]}
    assert refused(glue.resume_workflow_run, **pick)[0] == "IllegalWorkflowStateException"
    glue.stop_workflow_run(Name="busy", RunId=run_id)
    assert finished_run(glue, "busy", run_id)["Status"] == "STOPPED"
    assert refused(glue.resume_workflow_run, **pick)[0] == "IllegalWorkflowStateException"


def test_pages_with_graphs_end_by_their_size(glue: Any) -> None:
    """Together the graphs of a page have 10,000 nodes at most; the token leads on, and no run is lost or repeated."""
    glue.create_workflow(Name="wide")
    jobs = [{"JobName": f"none-{at}"} for at in range(3_000)]
    glue.create_trigger(Name="wide-start", WorkflowName="wide", Type="ON_DEMAND", Actions=jobs)
    started = [run_to_its_end(glue, "wide")["WorkflowRunId"] for _ in range(4)]
    first = glue.get_workflow_runs(Name="wide", IncludeGraph=True)
    last = glue.get_workflow_runs(Name="wide", IncludeGraph=True, NextToken=first["NextToken"])
    runs = [*first["Runs"], *last["Runs"]]
    assert (len(first["Runs"]), "NextToken" in last) == (3, False)
    assert [run["WorkflowRunId"] for run in runs] == started[::-1]
    assert {len(run["Graph"]["Nodes"]) for run in runs} == {3_001}
    assert "NextToken" not in glue.get_workflow_runs(Name="wide")


def test_runs_outlive_their_workflow(glue: Any) -> None:
    """The runs of a deleted workflow are read, listed, given properties and stopped as before."""
    define_chain(glue, "gone", a="HANG", b=None)
    named = {"Name": "gone", "RunId": glue.start_workflow_run(Name="gone")["RunId"]}
    glue.delete_workflow(Name="gone")
    assert refused(glue.get_workflow, Name="gone")[0] == "EntityNotFoundException"
    glue.put_workflow_run_properties(**named, RunProperties={"day": "1"})
    assert glue.get_workflow_run_properties(**named)["RunProperties"] == {"day": "1"}
    glue.stop_workflow_run(**named)
    run = finished_run(glue, "gone", named["RunId"])
    assert (run["Status"], run["Statistics"]["StoppedActions"]) == ("STOPPED", 1)
    listed = glue.get_workflow_runs(Name="gone")["Runs"]
    assert [run["WorkflowRunId"] for run in listed] == [named["RunId"]]


def test_a_stopped_run_ends_its_jobs(glue: Any) -> None:
    """What runs ends STOPPED, what follows never starts; a run that has ended cannot be stopped."""
    define_chain(glue, "stopped", a="HANG", b=None)
    run_id = glue.start_workflow_run(Name="stopped")["RunId"]
    glue.stop_workflow_run(Name="stopped", RunId=run_id)
    run = finished_run(glue, "stopped", run_id)
    assert (run["Status"], run["Statistics"]["StoppedActions"]) == ("STOPPED", 1)
    assert node(run, "stopped-b")["JobDetails"] == {}
    refusal = refused(glue.stop_workflow_run, Name="stopped", RunId=run_id)
    assert refusal[0] == "IllegalWorkflowStateException"


def test_a_limit_of_runs_is_kept(glue: Any) -> None:
    """At MaxConcurrentRuns neither a start nor a resume is let in."""
    define_chain(glue, "limited", a="FAILED")
    failed = run_to_its_end(glue, "limited")
    glue.update_workflow(Name="limited", MaxConcurrentRuns=1)
    command = {"Name": "pythonshell", "ScriptLocation": "/srv/job.py"}
    hanging = {"Role": "role", "Command": command, "DefaultArguments": {"--outcome": "HANG"}}
    glue.update_job(JobName="limited-a", JobUpdate=hanging)
    run_id = glue.start_workflow_run(Name="limited")["RunId"]
    code, text = refused(glue.start_workflow_run, Name="limited")
    assert (code, "workflow: limited" in text) == ("ConcurrentRunsExceededException", True)
    pick = {"RunId": failed["WorkflowRunId"], "NodeIds": [node(failed, "limited-a")["UniqueId"]]}
    assert refused(glue.resume_workflow_run, Name="limited", **pick)[0] == "ConcurrentRunsExceededException"
    glue.stop_workflow_run(Name="limited", RunId=run_id)


def test_properties_are_merged(glue: Any) -> None:
    """Key by key, for this run alone."""
    define_chain(glue, "properties", a="HANG")
    run_id = glue.start_workflow_run(Name="properties", RunProperties={"a": "1", "b": "1"})["RunId"]
    glue.put_workflow_run_properties(Name="properties", RunId=run_id, RunProperties={"b": "2", "c": "2"})
    merged = {"a": "1", "b": "2", "c": "2"}
    assert glue.get_workflow_run_properties(Name="properties", RunId=run_id)["RunProperties"] == merged
    assert glue.get_workflow_run(Name="properties", RunId=run_id)["Run"]["WorkflowRunProperties"] == merged
    assert glue.get_workflow(Name="properties")["Workflow"].get("DefaultRunProperties", {}) == {}
    glue.stop_workflow_run(Name="properties", RunId=run_id)


def test_runs_are_listed_newest_first(glue: Any) -> None:
    """Page by page; with IncludeGraph each has its graph; a token of another workflow is refused."""
    define_chain(glue, "listed", a=None)
    ids = [run_to_its_end(glue, "listed")["WorkflowRunId"] for _ in range(3)]
    first = glue.get_workflow_runs(Name="listed", MaxResults=2, IncludeGraph=True)
    assert [run["WorkflowRunId"] for run in first["Runs"]] == [ids[2], ids[1]]
    assert node(first["Runs"][0], "listed-a")["JobDetails"]["JobRuns"]
    last = glue.get_workflow_runs(Name="listed", NextToken=first["NextToken"])
    assert [run["WorkflowRunId"] for run in last["Runs"]] == [ids[0]]
    assert "NextToken" not in last
    assert "Graph" not in last["Runs"][0]
    glue.create_workflow(Name="unlisted")
    refusal = refused(glue.get_workflow_runs, Name="unlisted", NextToken=first["NextToken"])
    assert refusal[0] == "InvalidInputException"


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("get_workflow_run", {}),
        ("get_workflow_run_properties", {}),
        ("stop_workflow_run", {}),
        ("resume_workflow_run", {"NodeIds": ["wnode_x"]}),
        ("put_workflow_run_properties", {"RunProperties": {"a": "b"}}),
    ],
)
def test_an_unknown_run_is_not_found(glue: Any, operation: str, members: dict[str, Any]) -> None:
    """Neither in a workflow that is unknown, nor in one that is; a run of another workflow, or what is no run, counts
    as unknown."""
    for workflow in (f"known-{operation}", f"other-{operation}"):
        define_chain(glue, workflow, a=None)
    elsewhere = glue.start_workflow_run(Name=f"other-{operation}")["RunId"]
    send = getattr(glue, operation)
    known = f"known-{operation}"
    for workflow, run_id in [("absent", ABSENT), (known, ABSENT), (known, elsewhere), (known, f"workflow:{known}")]:
        code, text = refused(send, Name=workflow, RunId=run_id, **members)
        assert (code, repr(workflow) in text) == ("EntityNotFoundException", True)


@pytest.mark.parametrize("operation", ["start_workflow_run", "get_workflow_runs"])
def test_an_unknown_workflow_has_no_runs(glue: Any, operation: str) -> None:
    """It can neither be started nor have its runs listed."""
    code, text = refused(getattr(glue, operation), Name="absent")
    assert (code, "'absent'" in text) == ("EntityNotFoundException", True)
