"""`GET /v1/events`: the log in pages for monitors, and what is said of requests for what cannot be."""

import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_chain, finished_run, run_to_its_end
from tests.daemon.mqtt.contract import faults, published, strict

Document = dict[str, Any]


def pages(served: Served, query: str, after: int = 0) -> Iterator[list[Document]]:
    """Page after page from a position on, until there is no next."""
    position: int | None = after
    while position is not None:
        page = served.get(f"/v1/events?after={position}&{query}")
        assert page["next"] is None or page["next"] > position
        yield page["events"]
        position = page["next"]


def everything(served: Served, query: str) -> list[Document]:
    """The events of all pages."""
    return [event for page in pages(served, query) for event in page]


def sequences(events: list[Document]) -> list[int]:
    """Where events stand in the log."""
    return [event["data"]["sequence"] for event in events]


def head(served: Served) -> int:
    """The position of the newest event."""
    position: int = served.get("/v1/events?limit=1")["head"]
    return position


def test_pages_hold_the_whole_log(served: Served) -> None:
    """Following `next` gives every event once, in order and without a gap, each as the contract with monitors says."""
    define_chain(served.glue, "whole", a=None, b="FAILED")
    run_to_its_end(served.glue, "whole")
    read = list(pages(served, "limit=3"))
    assert {len(page) for page in read[:-1]} == {3}
    events = [event for page in read for event in page]
    assert sequences(events) == list(range(1, head(served) + 1))
    assert [fault for event in events for fault in faults(json.dumps(event).encode())] == []


def test_events_say_what_their_run_is(served: Served) -> None:
    """An event of a run names its workflow; the last one says how the run went, without a question to anybody else."""
    define_chain(served.glue, "told", a="FAILED")
    run = run_to_its_end(served.glue, "told")
    last = everything(served, f"run={run['WorkflowRunId']}")[-1]
    assert (last["type"], last["data"]["workflow"]) == ("reglue.run.completed", "told")
    assert (last["data"]["outcome"], last["data"]["failed"]) == ("PARTLY_FAILED", 1)


@pytest.mark.parametrize("limit", [1, 1000])
def test_a_run_has_its_own_events(served: Served, limit: int) -> None:
    """With `run` there are the events of its stream, page by page, and none of another."""
    name = f"own-{limit}"
    define_chain(served.glue, name, a=None)
    runs = [run_to_its_end(served.glue, name)["WorkflowRunId"] for _ in range(2)]
    found = everything(served, f"run={runs[0]}&limit={limit}")
    assert {event["subject"] for event in found} == {runs[0]}
    assert [event["data"]["version"] for event in found] == list(range(1, len(found) + 1))
    assert found[-1]["type"] == "reglue.run.completed"


def test_a_workflow_has_its_events_of_all_kinds(served: Served) -> None:
    """With `workflow` there are its definition, its triggers and its runs; a name may hold what URLs escape."""
    name = "all/of it & more"
    define_chain(served.glue, name, a=None)
    run_to_its_end(served.glue, name)
    found = everything(served, f"workflow={quote(name, safe='')}")
    assert {event["data"]["workflow"] for event in found} == {name}
    kinds = {event["type"].removeprefix("reglue.") for event in found}
    assert {"workflow.defined", "trigger.defined", "design.recorded", "run.completed"} < kinds
    assert sequences(found) == [n for n in sequences(everything(served, "limit=1000")) if n in sequences(found)]


def test_a_rare_workflow_is_found_in_bounded_pages(served: Served) -> None:
    """A request looks through a bounded number of events; one that found nothing yet says where to go on."""
    define_chain(served.glue, "rare", a=None)
    first = run_to_its_end(served.glue, "rare")["WorkflowRunId"]
    define_chain(served.glue, "busy", a=None, b=None, c=None)
    for _ in range(10):
        run_to_its_end(served.glue, "busy")
    second = run_to_its_end(served.glue, "rare")["WorkflowRunId"]
    found = everything(served, "workflow=rare&limit=1")
    assert {event["data"].get("run_id") for event in found} >= {first, second}


def test_lines_for_whoever_asks_for_them(served: Served) -> None:
    """With Accept: application/x-ndjson each line is one event; where to go on is in the headers."""
    define_chain(served.glue, "lines", a=None)
    answer = served.ask("GET", "/v1/events?limit=2", headers={"Accept": "application/x-ndjson"})
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    assert sequences([json.loads(line) for line in answer.body.splitlines()]) == [1, 2]
    assert (answer.headers["Reglue-Next"], answer.headers["Reglue-Head"]) == ("2", str(head(served)))
    last = served.ask("GET", f"/v1/events?after={head(served)}", headers={"Accept": "application/x-ndjson"})
    assert (last.body, last.headers["Reglue-Next"]) == (b"", None)


def test_waiting_ends_with_the_next_event(served: Served) -> None:
    """A monitor without MQTT waits at the head of the log and has the next event as soon as it is there."""
    after = head(served)
    answers: list[Document] = []
    asking = threading.Thread(target=lambda: answers.append(served.get(f"/v1/events?after={after}&wait=30")))
    asking.start()
    served.glue.create_workflow(Name="waited-for")
    asking.join()
    assert answers[0]["events"][0]["type"] == "reglue.workflow.defined"


def test_waiting_for_one_workflow_passes_others_by(served: Served) -> None:
    """Events of other workflows do not end the wait for those of one."""
    served.glue.create_workflow(Name="quiet")
    after = head(served)
    answers: list[Document] = []
    asking = threading.Thread(
        target=lambda: answers.append(served.get(f"/v1/events?after={after}&workflow=quiet&wait=30"))
    )
    asking.start()
    served.glue.create_workflow(Name="loud")
    served.glue.update_workflow(Name="quiet", Description="spoke")
    asking.join()
    assert [event["type"] for event in answers[0]["events"]] == ["reglue.workflow.changed"]


def test_waiting_in_vain_ends_in_time(served: Served) -> None:
    """A wait without an event is answered with none, and with the head to go on from."""
    after = head(served)
    page = served.get(f"/v1/events?after={after}&wait=1")
    assert page == {"events": [], "head": after, "next": None}


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ("after=-1", 400, "after is '-1': it must be a whole number from 0"),
        ("limit=0", 400, "limit is '0': it must be a whole number from 1 to 1000"),
        ("limit=many", 400, "limit is 'many'"),
        ("wait=31", 400, "wait is '31': it must be a whole number from 0 to 30"),
        ("after=99999999", 400, "that position is another log's. Begin at after=0"),
        ("run=wr_none", 404, "There is no run, job run or crawl with the id 'wr_none'"),
        ("run=workflow:whole", 404, "There is no run, job run or crawl with the id 'workflow:whole'"),
        ("workflow=none", 404, "There never was a workflow 'none'"),
    ],
)
def test_what_cannot_be_is_said(served: Served, query: str, status: int, text: str) -> None:
    """A bad request is told which member is wrong and what it may be; what does not exist is not found."""
    answer = served.ask("GET", f"/v1/events?{query}")
    assert answer.status == status
    assert text in answer.document["message"]


def test_a_job_run_that_stands_alone_is_found(served: Served) -> None:
    """A job run outside of workflows has events too, under its own id."""
    define_chain(served.glue, "lone", a=None)
    job_run = served.glue.start_job_run(JobName="lone-a")["JobRunId"]
    events = everything(served, f"run={job_run}")
    assert (events[0]["type"], events[0]["data"]["workflow"]) == ("reglue.job_run.requested", "")


def test_a_resumed_run_names_the_one_before(served: Served) -> None:
    """The events of a resumed run say which run it repairs, and share that run's trace."""
    define_chain(served.glue, "repaired", a="FAILED")
    run = run_to_its_end(served.glue, "repaired")
    failed = next(node["UniqueId"] for node in run["Graph"]["Nodes"] if node["Type"] == "JOB")
    first = run["WorkflowRunId"]
    resumed = served.glue.resume_workflow_run(Name="repaired", RunId=first, NodeIds=[failed])["RunId"]
    finished_run(served.glue, "repaired", resumed)
    events = everything(served, f"run={resumed}")
    assert {event["data"]["previous_run_id"] for event in events} == {first}
    traces = {event["traceparent"].split("-")[1] for event in (*events, *everything(served, f"run={first}"))}
    assert len(traces) == 1


def test_the_contract_is_served(served: Served) -> None:
    """What monitors read is described at the place that every event's `dataschema` names."""
    document = served.get("/asyncapi.json")
    assert strict(document) == published()
    served.glue.create_workflow(Name="described")
    event = served.get("/v1/events?limit=1")["events"][0]
    place, _, name = event["dataschema"].rpartition("/")
    assert place == "/asyncapi.json#/components/schemas"
    assert name in document["components"]["schemas"]
