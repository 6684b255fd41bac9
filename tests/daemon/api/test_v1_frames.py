"""A run event by event, and as it stood at any position: `/v1/runs/RUN/frames`, `/events` and `?at=`."""

from typing import Any

import pytest

from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, define_job, finished_run, run_to_its_end

Document = dict[str, Any]


def repaired(served: Served, name: str) -> list[str]:
    """A run whose second job failed, and the run that resumed it after the repair."""
    define_chain(served.glue, name, a=None, b="FAILED", c=None)
    first = run_to_its_end(served.glue, name)
    failed = next(node["UniqueId"] for node in first["Graph"]["Nodes"] if node["Name"] == f"{name}-b")
    served.glue.update_job(JobName=f"{name}-b", JobUpdate={"Role": "role", "Command": {"Name": "pythonshell"}})
    run_id = first["WorkflowRunId"]
    resumed = served.glue.resume_workflow_run(Name=name, RunId=run_id, NodeIds=[failed])["RunId"]
    finished_run(served.glue, name, resumed)
    return [run_id, resumed]


def states(run: Document) -> dict[str, str | None]:
    """How nodes and triggers of a run's document stand, as frames say it."""
    nodes = {node["key"]: node["state"] for node in run["nodes"]}
    return nodes | {f"TRIGGER:{one['name']}": "FIRED" if one["fired_at"] else None for one in run["triggers"]}


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_frames_lead_through_the_graphs(served: Served, limit: int) -> None:
    """Page after page, each frame laid over the first graph gives the graph as of its position, statistics included."""
    for run in repaired(served, f"led-{limit}"):
        frames: list[Document] = []
        after: int | None = 0
        while after is not None:
            page = served.get(f"/v1/runs/{run}/frames?after={after}&limit={limit}")
            frames += page["frames"]
            after = page["next"]
        assert [frame["version"] for frame in frames] == list(range(1, len(frames) + 1))
        shown = states(served.get(f"/v1/runs/{run}?at={frames[0]['sequence']}"))
        for frame in frames:
            shown |= {frame["vertex"]: frame["state"]} if frame["vertex"] else {}
            then = served.get(f"/v1/runs/{run}?at={frame['sequence']}")
            assert states(then) == shown
            assert {name: then[name] for name in ("status", "outcome", "statistics")} == {
                name: frame[name] for name in ("status", "outcome", "statistics")
            }
        now = served.get(f"/v1/runs/{run}")
        del now["resumed_by"]  # what came later is not told of then
        assert then == now


def test_frames_tell_what_happened(served: Served) -> None:
    """A frame says in words what happened, who did it and which node it touched."""
    first, resumed = repaired(served, "words")
    frames = served.get(f"/v1/runs/{first}/frames")["frames"]
    assert (frames[0]["text"], frames[0]["by"], frames[0]["vertex"]) == (
        "words started on demand",
        "api:AKIATEST",
        None,
    )
    failed = next(frame for frame in frames if frame["state"] == "FAILED")
    assert (failed["vertex"], failed["type"]) == ("JOB:words-b", "node.completed/1")
    assert failed["text"].startswith("words-b FAILED")
    again = served.get(f"/v1/runs/{resumed}/frames")["frames"]
    assert again[0]["text"] == f"words resumed from {first[:17]} at words-b"


def test_a_later_graph_does_not_show_earlier(served: Served) -> None:
    """At a position in the middle, what came later has not happened: the run goes on and its last job never ran."""
    first, _ = repaired(served, "middle")
    frames = served.get(f"/v1/runs/{first}/frames")["frames"]
    started = next(frame["sequence"] for frame in frames if frame["vertex"] == "JOB:middle-a")
    then = served.get(f"/v1/runs/{first}?at={started}")
    assert (then["outcome"], then["completed_at"], then["statistics"]["running"]) == ("RUNNING", None, 1)
    assert states(then)["JOB:middle-b"] is None


def test_events_of_a_run_are_those_of_the_log(served: Served) -> None:
    """The events of a run are the same documents as in /v1/events, page by page."""
    first, _ = repaired(served, "same")
    page = served.get(f"/v1/runs/{first}/events?limit=2")
    assert [event["data"]["version"] for event in page["events"]] == [1, 2]
    rest = served.get(f"/v1/runs/{first}/events?after={page['next']}&limit=1000")
    assert page["events"] + rest["events"] == served.get(f"/v1/events?run={first}&limit=1000")["events"]


@pytest.mark.parametrize("limit", [2, 1000])
def test_chain_comes_along_when_asked_for(served: Served, limit: int) -> None:
    """With include=chain there are the events of the runs before as well, in the order of the log."""
    first, resumed = repaired(served, f"chain-{limit}")
    events: list[Document] = []
    after: int | None = 0
    while after is not None:
        page = served.get(f"/v1/runs/{resumed}/events?include=chain&after={after}&limit={limit}")
        events += page["events"]
        after = page["next"]
    assert {event["subject"] for event in events} == {first, resumed}
    sequences = [event["data"]["sequence"] for event in events]
    assert sequences == sorted(set(sequences))
    alone = [served.get(f"/v1/runs/{run}/events?limit=1000")["events"] for run in (first, resumed)]
    assert len(events) == sum(map(len, alone))


def test_a_job_run_that_stands_alone_has_frames(served: Served) -> None:
    """A job run outside of workflows is a run of one node."""
    define_job(served.glue, "lone-frames")
    job_run = served.glue.start_job_run(JobName="lone-frames")["JobRunId"]
    frames = served.get(f"/v1/runs/{job_run}/frames")["frames"]
    assert frames[0]["text"] == "lone-frames asked for on demand"
    assert frames[1]["vertex"] == "JOB:lone-frames"


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("{run}?at=1", 404, "had not begun at 1: its first event is"),
        ("{run}?at=99999999", 400, "at is 99999999, and the newest event of this log is"),
        ("{run}?at=then", 400, "at is 'then': it must be a whole number"),
        ("{run}/frames?limit=0", 400, "limit is '0': it must be a whole number from 1 to 10000"),
        ("{run}/events?include=all", 400, "include is 'all': it must be chain, or left out"),
        ("wr_none/frames", 404, "There is no run with the id 'wr_none'"),
        ("wr_none/events", 404, "There is no run, job run or crawl with the id 'wr_none'"),
        ("wr_none?at=1", 404, "There is no run with the id 'wr_none'"),
    ],
)
def test_what_cannot_be_is_said(served: Served, query: str, status: int, text: str) -> None:
    """A bad request is told which member is wrong and what it may be; what does not exist is not found."""
    if not served.get("/v1/workflows")["workflows"]:
        define_chain(served.glue, "bad", a=None)
    name = served.get("/v1/workflows")["workflows"][0]["name"]
    run = run_to_its_end(served.glue, name)["WorkflowRunId"]
    answer = served.ask("GET", "/v1/runs/" + query.format(run=run))
    assert answer.status == status
    assert text in answer.document["message"]
