"""CloudWatch Logs' reads, with boto3, of what real jobs wrote."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import refused
from tests.daemon.api.serving import serving, until

OUTPUT = "/aws-glue/python-jobs/output"
SCRIPT = """
import sys
for number in range(5):
    print("line", number)
sys.stdout.flush()
sys.stdout.buffer.write(b"\\xff end")
print("trouble", file=sys.stderr)
"""


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A daemon that runs processes."""
    with serving(tmp_path_factory.mktemp("state"), "process") as daemon:
        yield daemon


@pytest.fixture(scope="module")
def logs(processes: Served) -> Any:
    """A boto3 client of CloudWatch Logs for that daemon."""
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}
    return boto3.client("logs", endpoint_url=processes.url, region_name="us-east-1", **keys)


@pytest.fixture(scope="module")
def written(processes: Served, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a job run that has ended."""
    script: Path = tmp_path_factory.mktemp("jobs") / "job.py"
    script.write_text(SCRIPT)
    glue = processes.glue
    glue.create_job(Name="speaks", Role="role", Command={"Name": "pythonshell", "ScriptLocation": str(script)})
    run_id: str = glue.start_job_run(JobName="speaks")["JobRunId"]
    run = until(
        lambda: glue.get_job_run(JobName="speaks", RunId=run_id)["JobRun"],
        lambda seen: seen["JobRunState"] == "SUCCEEDED",
    )
    assert run["LogGroupName"] + "/output" == OUTPUT
    return run_id


def test_a_stream_is_read_from_its_end(logs: Any, written: str) -> None:
    """Without a token the newest events come, and the tokens lead back and on."""
    page = logs.get_log_events(logGroupName=OUTPUT, logStreamName=written, limit=2)
    assert [event["message"] for event in page["events"]] == ["line 4", "\ufffd end"]
    token = page["nextBackwardToken"]
    before = logs.get_log_events(logGroupName=OUTPUT, logStreamName=written, limit=2, nextToken=token)
    assert [event["message"] for event in before["events"]] == ["line 2", "line 3"]
    token = page["nextForwardToken"]
    behind = logs.get_log_events(logGroupName=OUTPUT, logStreamName=written, nextToken=token)
    assert (behind["events"], behind["nextForwardToken"]) == ([], token)


def test_a_stream_is_read_from_its_head(logs: Any, written: str) -> None:
    """Pages follow each other until one is empty, and no event comes twice."""
    arguments = {"logGroupName": OUTPUT, "logStreamName": written, "startFromHead": True, "limit": 4}
    first = logs.get_log_events(**arguments)
    second = logs.get_log_events(**arguments, nextToken=first["nextForwardToken"])
    messages = [event["message"] for event in first["events"] + second["events"]]
    assert messages == ["line 0", "line 1", "line 2", "line 3", "line 4", "\ufffd end"]


def test_events_are_filtered_by_pages(logs: Any, written: str) -> None:
    """The paginator goes through a stream to its end; a token kept at the end finds nothing more."""
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=OUTPUT, logStreamNames=[written], filterPattern="line", PaginationConfig={"PageSize": 2}
    )
    shown = list(pages)
    events = [event for page in shown for event in page["events"]]
    assert [event["message"] for event in events] == [f"line {number}" for number in range(5)]
    assert len({event["eventId"] for event in events}) == 5
    token = next(page["nextToken"] for page in reversed(shown) if "nextToken" in page)
    assert "nextToken" not in logs.filter_log_events(logGroupName=OUTPUT, logStreamNames=[written], nextToken=token)


def test_time_bounds_events(logs: Any, written: str) -> None:
    """Following by time, as `aws logs tail` does, repeats the newest events under the same ids and skips older ones."""
    newest = logs.filter_log_events(logGroupName=OUTPUT)["events"][-1]
    assert newest["logStreamName"] == written
    again = logs.filter_log_events(logGroupName=OUTPUT, startTime=newest["timestamp"])["events"]
    assert newest in again
    assert logs.filter_log_events(logGroupName=OUTPUT, startTime=newest["timestamp"] + 1)["events"] == []
    assert logs.filter_log_events(logGroupName=OUTPUT, endTime=newest["timestamp"])["events"] == []


def test_groups_and_streams_are_described(logs: Any, written: str) -> None:
    """Groups by prefix and page, streams by prefix and in both directions."""
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws-glue/python", limit=1)
    rest = logs.describe_log_groups(logGroupNamePrefix="/aws-glue/python", nextToken=groups["nextToken"])
    names = [group["logGroupName"] for group in groups["logGroups"] + rest["logGroups"]]
    assert names == ["/aws-glue/python-jobs/error", OUTPUT]
    for order in ({}, {"descending": True}, {"logStreamNamePrefix": written[:20]}):
        streams = logs.describe_log_streams(logGroupName=OUTPUT, **order)["logStreams"]
        assert [stream["logStreamName"] for stream in streams] == [written]
    assert streams[0]["storedBytes"] == len("line 0\n") * 5 + len("x end")
    assert logs.describe_log_streams(logGroupName="/aws-glue/jobs/output")["logStreams"] == []


def test_errors_have_a_group_of_their_own(logs: Any, written: str) -> None:
    """Standard error is the stream of the same name in the other group, which an ARN may name."""
    arn = next(g["arn"] for g in logs.describe_log_groups()["logGroups"] if g["logGroupName"].endswith("jobs/error"))
    arn = arn.replace("/aws-glue/jobs/", "/aws-glue/python-jobs/")
    events = logs.get_log_events(logGroupIdentifier=arn.removesuffix(":*"), logStreamName=written)["events"]
    assert [event["message"] for event in events] == ["trouble"]


def test_what_is_not_there_is_refused(logs: Any, written: str) -> None:
    """Unknown groups and streams, and tokens of nobody's, have CloudWatch's own error codes."""
    get = logs.get_log_events
    assert refused(get, logGroupName="/none", logStreamName=written)[0] == "ResourceNotFoundException"
    assert refused(get, logGroupName=OUTPUT, logStreamName="jr_none")[0] == "ResourceNotFoundException"
    assert refused(get, logGroupName="/aws-glue/jobs/output", logStreamName=written)[0] == "ResourceNotFoundException"
    assert refused(get, logGroupName=OUTPUT, logStreamName=written, nextToken="x")[0] == "InvalidParameterException"
    for token in ("x", "WyJhIiwgImIiXQ"):
        code, _ = refused(logs.filter_log_events, logGroupName=OUTPUT, nextToken=token)
        assert code == "InvalidParameterException"
    assert refused(logs.filter_log_events)[0] == "InvalidParameterException"


def test_writing_operations_are_not_served(logs: Any) -> None:
    """A 400 that names what is."""
    code, text = refused(logs.create_log_group, logGroupName="x")
    assert code == "UnknownOperationException"
    assert "CloudWatch Logs that this daemon does not have" in text
