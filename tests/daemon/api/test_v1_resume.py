"""`POST /v1/runs/{run_id}/resume`: nodes by name, stopped runs, and what it refuses."""

import json
from typing import Any

import pytest

from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, finished_run, run_to_its_end


def resume(served: Served, run_id: str, document: Any, **headers: str) -> tuple[int, Any]:
    """Status and document of the answer."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    answer = served.ask("POST", f"/v1/runs/{run_id}/resume", body, headers)
    return answer.status, answer.document


def test_nodes_are_given_by_name_key_or_id(served: Served, glue: Any) -> None:
    """Each form starts the node; one downstream of another is told to be redundant."""
    define_chain(glue, "v1r", a=None, b="FAILED")
    run = run_to_its_end(glue, "v1r")
    unique_id = next(node["UniqueId"] for node in run["Graph"]["Nodes"] if node["Name"] == "v1r-a")
    for given in ("v1r-a", "JOB:v1r-a", unique_id):
        status, answer = resume(served, run["WorkflowRunId"], {"nodes": [given, "v1r-b"]})
        assert (status, answer["starting"], answer["redundant"]) == (200, ["JOB:v1r-a"], ["JOB:v1r-b"])
        resumed = finished_run(glue, "v1r", answer["run_id"])
        assert resumed["PreviousRunId"] == run["WorkflowRunId"] == answer["previous_run_id"]


def test_a_stopped_run_goes_on(served: Served, glue: Any) -> None:
    """Only if the request says so; over Glue's wire it cannot be said."""
    define_chain(glue, "v1s", a="HANG")
    run_id = glue.start_workflow_run(Name="v1s")["RunId"]
    glue.stop_workflow_run(Name="v1s", RunId=run_id)
    assert finished_run(glue, "v1s", run_id)["Status"] == "STOPPED"
    status, answer = resume(served, run_id, {"nodes": ["v1s-a"]})
    assert (status, answer["error"]) == (400, "IllegalWorkflowStateException")
    status, answer = resume(served, run_id, {"nodes": ["v1s-a"], "allow_stopped": True})
    assert status == 200
    glue.stop_workflow_run(Name="v1s", RunId=answer["run_id"])


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"{", "SerializationException"),
        (b"\xff", "SerializationException"),
        ([], "InvalidInputException"),
        ({}, "InvalidInputException"),
        ({"nodes": []}, "InvalidInputException"),
        ({"nodes": ["none"]}, "InvalidInputException"),
        ({"nodes": ["v1b-start"]}, "InvalidInputException"),
        ({"nodes": ["v1b-a"], "more": 1}, "InvalidInputException"),
        ({"nodes": ["v1b-a"], "allow_stopped": 1}, "InvalidInputException"),
    ],
)
def test_bad_requests_are_refused(served: Served, glue: Any, document: Any, code: str) -> None:
    """With a 400 that names what is wrong."""
    if "v1b" not in glue.list_workflows()["Workflows"]:
        define_chain(glue, "v1b", a=None)
    run = run_to_its_end(glue, "v1b")
    status, answer = resume(served, run["WorkflowRunId"], document)
    assert (status, answer["error"]) == (400, code)


def test_unknown_runs_and_other_sites_are_refused(served: Served) -> None:
    """A run that is not there, a job run, another method, and a page of another site."""
    assert resume(served, "wr_none", {"nodes": ["a"]})[0] == 404
    assert resume(served, "jr_none", {"nodes": ["a"]})[0] == 404
    assert served.ask("GET", "/v1/runs/wr_none/resume").status == 404
    assert served.ask("POST", "/v1/workflows").status == 404
    assert resume(served, "wr_none", {"nodes": ["a"]}, Origin="http://elsewhere.example")[0] == 403


def preview(served: Served, run_id: str, document: Any) -> tuple[int, Any]:
    """Status and document of a resume's preview."""
    answer = served.ask("POST", f"/v1/runs/{run_id}/resume-preview", json.dumps(document).encode())
    return answer.status, answer.document


def test_preview_is_a_plan_that_its_token_carries_out_once(served: Served, glue: Any) -> None:
    """The token alone suffices; twice it gives the same run; a plan made before that run is refused by then."""
    define_chain(glue, "v1p", a=None, b="FAILED")
    run = run_to_its_end(glue, "v1p")["WorkflowRunId"]
    status, plan = preview(served, run, {"failed": True, "properties": {"day": "2"}})
    assert (status, plan["running"], plan["copied"]) == (200, ["JOB:v1p-b"], [{"run_id": run, "nodes": ["JOB:v1p-a"]}])
    assert plan["properties"] == {"day": {"from": None, "to": "2"}}
    other = preview(served, run, {"nodes": ["v1p-a"]})[1]
    status, first = resume(served, run, {"plan": plan["plan"]})
    assert (status, first["again"], first["starting"]) == (200, False, ["JOB:v1p-b"])
    again = resume(served, run, {"plan": plan["plan"]})[1]
    assert (again["run_id"], again["again"]) == (first["run_id"], True)
    status, refusal = resume(served, run, {"plan": other["plan"]})
    assert (status, refusal["error"]) == (409, "PlanOutdatedException")
    assert f"run {first['run_id']} was made from the same run meanwhile" in refusal["message"]
    assert glue.get_workflow_run_properties(Name="v1p", RunId=first["run_id"])["RunProperties"] == {"day": "2"}
    assert finished_run(glue, "v1p", first["run_id"])["PreviousRunId"] == run


def test_preview_tells_how_todays_design_differs(served: Served, glue: Any) -> None:
    """Nodes and triggers that came, went or changed; on the run's own design nothing is told."""
    define_chain(glue, "v1d", a=None, b="FAILED")
    run = run_to_its_end(glue, "v1d")["WorkflowRunId"]
    assert preview(served, run, {"failed": True})[1]["design"] is None
    glue.create_job(Name="v1d-new", Role="r", Command={"Name": "shell", "ScriptLocation": "/bin/true"})
    predicate = {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "v1d-b", "State": "SUCCEEDED"}]}
    glue.create_trigger(
        Name="v1d-more",
        Type="CONDITIONAL",
        WorkflowName="v1d",
        Predicate=predicate,
        Actions=[{"JobName": "v1d-new"}],
        StartOnCreation=True,
    )
    status, plan = preview(served, run, {"failed": True, "with_current_design": True})
    assert (status, plan["design"]["nodes_added"], plan["design"]["triggers_added"]) == (
        200,
        ["JOB:v1d-new"],
        ["v1d-more"],
    )
    assert plan["running"] == ["JOB:v1d-b", "JOB:v1d-new"]
    assert resume(served, run, {"nodes": ["v1d-b"], "with_current_design": True})[0] == 200
    assert preview(served, run, {"failed": True, "plan": "plan_1"})[0] == 400
