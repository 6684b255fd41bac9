"""`POST /v1/runs/{run_id}/resume`: nodes by name, stopped runs, and what it refuses."""

import json
from typing import Any

import pytest

from tests.daemon.api.glue_requests import define_chain, finished_run, run_to_its_end
from tests.daemon.api.serving import Served


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
