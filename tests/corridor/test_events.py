"""Events with the real `aws` command, and daemons that are killed while events come."""

import threading
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.corridor.aws_command import AwsCommand
from tests.corridor.conftest import Starting
from tests.corridor.daemons import Daemon
from tests.corridor.waiting import until

ARN = "arn:aws:glue:us-east-1:123456789012:workflow/"
KILLS = 4


def define(glue: Any, name: str, kind: str, **members: Any) -> None:
    """A workflow with one job."""
    glue.create_workflow(Name=name)
    command = {"Name": "shell", "ScriptLocation": "/srv/none.sh"}
    glue.create_job(Name=f"{name}-job", Role="role", Command=command, ExecutionProperty={"MaxConcurrentRuns": 1_000})
    actions = [{"JobName": f"{name}-job"}]
    glue.create_trigger(Name=f"{name}-start", WorkflowName=name, Type=kind, Actions=actions, **members)


def runs(daemon: Daemon, name: str) -> list[dict[str, Any]]:
    """A workflow's runs as `/v1` has them."""
    found: list[dict[str, Any]] = daemon.get(f"/v1/workflows/{name}/runs?limit=1000")["runs"]
    return found


def events_client(daemon: Daemon) -> Any:
    """A boto3 client of EventBridge that sends once."""
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}
    config = Config(retries={"total_max_attempts": 1})
    return boto3.client("events", endpoint_url=daemon.url, region_name="us-east-1", config=config, **keys)


def test_aws_events_put_events(noop: Daemon, name: str) -> None:
    """An event by the command line starts the workflow that a rule names, and the run says which event it was."""
    define(noop.glue, name, "EVENT")
    aws = AwsCommand(noop.url)
    events = f"aws events --endpoint-url {noop.url}"
    aws.answer(f"""{events[:10]} put-rule {events[11:]} --name {name} --event-pattern '{{"source": ["{name}"]}}'""")
    aws.answer(f"aws events put-targets --endpoint-url {noop.url} --rule {name} --targets Id=1,Arn={ARN}{name}")
    entries = f"""[{{"Source": "{name}", "DetailType": "t", "Detail": "{{\\"n\\": 1}}"}}]"""
    answer = aws.answer(f"aws events put-events --endpoint-url {noop.url} --entries '{entries}'")
    (run,) = until(lambda: runs(noop, name), bool)
    shown = aws.answer(f"aws glue get-workflow-run --name {name} --run-id {run['run_id']}")["Run"]
    assert shown["WorkflowRunProperties"]["aws:eventIds"] == f"[{answer['Entries'][0]['EventId']}]"
    assert shown["StartingEventBatchCondition"] == {"BatchSize": 1, "BatchWindow": 0}


@pytest.mark.slow
def test_killed_daemons_lose_and_double_no_event(starting: Starting, tmp_path: Path) -> None:
    """Whatever is killed while events come: every event that was acknowledged began one run or waits, none two."""
    daemon = starting("--executor", "noop")
    define(daemon.glue, "W", "EVENT", EventBatchingCondition={"BatchSize": 3})
    acknowledged: list[str] = []
    for kill in range(1, KILLS + 1):
        sender = threading.Thread(target=send_until_killed, args=(daemon, acknowledged))
        sender.start()
        wanted = len(acknowledged) + 20 * kill
        until(lambda: len(acknowledged), wanted.__lt__)
        daemon.kill()
        sender.join()
        daemon = starting("--executor", "noop")
    begun = [event for run in runs(daemon, "W") for event in run["cause"]["event_ids"]]
    waiting = [event["id"] for event in daemon.get("/v1/workflows/W/inbox")["waiting"]]
    assert len(begun + waiting) == len(set(begun + waiting))
    assert set(acknowledged) <= set(begun + waiting)
    assert len(waiting) < 3
    assert all(len(run["cause"]["event_ids"]) == 3 for run in runs(daemon, "W"))


def send_until_killed(daemon: Daemon, acknowledged: list[str]) -> None:
    """Sends events two at a time until nobody answers."""
    client = events_client(daemon)
    entry = {"Source": "s", "DetailType": "t", "Detail": "{}", "Resources": [ARN + "W"]}
    while True:
        try:
            answer = client.put_events(Entries=[entry, entry])
        except (BotoCoreError, ClientError):
            return
        # A connection that the kill cut off after its head looks like an empty answer.
        acknowledged += [result["EventId"] for result in answer.get("Entries", ())]


@pytest.mark.slow
def test_killed_daemons_start_the_next_workflow_once(starting: Starting) -> None:
    """Whatever is killed: each run of the first workflow that ended has begun one run of the second."""
    daemon = starting("--executor", "noop")
    define(daemon.glue, "A", "ON_DEMAND")
    define(daemon.glue, "B", "EVENT")
    events = events_client(daemon)
    pattern = '{"detail-type": ["Glue Workflow State Change"], "detail": {"workflowName": ["A"]}}'
    events.put_rule(Name="a-then-b", EventPattern=pattern)
    events.put_targets(Rule="a-then-b", Targets=[{"Id": "b", "Arn": ARN + "B"}])
    for kill in range(1, KILLS + 1):
        starter = threading.Thread(target=start_until_killed, args=(daemon,))
        starter.start()
        began(daemon, 15 * kill)
        daemon.kill()
        starter.join()
        daemon = starting("--executor", "noop")
    until(lambda: daemon.get("/healthz")["active_runs"], lambda active: active == 0)
    first, second = runs(daemon, "A"), runs(daemon, "B")
    details = [daemon.get(f"/v1/runs/{run['run_id']}/notifications")["notifications"] for run in second]
    begun_by = [event["detail"]["workflowRunId"] for told in details for event in told]
    assert sorted(begun_by) == sorted(run["run_id"] for run in first)


def began(daemon: Daemon, count: int) -> None:
    """Waits until the first workflow has so many runs."""
    until(lambda: len(runs(daemon, "A")), lambda found: found >= count)


def start_until_killed(daemon: Daemon) -> None:
    """Starts runs of the first workflow until nobody answers."""
    while True:
        try:
            daemon.glue.start_workflow_run(Name="A")
        except (BotoCoreError, ClientError):
            return
