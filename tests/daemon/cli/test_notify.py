"""`reglue notify`, `reglue notifications`, and what `reglue show` says of events, with a real daemon."""

from uuid import uuid4

import msgspec

from daemon.cli.client import Client
from tests.daemon.cli.conftest import Daemon, Reglue


def event_workflow(daemon: Daemon) -> str:
    """A workflow that two events start, with no job that is there."""
    client, name = Client(daemon.url), f"w{uuid4().hex[:12]}"
    client.glue("CreateWorkflow", Name=name)
    trigger = {"Name": name, "WorkflowName": name, "Type": "EVENT", "Actions": [{"JobName": "missing"}]}
    client.glue("CreateTrigger", **trigger, EventBatchingCondition={"BatchSize": 2})
    return name


def test_events_are_sent_and_shown(reglue: Reglue, demo_daemon: Daemon) -> None:
    """Two events by notify start a run; show counts them, notifications has their payloads."""
    name, endpoint = event_workflow(demo_daemon), ("--endpoint", demo_daemon.url)
    sent = reglue("notify", name, "--detail", '{"order": 4711}', "--id", "o-1", "--source", "shop", *endpoint)
    assert (sent.code, sent.out) == (0, "o-1\n")
    again = reglue("notify", name, "--id", "o-1", *endpoint)
    assert (again.out, "knows this event already" in again.err) == ("o-1\n", True)
    second = reglue("notify", name, "--json", *endpoint)
    assert msgspec.json.decode(second.out)["duplicate"] is False
    (run,) = msgspec.json.decode(reglue("runs", name, "--json", *endpoint).out)["runs"]
    assert "2 events began it: " in reglue("show", run["run_id"], *endpoint).out
    shown = reglue("notifications", run["run_id"], *endpoint).out
    assert shown.startswith("o-1  shop  Notification")
    assert '"order": 4711' in shown
    document = msgspec.json.decode(reglue("notifications", run["run_id"], "--json", *endpoint).out)
    assert [event["detail"] for event in document["notifications"]] == [{"order": 4711}, {}]


def test_run_without_events_says_so(reglue: Reglue, demo_daemon: Daemon) -> None:
    """A run that somebody started has none."""
    endpoint = ("--endpoint", demo_daemon.url)
    run = msgspec.json.decode(reglue("start", "W1", "--json", *endpoint).out)["run_id"]
    assert reglue("notifications", run, *endpoint).out == "No event began this run.\n"


def test_bad_event_is_refused(reglue: Reglue, demo_daemon: Daemon) -> None:
    """An unknown workflow and a payload that is no JSON end in a plain line and a code."""
    endpoint = ("--endpoint", demo_daemon.url)
    unknown = reglue("notify", "not-there", *endpoint)
    assert (unknown.code != 0, "'not-there' does not exist" in unknown.err) == (True, True)
    broken = reglue("notify", event_workflow(demo_daemon), "--detail", "{", *endpoint)
    assert (broken.code != 0, "Detail is malformed" in broken.err) == (True, True)
