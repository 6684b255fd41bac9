"""EventBridge's operations by boto3: events in, what they start, and rules."""

import json
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import define_job, refused, run_to_its_end
from tests.daemon.api.serving import until

ARN = "arn:aws:glue:us-east-1:123456789012:workflow/"


@pytest.fixture
def events(served: Served) -> Any:
    """A boto3 client of EventBridge for the daemon."""
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}
    config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
    return boto3.client("events", endpoint_url=served.url, region_name="us-east-1", config=config, **keys)


@pytest.fixture
def workflow(glue: Any) -> str:
    """A workflow that two events start."""
    name = f"w{uuid4().hex[:12]}"
    define(glue, name, EventBatchingCondition={"BatchSize": 2})
    return name


def define(glue: Any, name: str, **members: Any) -> None:
    """A workflow that events start."""
    glue.create_workflow(Name=name)
    define_job(glue, f"{name}-job")
    trigger = {"Name": f"{name}-start", "WorkflowName": name, "Type": "EVENT", "Actions": [{"JobName": f"{name}-job"}]}
    glue.create_trigger(**trigger, **members)


def entry(**members: Any) -> dict[str, Any]:
    """An entry of PutEvents."""
    return {"Source": "shop", "DetailType": "Order", "Detail": '{"n": 1}', **members}


def runs(glue: Any, name: str, count: int) -> list[dict[str, Any]]:
    """The workflow's runs, newest first, once there are so many that ended."""
    found: list[dict[str, Any]] = until(
        lambda: glue.get_workflow_runs(Name=name)["Runs"],
        lambda all_of_them: [run["Status"] for run in all_of_them].count("COMPLETED") == count,
    )
    return found


def test_events_start_a_run_that_names_them(served: Served, glue: Any, events: Any, workflow: str) -> None:
    """Ids in the run property as scripts read it, the batch's condition, and the payloads beside the run."""
    named = {"Resources": [ARN + workflow]}
    first = events.put_events(Entries=[entry(**named, Time=1_000.5)])
    assert first["FailedEntryCount"] == 0
    waiting = served.get(f"/v1/workflows/{workflow}/inbox")
    assert (len(waiting["waiting"]), waiting["batch_size"], waiting["window_seconds"]) == (1, 2, 900)
    second = events.put_events(Entries=[entry(**named, Detail='{"n": 2}')])
    ids = [answer["Entries"][0]["EventId"] for answer in (first, second)]
    (run,) = runs(glue, workflow, 1)
    assert run["StartingEventBatchCondition"] == {"BatchSize": 2, "BatchWindow": 0}
    assert run["WorkflowRunProperties"]["aws:eventIds"][1:-1].split(", ") == ids
    shown = served.get(f"/v1/runs/{run['WorkflowRunId']}/notifications")["notifications"]
    assert [(event["id"], event["detail"]) for event in shown] == [(ids[0], {"n": 1}), (ids[1], {"n": 2})]
    assert shown[0]["time"] == "1970-01-01T00:16:40.500Z"
    cause = served.get(f"/v1/runs/{run['WorkflowRunId']}")["cause"]
    batch = {"size": 2, "window_seconds": None}
    assert cause == {"kind": "EVENT", "trigger": f"{workflow}-start", "event_ids": ids, "due": None, "batch": batch}


def test_each_entry_is_judged_on_its_own(events: Any, glue: Any, workflow: str) -> None:
    """Bad entries get EventBridge's codes, the good one among them is taken."""
    glue.create_workflow(Name=f"{workflow}-plain")
    bad = [
        (entry(Source=""), "InvalidArgument"),
        (entry(Detail=None), "InvalidArgument"),
        (entry(Time=-1), "InvalidArgument"),
        (entry(Resources=[f"{ARN}{workflow}-plain"]), "InvalidArgument"),
        (entry(Detail="[1]"), "MalformedDetail"),
        (entry(Detail="{"), "MalformedDetail"),
        (entry(Detail='{"a":' * 200 + "1" + "}" * 200), "MalformedDetail"),
        (entry(Source="aws.glue"), "NotAuthorizedForSourceException"),
        (entry(EventBusName="other"), "ResourceNotFoundException"),
    ]
    answer = events.put_events(Entries=[each for each, _ in bad] + [entry()])
    assert answer["FailedEntryCount"] == len(bad)
    assert [result.get("ErrorCode") for result in answer["Entries"]] == [code for _, code in bad] + [None]
    assert all(result["ErrorMessage"] for result in answer["Entries"][:-1])


def test_too_much_at_once_is_refused(served: Served, events: Any) -> None:
    """Eleven entries, more than 256 KB, and an endpoint of AWS."""
    assert refused(events.put_events, Entries=[entry()] * 11)[0] == "ValidationException"
    large = entry(Detail=json.dumps({"a": "x" * 262_144}))
    assert "over the limit" in refused(events.put_events, Entries=[large])[1]
    body = json.dumps({"Entries": [entry()], "EndpointId": "abc.xyz"}).encode()
    answer = served.ask("POST", "/", body, {"X-Amz-Target": "AWSEvents.PutEvents"})
    assert "EndpointId" in answer.document["Message"]


def test_call_that_botocore_repeats_is_one_event(served: Served, workflow: str) -> None:
    """The same invocation id gives the same event ids, and the second is dropped."""
    body = json.dumps({"Entries": [entry(Resources=[workflow])]}).encode()
    headers = {"X-Amz-Target": "AWSEvents.PutEvents", "amz-sdk-invocation-id": str(uuid4())}
    answers = [served.ask("POST", "/", body, headers).document for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(served.get(f"/v1/workflows/{workflow}/inbox")["waiting"]) == 1


def test_notify_takes_an_id(served: Served, workflow: str) -> None:
    """Known the second time; without one it is minted."""
    once = served.call("NotifyEvent", json.dumps({"WorkflowName": workflow, "EventId": "order-1"}).encode())
    again = served.call("NotifyEvent", json.dumps({"WorkflowName": workflow, "EventId": "order-1"}).encode())
    assert [answer.document["Duplicate"] for answer in (once, again)] == [False, True]
    minted = served.call("NotifyEvent", json.dumps({"WorkflowName": workflow}).encode())
    assert minted.document["EventId"] != "order-1"


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"WorkflowName": "not there"}, "EntityNotFoundException"),
        ({}, "ValidationException"),
        ({"WorkflowName": "w", "EventId": "a, b"}, "InvalidInputException"),
        ({"WorkflowName": "w", "Detail": "1"}, "InvalidInputException"),
        ({"WorkflowName": "w", "Source": "aws.s3"}, "InvalidInputException"),
        ({"WorkflowName": "w", "Payload": "{}"}, "ValidationException"),
    ],
)
def test_bad_notification_is_refused(served: Served, members: dict[str, Any], code: str) -> None:
    """Each with a code and a text."""
    answer = served.call("NotifyEvent", json.dumps(members).encode())
    assert (answer.status, answer.document["__type"]) == (400, code)
    assert answer.document["Message"]


def test_rule_starts_one_workflow_after_another(glue: Any, events: Any, workflow: str) -> None:
    """The end of a run is an event, which a rule sends to the workflow that is its target."""
    source = f"{workflow}-first"
    glue.create_workflow(Name=source)
    pattern = {"source": ["aws.glue"], "detail": {"workflowName": [source], "state": ["COMPLETED"]}}
    rule = events.put_rule(Name=workflow, EventPattern=json.dumps(pattern), Description="after")
    assert rule["RuleArn"].endswith(f":rule/{workflow}")
    targets = [{"Id": "1", "Arn": ARN + workflow}, {"Id": "2", "Arn": "arn:aws:sqs:::queue"}]
    failed = events.put_targets(Rule=workflow, Targets=[*targets, {**targets[0], "Id": "3", "Input": "{}"}])
    assert [entry["TargetId"] for entry in failed["FailedEntries"]] == ["2", "3"]
    first = [run_to_its_end(glue, source)["WorkflowRunId"] for _ in range(2)]
    (run,) = runs(glue, workflow, 1)
    assert len(run["WorkflowRunProperties"]["aws:eventIds"].split(", ")) == len(first)


def test_rules_are_listed_described_and_removed(events: Any) -> None:
    """As boto3 users know it, page by page."""
    names = sorted(f"r{uuid4().hex[:12]}" for _ in range(3))
    for name in names:
        events.put_rule(Name=name, EventPattern='{"source": ["a"]}', State="DISABLED")
    listed = [
        r
        for page in events.get_paginator("list_rules").paginate(PaginationConfig={"PageSize": 2})
        for r in page["Rules"]
    ]
    assert [rule["Name"] for rule in listed if rule["Name"] in names] == names
    events.enable_rule(Name=names[0])
    described = events.describe_rule(Name=names[0])
    assert (described["State"], described["EventPattern"]) == ("ENABLED", '{"source": ["a"]}')
    events.put_targets(Rule=names[0], Targets=[{"Id": "1", "Arn": ARN + "w"}])
    assert events.list_targets_by_rule(Rule=names[0])["Targets"] == [{"Id": "1", "Arn": ARN + "w"}]
    assert refused(events.delete_rule, Name=names[0])[0] == "ValidationException"
    events.remove_targets(Rule=names[0], Ids=["1"])
    events.delete_rule(Name=names[0])
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        events.describe_rule(Name=names[0])


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"EventPattern": '{"source": "a"}'}, "InvalidEventPatternException"),
        ({"ScheduleExpression": "rate(5 minutes)"}, "ValidationException"),
        ({"EventPattern": '{"source": ["a"]}', "Tags": [{"Key": "a", "Value": "b"}]}, "ValidationException"),
        ({"EventPattern": '{"source": ["a"]}', "EventBusName": "other"}, "ValidationException"),
        ({}, "ValidationException"),
    ],
)
def test_bad_rule_is_refused(events: Any, members: dict[str, Any], code: str) -> None:
    """What rules here cannot do is said."""
    assert refused(events.put_rule, Name="bad", **members)[0] == code


def test_batching_is_for_event_triggers(glue: Any) -> None:
    """A condition on another trigger, or an EVENT trigger outside of workflows, would silently do nothing."""
    trigger = {"Name": "lonely", "Actions": [{"JobName": "j"}]}
    assert "WorkflowName" in refused(glue.create_trigger, **trigger, Type="EVENT")[1]
    condition = {"EventBatchingCondition": {"BatchSize": 2}}
    assert "ON_DEMAND" in refused(glue.create_trigger, **trigger, Type="ON_DEMAND", **condition)[1]
