"""Every event of real runs is as the contract with monitors says."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.corridor.crawling import crawled, define_crawler
from tests.corridor.daemons import Daemon
from tests.corridor.monitor import Monitor, Told
from tests.corridor.test_events import events_client
from tests.corridor.waiting import until
from tests.corridor.workshop import Workshop
from tests.daemon.engines import RunningEngine
from tests.daemon.mqtt.contract import channels_of, faults, message_of, published, state_faults
from tests.daemon.schedules import define, evening

SEEN = {
    "workflow.defined",
    "trigger.defined",
    "trigger.deactivated",
    "trigger.activated",
    "schedule.fired",
    "job.defined",
    "crawler.defined",
    "crawl.requested",
    "database.defined",
    "table.defined",
    "partitions.added",
    "resource.tagged",
    "resource.untagged",
    "design.recorded",
    "rule.put",
    "rule.targets_put",
    "inbox.event_received",
    "inbox.batch_fired",
    "run.started",
    "run.resumed",
    "run.properties_put",
    "run.stop_asked",
    "run.completed",
    "job_run.requested",
    "trigger.fired",
    "node.waiting",
    "node.started",
    "node.stop_asked",
    "node.completed",
}


@pytest.fixture
def anyio_backend() -> str:
    """The engine is written for asyncio."""
    return "asyncio"


@pytest.fixture
async def long_ago(tmp_path: Path) -> Path:
    """The state of a daemon that ended some days before its monthly trigger came due."""
    state = tmp_path / "state"
    state.mkdir()
    async with RunningEngine(state, evening()) as running:
        await define(running, schedule="cron(0 0 L * ? *)")
    return state


@pytest.mark.anyio
async def test_real_runs_keep_the_contract(long_ago: Path, tmp_path: Path) -> None:
    """What schedules, resumes, stops, waits, crawls and events from outside leave in the log is listed in the contract,
    member by member, and is a CloudEvent; no event is missing between the first and the head. By MQTT comes the same,
    on the topics that the contract names, and so do the states."""
    daemon = Daemon(long_ago, "--mqtt", "embedded://127.0.0.1:0")
    url = daemon.logged("broker_listening")["url"]
    assert daemon.get("/asyncapi.json")["servers"]["broker"] == {
        "host": url.removeprefix("mqtt://"),
        "protocol": "mqtt",
    }
    monitor = Monitor(url)
    workshop = Workshop(daemon, tmp_path)
    everything_that_happens(workshop, tmp_path / "lake")
    events = all_events(daemon)
    assert [int(event["sequence"]) for event in events] == list(range(1, len(events) + 1))
    assert [(event["type"], faults(json.dumps(event).encode())) for event in events if bad(event)] == []
    assert not SEEN - {event["type"].removeprefix("reglue.") for event in events}
    until(lambda: [sequence(told) for told in monitor.of("events")[-1:]], [len(events)].__eq__)
    until(lambda: settled_states(monitor), lambda states: states["state_head"] >= len(events))
    workshop.close()
    daemon.stop()
    until(lambda: monitor.told[-1], lambda told: b'"stopped"' in told.payload)
    monitor.close()
    hold_against_the_contract(monitor, events)


def hold_against_the_contract(monitor: Monitor, events: list[dict[str, Any]]) -> None:
    """What came by MQTT is what is in the log, without a gap; topics and states are as they are listed."""
    heard = {sequence(told): json.loads(told.payload) for told in monitor.of("events")}
    assert list(heard) == list(range(min(heard), len(events) + 1))
    assert len(heard) > 50
    assert list(heard.values()) == events[min(heard) - 1 :]
    for told in monitor.of("events"):
        (channel,) = channels_of(told.topic)
        assert message_of(json.loads(told.payload)) in published()["channels"][channel]["messages"]
    for told in monitor.of("state"):
        (channel,) = channels_of(told.topic)
        assert not told.payload or state_faults(channel.replace("_", ".", 1), told.payload) == [], told


def sequence(told: Told) -> int:
    """Where a published event stands in the log."""
    return int(json.loads(told.payload)["sequence"])


def settled_states(monitor: Monitor) -> dict[str, int]:
    """The newest position that each kind of state was published for."""
    newest = {"state_head": 0}
    for told in monitor.of("state"):
        (channel,) = channels_of(told.topic)
        newest[channel] = json.loads(told.payload or b"{}").get("sequence", 0)
    return newest


def bad(event: dict[str, Any]) -> list[str]:
    """What is wrong with an event."""
    return faults(json.dumps(event).encode())


def everything_that_happens(workshop: Workshop, lake: Path) -> None:
    """One of each: a run that fails and is resumed, one that waits, one that is stopped, a crawl, an event."""
    repaired(workshop)
    stopped(workshop)
    notified(workshop)
    folder = lake / "orders" / "year=2024"
    folder.mkdir(parents=True)
    parquet.write_table(pa.table({"id": [1]}), folder / "a.parquet")
    define_crawler(workshop.glue, "c", lake / "orders")
    crawled(workshop.glue, "c")


def repaired(workshop: Workshop) -> None:
    """A run that fails, and the run that repairs it; properties, tags and a trigger that is stopped and started."""
    glue = workshop.glue
    workshop.shell("good", "exit 0")
    workshop.shell("bad", "test -e repaired")
    workshop.chain("R", "good", "bad")
    arn = "arn:aws:glue:us-east-1:123456789012:workflow/R"
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"team": "data"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["team"])
    glue.stop_trigger(Name="R-bad")
    glue.start_trigger(Name="R-bad")
    first = workshop.ran("R")["WorkflowRunId"]
    glue.put_workflow_run_properties(Name="R", RunId=first, RunProperties={"day": "monday"})
    (workshop.folder / "repaired").touch()
    workshop.resumed("R", first, "bad")


def stopped(workshop: Workshop) -> None:
    """Two runs of a job that may run once: one waits, both are stopped."""
    started = workshop.pipe("started")
    workshop.shell("long", f"echo started > {started.path}", "exec sleep 60")
    workshop.workflow("S", "long")
    first = workshop.start("S")
    started.line()
    second = workshop.start("S")
    for run in (second, first):
        workshop.glue.stop_workflow_run(Name="S", RunId=run)
    workshop.finished("S", first)
    workshop.finished("S", second)


def notified(workshop: Workshop) -> None:
    """A run that an event began, and a job run that stands alone."""
    workshop.glue.create_workflow(Name="E")
    workshop.glue.create_trigger(Name="E-start", WorkflowName="E", Type="EVENT", Actions=[{"JobName": "good"}])
    events = events_client(workshop.daemon)
    events.put_rule(Name="rule", EventPattern='{"source": ["shop"]}')
    arn = "arn:aws:glue:us-east-1:123456789012:workflow/E"
    events.put_targets(Rule="rule", Targets=[{"Id": "1", "Arn": arn}])
    events.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": '{"n": 1}'}])
    path = "/v1/workflows/E/runs"
    until(lambda: workshop.daemon.get(path)["runs"], lambda runs: [run["status"] for run in runs] == ["COMPLETED"])
    workshop.job_ran("good")


def all_events(daemon: Daemon) -> list[dict[str, Any]]:
    """The whole log, page by page."""
    found: list[dict[str, Any]] = []
    position: int | None = 0
    while position is not None:
        page = daemon.get(f"/v1/events?after={position}&limit=100")
        found += page["events"]
        position = page["next"]
    return found
