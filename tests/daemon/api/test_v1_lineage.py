"""`/v1/runs/{run_id}/lineage`, `/diff/{other}`, and waiting for a run's end."""

import threading
from typing import Any

from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, finished_run, run_to_its_end
from tests.daemon.api.serving import until


def resume(served: Served, run_id: str, document: bytes) -> str:
    """Resumes a run by our own interface; the new run's id."""
    answer = served.ask("POST", f"/v1/runs/{run_id}/resume", document)
    assert answer.status == 200, answer.body
    new: str = answer.document["run_id"]
    return new


def chain(served: Served, glue: Any, workflow: str) -> list[str]:
    """A run whose second job fails, resumed from it with a property, and that resume resumed from its first job."""
    define_chain(glue, workflow, a=None, b="FAILED", c=None)
    first = run_to_its_end(glue, workflow)["WorkflowRunId"]
    second = resume(served, first, b'{"failed": true, "properties": {"day": "2"}}')
    finished_run(glue, workflow, second)
    third = resume(served, second, b'{"nodes": ["%s-a", "%s-b"]}' % (workflow.encode(), workflow.encode()))
    finished_run(glue, workflow, third)
    return [first, second, third]


def test_lineage_is_the_tree_of_resumes(served: Served, glue: Any) -> None:
    """Each run with what it was asked for and ran itself, whichever is asked about; and where results come from."""
    first, second, third = chain(served, glue, "lin")
    document = served.get(f"/v1/runs/{second}/lineage")
    assert [(run["run_id"], run["previous_run_id"]) for run in document["runs"]] == [
        (first, None),
        (second, first),
        (third, second),
    ]
    assert [run["ran"] for run in document["runs"]] == [
        {"JOB:lin-a": "SUCCEEDED", "JOB:lin-b": "FAILED"},
        {"JOB:lin-b": "FAILED"},
        {"JOB:lin-a": "SUCCEEDED", "JOB:lin-b": "FAILED"},
    ]
    resumed = document["runs"][1]
    assert (resumed["asked"], resumed["set_properties"], resumed["plan"][5:]) == (
        ["JOB:lin-b"],
        {"day": "2"},
        second[3:],
    )
    assert document["runs"][2]["dropped"] == {"JOB:lin-b": "JOB:lin-a"}
    assert document["results"] == [
        {"run_id": first, "nodes": ["JOB:lin-a"]},
        {"run_id": second, "nodes": ["JOB:lin-b"]},
    ]
    assert served.get(f"/v1/runs/{first}")["resumed_by"] == [second]
    assert served.ask("GET", "/v1/runs/wr_none/lineage").status == 404


def test_summary_tells_what_failed_first(served: Served, glue: Any) -> None:
    """The root failure with its error, and how much is blocked, in the row and in the run alike."""
    define_chain(glue, "why", a=None, b="FAILED", c=None, d=None)
    run = run_to_its_end(glue, "why")["WorkflowRunId"]
    shown = served.get(f"/v1/runs/{run}")
    (row,) = served.get("/v1/workflows/why/runs")["runs"]
    for document in (shown, row):
        (failure,) = document["failures"]
        assert (failure["node"], failure["state"], document["root_failures"]) == ("JOB:why-b", "FAILED", 1)
        assert (document["blocked"], "asked to fail" in failure["error"]) == (2, True)


def test_diff_tells_what_differs(served: Served, glue: Any) -> None:
    """States, arguments, properties and the design; the very same attempt differs in nothing."""
    define_chain(glue, "dif", a=None, b="FAILED", c=None)
    first = run_to_its_end(glue, "dif")["WorkflowRunId"]
    job = glue.get_job(JobName="dif-b")["Job"]
    glue.update_job(
        JobName="dif-b", JobUpdate={"Role": "r", "Command": job["Command"], "DefaultArguments": {"--k": "v"}}
    )
    glue.delete_trigger(Name="dif-after-dif-b")
    second = resume(served, first, b'{"failed": true, "with_current_design": true, "properties": {"day": "2"}}')
    finished_run(glue, "dif", second)
    document = served.get(f"/v1/runs/{first}/diff/{second}")
    nodes = {node["node"]: node for node in document["nodes"]}
    assert (nodes["JOB:dif-a"]["differs"], nodes["JOB:dif-a"]["same_attempt"]) == ([], True)
    assert nodes["JOB:dif-b"]["differs"] == ["state", "arguments", "definition", "error"]
    assert nodes["JOB:dif-b"]["right"]["arguments"]["--k"] == "v"
    assert (nodes["JOB:dif-c"]["differs"], nodes["JOB:dif-c"]["right"]) == (["design"], None)
    assert document["design"]["changes"]["triggers_removed"] == ["dif-after-dif-b"]
    assert document["properties"] == {"day": {"left": None, "right": "2"}}
    assert not [node for node in served.get(f"/v1/runs/{first}/diff/{first}")["nodes"] if node["differs"]]


def test_a_question_is_held_back_until_the_run_has_ended(served: Served, glue: Any) -> None:
    """It is answered by the end, not by the time; a run that has ended is answered at once."""
    define_chain(glue, "wai", a="HANG")
    run_id = glue.start_workflow_run(Name="wai")["RunId"]
    assert served.get(f"/v1/runs/{run_id}?wait=1")["status"] == "RUNNING"
    answers: list[Any] = []
    asking = threading.Thread(target=lambda: answers.append(served.get(f"/v1/runs/{run_id}?wait=60")))
    asking.start()
    until(lambda: served.get(f"/v1/runs/{run_id}"), lambda run: run["statistics"]["running"] == 1)
    glue.stop_workflow_run(Name="wai", RunId=run_id)
    asking.join(timeout=30)
    assert [run["status"] for run in answers] == ["STOPPED"]
    assert served.ask("GET", f"/v1/runs/{run_id}?wait=61").status == 400
