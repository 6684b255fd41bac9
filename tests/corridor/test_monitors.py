"""A real daemon and its monitors: from start to restart, through kills, hangs and resets."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.history import record
from tests.bench.workflows import layered
from tests.corridor.conftest import Starting, Working
from tests.corridor.daemons import Daemon
from tests.corridor.monitor import Monitor
from tests.corridor.waiting import gone, until
from tests.corridor.workshop import states

EMBEDDED = ("--mqtt", "embedded://127.0.0.1:0")
POSITIONS_FILE = "mqtt.json"


def sequences(monitor: Monitor) -> list[int]:
    """The positions of the events that were heard."""
    return [int(json.loads(told.payload)["sequence"]) for told in monitor.of("events")]


def topics(monitor: Monitor) -> list[str]:
    """The topics of the states that were heard."""
    return [told.topic for told in monitor.of("state")]


def monitored(daemon: Daemon) -> Monitor:
    """A monitor at the broker that came with the daemon, which is connected."""
    until(lambda: daemon.get("/healthz")["mqtt"]["state"], "connected".__eq__)
    return Monitor(daemon.logged("broker_listening")["url"])


@pytest.fixture
def hanging() -> Iterator[str]:
    """The address of a broker that takes every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"mqtt://127.0.0.1:{server.getsockname()[1]}"


def test_the_daemon_says_where_monitors_connect(starting: Starting) -> None:
    """One line beside the one that says where it listens; a taken port is told, and the next free one used."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        daemon = starting("--mqtt", f"embedded://127.0.0.1:{port}")
        url = daemon.logged("broker_port_taken")["url"]
        assert int(url.rpartition(":")[2]) > port
        until(lambda: daemon.text, lambda text: f"Monitors connect to {url}" in text)
        until(lambda: daemon.get("/healthz")["mqtt"]["embedded"]["url"], url.__eq__)


def test_runs_do_not_notice_a_broker_that_hangs(working: Working, hanging: str) -> None:
    """Runs go to their end, reads are answered, and the daemon stops in its time."""
    workshop = working("--mqtt", hanging)
    workshop.shell("J", "exit 0")
    workshop.workflow("W", "J")
    assert states(workshop.ran("W")) == {"J": "SUCCEEDED"}
    health = until(lambda: workshop.daemon.get("/healthz")["mqtt"], lambda mqtt: mqtt["state"] == "unavailable")
    assert health["lag"] == workshop.daemon.position()
    assert "cannot be reached" in health["reason"]
    assert states(workshop.ran("W")) == {"J": "SUCCEEDED"}
    workshop.daemon.stop()


def test_a_killed_daemon_leaves_no_broker_and_loses_nothing(starting: Starting, state: Path) -> None:
    """The broker ends with the daemon that brought it, however that ends. The next one goes on from the stored
    position, with states for whoever comes late."""
    record(state, layered("layers", 30), 300)
    (state / POSITIONS_FILE).write_text('{"places": {"embedded default": {"log_id": "", "position": 0}}}')
    daemon = starting(*EMBEDDED)
    broker = daemon.logged("broker_listening")["pid"]
    until(lambda: daemon.get("/healthz")["mqtt"].get("position", 0), lambda position: position > 3_000)
    daemon.kill()
    gone(broker)
    stored = json.loads((state / POSITIONS_FILE).read_text())["places"]["embedded default"]["position"]
    later = starting(*EMBEDDED)
    monitor = Monitor(later.logged("broker_listening")["url"])
    head = later.position()
    until(lambda: later.get("/healthz")["mqtt"]["lag"], (0).__eq__)
    until(lambda: later.get("/healthz")["mqtt"]["published"], lambda published: published >= head - stored)
    heard = until(lambda: sequences(monitor), lambda heard: head in heard)  # a seal may follow that event
    assert heard == sorted(heard)
    until(
        lambda: [told.topic for told in monitor.of("state")],
        lambda topics: any("/workflow/layers" in t for t in topics),
    )
    monitor.close()


def test_a_reset_begins_a_new_log(starting: Starting) -> None:
    """After a reset monitors hear the new log from its first event, under another id; what was retained of the old one
    is cleared, and the broker is the same."""
    daemon = starting("--ephemeral", *EMBEDDED, "--executor", "noop")
    monitor = monitored(daemon)
    daemon.glue.create_workflow(Name="before")
    until(lambda: topics(monitor), lambda told: any("/workflow/before" in topic for topic in told))
    assert daemon.ask("POST", "/moto-api/reset").status == 200
    daemon.glue.create_workflow(Name="after")
    until(lambda: monitor.of("events"), lambda told: b'"after"' in told[-1].payload)
    ids = {json.loads(told.payload)["id"].partition("-")[0] for told in monitor.of("events")}
    assert len(ids) == 2
    assert sequences(monitor)[-1] == 1
    told_of_it = "state/workflow/before"
    until(lambda: [s for s in monitor.of("state") if told_of_it in s.topic], lambda found: found[-1].payload == b"")
    monitor.close()


def test_an_old_log_begins_at_its_end(starting: Starting, state: Path) -> None:
    """A broker that was never seen is not told of years: it begins where the log is as the daemon starts."""
    record(state, layered("layers", 30), 20)
    daemon = starting(*EMBEDDED, "--executor", "noop")
    monitor = monitored(daemon)
    head = daemon.position()
    daemon.glue.create_workflow(Name="new")
    until(lambda: sequences(monitor), lambda heard: bool(heard) and heard[-1] > head)
    assert min(sequences(monitor)) > head - 5
    monitor.close()
